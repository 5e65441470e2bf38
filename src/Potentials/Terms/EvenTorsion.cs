using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A <see cref="PeriodicTorsion"/> that is even in phi (phases 0 or pi) with n up to 4, as nearly all of the Amber force fields are: E =
/// P(cos phi), dE/dphi = -sin phi P'(cos phi). A third of the multiplications of the general form, and most of its latency, are the part
/// that is zero here.
/// </summary>
public readonly struct EvenTorsion : IFourBodyTerm
{
    /// <summary>The largest n.</summary>
    public const int HighestPeriodicity = 4;

    /// <inheritdoc/>
    public static string Name => "torsion";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } =
        [.. Enumerable.Range(0, HighestPeriodicity + 1).Select(m => $"P{m} (kJ/mol)")];

    /// <summary>The row of a general torsion, or null if it does not fit.</summary>
    /// <param name="row">From <see cref="PeriodicTorsion.Row"/>.</param>
    public static double[]? Row(double[] row)
    {
        // a phase of pi leaves sin pi = 1e-16 of the force constant in Q
        double largest = row.Max(Math.Abs);
        return row.Skip(HighestPeriodicity + 1).All(v => Math.Abs(v) <= 1e-14 * largest) ? row[..(HighestPeriodicity + 1)] : null;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        var torsion = new TorsionAngle<T>(a, b, c, d);
        T cosine = torsion.Cosine;
        T energy = T.MultiplyAdd(p[4], cosine, p[3]), derivative = T.MultiplyAdd(p[4], cosine, energy);
        energy = T.MultiplyAdd(energy, cosine, p[2]);
        derivative = T.MultiplyAdd(derivative, cosine, energy);
        energy = T.MultiplyAdd(energy, cosine, p[1]);
        derivative = T.MultiplyAdd(derivative, cosine, energy);
        torsion.Forces(-(torsion.Sine * derivative), out forceA, out forceC, out forceD);
        return T.MultiplyAdd(energy, cosine, p[0]);
    }
}
