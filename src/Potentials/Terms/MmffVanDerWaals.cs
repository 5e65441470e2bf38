using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 buffered 14-7 van der Waals: with s = r / R*, E = eps (1.07 / (s + 0.07))^7 (1.12 / (s^7 + 0.12) - 2).
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 520, eq. 2. Finite at every distance.
/// </summary>
public readonly struct MmffVanDerWaals : IRadialTerm
{
    private const double Buffer7 = 1.07 * 1.07 * 1.07 * 1.07 * 1.07 * 1.07 * 1.07;

    /// <inheritdoc/>
    public static string Name => "vanDerWaals";

    /// <inheritdoc/>
    public static bool IsLong => true;

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["1/R* (1/nm)", "epsilon (kJ/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T s = r * p[0];
        T s2 = s * s, s6 = s2 * s2 * s2;
        T u = T.Reciprocal(s + 0.07);
        T w = T.Reciprocal(T.MultiplyAdd(s6, s, 0.12));
        T u2 = u * u, u6 = u2 * u2 * u2;
        T prefactor = p[1] * Buffer7 * u6 * u;
        T attraction = 1.12 * w; // 1.12 / (s^7 + 0.12)
        T well = attraction - 2.0;
        // dE/ds = -7 prefactor (u well + attraction w s^6)
        force = 7.0 * prefactor * p[0] * T.MultiplyAdd(u, well, attraction * w * s6);
        return prefactor * well;
    }
}
