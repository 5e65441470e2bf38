namespace MolSampling.Flows;

/// <summary>What a coordinate runs over.</summary>
public enum AxisKind
{
    /// <summary>All finite numbers.</summary>
    Real,

    /// <summary>A closed interval.</summary>
    Interval,

    /// <summary>A circle: numbers that differ by the period are the same point.</summary>
    Circle,

    /// <summary>One of four successive numbers (w, x, y, z) of a unit quaternion: a point of the sphere S^3, an orientation up to sign.
    /// Densities are per volume of S^3, that of both signs; log-determinants are of tangent spaces.</summary>
    Quaternion,
}

/// <summary>The set one coordinate runs over.</summary>
/// <param name="Kind">Real line, interval or circle.</param>
/// <param name="Low">Lower end; the seam of a circle; -inf on the real line.</param>
/// <param name="High">Upper end; low + period on a circle; +inf on the real line.</param>
public readonly record struct Axis(AxisKind Kind, double Low, double High)
{
    /// <summary>The real line.</summary>
    public static Axis Real { get; } = new(AxisKind.Real, double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>The closed interval [low, high].</summary>
    /// <exception cref="ArgumentException">Ends that are not finite or not in order.</exception>
    public static Axis Interval(double low, double high) => Bounded(AxisKind.Interval, low, high);

    /// <summary>A circle, shown in [low, low + period); torsions by default, [-pi, pi).</summary>
    /// <exception cref="ArgumentException">A period that is not finite and positive.</exception>
    public static Axis Circle(double low = -Math.PI, double period = 2 * Math.PI) => Bounded(AxisKind.Circle, low, low + period);

    /// <summary>One of the four of a unit quaternion.</summary>
    public static Axis Quaternion { get; } = new(AxisKind.Quaternion, -1, 1);

    /// <summary>Length, or a circle's period.</summary>
    public double Span => High - Low;

    /// <summary>A point well inside: 0 or the middle.</summary>
    public double Interior => Kind == AxisKind.Real ? 0 : Low + 0.5 * Span;

    public override string ToString() => Kind switch
    {
        AxisKind.Real => "R",
        AxisKind.Interval => $"[{Low:g6}, {High:g6}]",
        AxisKind.Quaternion => "S^3",
        _ => $"circle of {Span:g6} from {Low:g6}",
    };

    private static Axis Bounded(AxisKind kind, double low, double high)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high) || !(high > low))
            throw new ArgumentException($"[{low}, {high}] is neither an interval nor a circle.");
        return new(kind, low, high);
    }
}
