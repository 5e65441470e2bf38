using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>No interaction: stands for the radial term that a table left to another one (<see cref="TermTable.Split"/>).</summary>
public readonly struct NoRadialTerm : IRadialTerm
{
    /// <inheritdoc/>
    public static string Name => "none";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = [];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        force = 0.0;
        return 0.0;
    }
}
