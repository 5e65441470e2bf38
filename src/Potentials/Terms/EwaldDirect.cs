using System.Runtime.CompilerServices;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// The direct part of Ewald's sum for a pair, E = K q q (1/r + P(t)) below rc, t = 2 (r/rc)^2 - 1, with the polynomial P of
/// <see cref="EwaldSplit"/>. A radial term like any other, for boxes of any edges; in cubic ones <see cref="PeriodicPairTable"/> is faster.
/// </summary>
public readonly struct EwaldDirect : IRadialTerm
{
    private const int Coefficients = 12, First = 3; // of the longest polynomial that there is

    /// <inheritdoc/>
    public static string Name => "Coulomb";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["K q q (kJ nm/mol)", "rc (nm)", "2/rc^2 (1/nm^2)",
        .. Enumerable.Range(0, Coefficients).Select(n => $"P_{Coefficients - 1 - n} (1/nm)")];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T along = p[2] * r, t = T.MultiplyAdd(along, r, -1.0), value = p[First], slope = 0.0;
        for (int n = 1; n < Coefficients; n++)
        {
            slope = T.MultiplyAdd(slope, t, value);
            value = T.MultiplyAdd(value, t, p[First + n]);
        }
        force = T.IfLess(r, p[1], p[0] * T.MultiplyAdd(inverse, inverse, -2.0 * along * slope), 0.0);
        return T.IfLess(r, p[1], p[0] * (inverse + value), 0.0);
    }

    /// <summary>A row's parameters.</summary>
    /// <param name="chargeProduct">e^2.</param>
    /// <param name="split">Of Coulomb's law.</param>
    public static double[] Row(double chargeProduct, EwaldSplit split) =>
        [EngineParameters.CoulombConstant * chargeProduct, split.Cutoff, 2 / (split.Cutoff * split.Cutoff),
            .. Enumerable.Repeat(0.0, Coefficients - split.EnergyCoefficients.Count), .. split.EnergyCoefficients.Reverse()];

    /// <summary>A table of pairs in a box, with switched Lennard-Jones by Lorentz and Berthelot's rules beside.</summary>
    /// <param name="particles">[N] of all atoms of the system.</param>
    /// <param name="pairs">Of atoms, each once; those without charges and Lennard-Jones are left out.</param>
    /// <param name="split">Of Coulomb's law; its cut-off at most half the least edge.</param>
    /// <param name="box">Its edges, nm.</param>
    /// <param name="switchDistance">Where Lennard-Jones begins to be switched off, nm; null for a sharp end.</param>
    public static TermTable Pairs(IReadOnlyList<NonbondedParticle> particles, IEnumerable<(int I, int J)> pairs, EwaldSplit split,
        RectangularBox box, double? switchDistance)
    {
        double end = split.Cutoff, start = switchDistance is { } from && from < end ? from : end;
        double perWidth = start < end ? 1 / (end - start) : 0;
        return PairTable<LennardJonesSwitched, EwaldDirect>.Create(
            from pair in pairs
            let a = particles[pair.I]
            let b = particles[pair.J]
            where a.Charge * b.Charge != 0 || a.Epsilon * b.Epsilon != 0
            select (pair.I, pair.J, (double[])[(a.Sigma + b.Sigma) / 2, 4 * Math.Sqrt(a.Epsilon * b.Epsilon), end, start, perWidth,
                .. Row(a.Charge * b.Charge, split)]), box);
    }
}
