using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 buffered Coulomb interaction with constant dielectric: E = q_i q_j K / (r + 0.05 Angstrom); the factor 0.75 of 1-4 pairs is in
/// the parameter. T. A. Halgren, J. Comput. Chem. 17 (1996) 520, eq. 5.
/// </summary>
public readonly struct MmffCoulomb : IRadialTerm
{
    private const double Buffer = 0.05 * Units.NanometrePerAngstrom;

    /// <inheritdoc/>
    public static string Name => "electrostatic";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["K q q (kJ nm/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T buffered = T.Reciprocal(r + Buffer);
        T energy = p[0] * buffered;
        force = energy * buffered;
        return energy;
    }
}
