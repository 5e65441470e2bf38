using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>Coulomb: E = K q q / r.</summary>
public readonly struct Coulomb : IRadialTerm
{
    /// <inheritdoc/>
    public static string Name => "Coulomb";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["K q q (kJ nm/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T energy = p[0] * inverse;
        force = energy * inverse;
        return energy;
    }
}
