namespace MolSampling.Flows.Splines;

/// <summary>A spline without its parameters.</summary>
/// <param name="Kind">Its ends.</param>
/// <param name="Bins">K.</param>
/// <param name="Low">Lower end of the support; the seam of a circle.</param>
/// <param name="High">Upper end; low + circumference on a circle.</param>
public readonly record struct SplineShape(SplineKind Kind, int Bins, double Low, double High)
{
    /// <summary>The smallest width and height of a bin as a part of the whole, and the smallest slope of a knot, as in the authors' code.</summary>
    public const double Least = 1e-3;

    /// <summary>The most bins: scratch for a tile of elements stands on the stack.</summary>
    public const int MostBins = 128;

    /// <summary>ln(e^(1 - Least) - 1): softplus of it is a slope of 1, so that parameters of 0 make the identity.</summary>
    internal const double SlopeOffset = 0.5397424172369522;

    /// <summary>Length of the support.</summary>
    internal double Span => High - Low;

    /// <summary>P, the parameters of an element: K raw widths, K raw heights, the raw slopes from left to right, and the turn of a circle.</summary>
    public int Parameters => ParametersOf(Kind, Bins);

    /// <summary>Raw slopes among the parameters.</summary>
    internal int Slopes => Kind switch { SplineKind.LinearTails => Bins - 1, SplineKind.Interval => Bins + 1, _ => Bins };

    /// <summary>P of a kind with so many bins.</summary>
    public static int ParametersOf(SplineKind kind, int bins) => kind == SplineKind.LinearTails ? 3 * bins - 1 : 3 * bins + 1;

    /// <summary>The shape that has so many parameters.</summary>
    /// <exception cref="ArgumentException">There is none, or the ends are not finite and in order.</exception>
    public static SplineShape Of(SplineKind kind, long parameters, double low, double high)
    {
        if (!Enum.IsDefined(kind))
            throw new ArgumentException($"{kind} is no kind of spline.");
        if (!double.IsFinite(low) || !double.IsFinite(high) || !(high > low))
            throw new ArgumentException($"A spline's ends are finite and in order, not {low} and {high}.");
        for (int bins = 2; bins <= MostBins; bins++)
            if (ParametersOf(kind, bins) == parameters)
                return new(kind, bins, low, high);
        throw new ArgumentException($"{kind} with K bins has {(kind == SplineKind.LinearTails ? "3K - 1" : "3K + 1")} parameters, K from 2 to {MostBins}: {parameters} fit none.");
    }
}
