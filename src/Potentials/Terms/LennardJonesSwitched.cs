using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// Lennard-Jones that ends at rc: E = S(x) 4 eps ((sigma/r)^12 - (sigma/r)^6), S = 1 - 10 x^3 + 15 x^4 - 6 x^5, x = (r - rs)/(rc - rs) held
/// in [0, 1]; a sharp end for rs = rc. The switch is that of OpenMM's NonbondedForce.
/// </summary>
public readonly struct LennardJonesSwitched : IRadialTerm
{
    /// <inheritdoc/>
    public static string Name => "LennardJones";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["sigma (nm)", "4 epsilon (kJ/mol)", "rc (nm)", "rs (nm)",
        "1/(rc - rs) (1/nm), 0 for a sharp end"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T energy = LennardJones.Evaluate(p, r, inverse, out T bare);
        T x = T.Max(T.Min((r - p[3]) * p[4], 1.0), 0.0), x2 = x * x;
        T fade = T.MultiplyAdd(x * x2, T.MultiplyAdd(x, T.MultiplyAdd(x, -6.0, 15.0), -10.0), 1.0);
        T fall = 30.0 * p[4] * x2 * T.MultiplyAdd(x, x - 2.0, 1.0);
        force = T.IfLess(r, p[2], T.MultiplyAdd(fade, bare, fall * energy), 0.0);
        return T.IfLess(r, p[2], fade * energy, 0.0);
    }
}
