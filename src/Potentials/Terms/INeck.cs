using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Terms;

/// <summary>Whether a generalized Born model fills the necks between spheres: <see cref="Neck"/> or <see cref="NoNeck"/>. A type, so that
/// models without necks keep a loop that knows nothing of them.</summary>
public interface INeck
{
    /// <summary>Whether there are necks; then every atom has coefficients of its own, and spheres may have negative radii.</summary>
    static abstract bool IsThere { get; }

    /// <summary>Names and units of a pair's parameters, in order; none without necks.</summary>
    static abstract IReadOnlyList<string> ParameterNames { get; }
}

/// <summary>No necks: the models of Onufriev, Bashford and Case.</summary>
public readonly struct NoNeck : INeck
{
    /// <inheritdoc/>
    public static bool IsThere
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = [];
}
