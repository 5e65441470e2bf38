namespace MolSampling.Flows.Interpolation.Systems;

/// <summary>Pairs of states by name.</summary>
public static class EndStatesCatalogue
{
    // a new pair: its class, and a line here
    private static readonly Dictionary<string, Func<EndStates>> s_makers = new()
    {
        ["mixture-1d"] = () => new MixturePair(),
        ["lj13-trap"] = () => new TrappedCluster(13),
        ["lj55-trap"] = () => new TrappedCluster(55),
        ["lj-solute-108"] = () => new SolvatedParticle(108, false),
        ["lj-solute-108-melting"] = () => new SolvatedParticle(108, true),
        ["lj-solute-512"] = () => new SolvatedParticle(512, false),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_makers.Keys];

    /// <summary>Of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static EndStates Create(string name) => s_makers.TryGetValue(name, out Func<EndStates>? make) ? make()
        : throw new ArgumentException($"no pair of states '{name}': there are {string.Join(", ", Names)}");
}
