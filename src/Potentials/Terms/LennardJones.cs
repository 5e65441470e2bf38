using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>Lennard-Jones: E = 4 eps ((sigma/r)^12 - (sigma/r)^6).</summary>
public readonly struct LennardJones : IRadialTerm
{
    /// <inheritdoc/>
    public static string Name => "LennardJones";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["sigma (nm)", "4 epsilon (kJ/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T s = p[0] * inverse;
        T s2 = s * s;
        T s6 = s2 * s2 * s2;
        T attraction = p[1] * s6;
        T repulsion = attraction * s6;
        force = T.MultiplyAdd(repulsion, 12.0, -6.0 * attraction) * inverse;
        return repulsion - attraction;
    }
}
