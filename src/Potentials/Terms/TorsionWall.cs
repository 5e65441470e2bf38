using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A torsion that is kept in a window, free within and harmonic beyond: E = 1/2 k max(0, |d| - w)^2, d = phi - phi0 the shorter way round.
/// With cos d and sin d, |d| is the arc of whichever changes faster, so its digits are the same everywhere. Opposite of phi0 the force
/// jumps from one way round to the other.
/// </summary>
public readonly struct TorsionWall : IFourBodyTerm
{
    private const double HalfRoot = 0.70710678118654752;

    /// <inheritdoc/>
    public static string Name => "torsionWall";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/rad^2)", "cos phi0", "sin phi0", "w (rad)"];

    /// <summary>One row of parameters.</summary>
    /// <param name="k">kJ/mol/rad^2.</param>
    /// <param name="centre">phi0, rad.</param>
    /// <param name="width">w, rad.</param>
    public static double[] Row(double k, double centre, double width) => [k, Math.Cos(centre), Math.Sin(centre), width];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        var torsion = new TorsionAngle<T>(a, b, c, d);
        T cosine = T.MultiplyAdd(torsion.Cosine, p[1], torsion.Sine * p[2]),
            sine = T.MultiplySubtract(torsion.Sine, p[1], torsion.Cosine * p[2]), size = T.Abs(sine);
        T arc = T.Asin(T.Min(size, 1.0)), away = T.IfLess(cosine, 0.0, Math.PI - arc, arc),
            across = T.Acos(T.Max(-1.0, T.Min(1.0, cosine)));
        T beyond = T.Max(T.IfLess(size, HalfRoot, away, across) - p[3], 0.0), slope = p[0] * beyond;
        torsion.Forces(T.IfLess(sine, 0.0, -slope, slope), out forceA, out forceC, out forceD);
        return 0.5 * slope * beyond;
    }
}
