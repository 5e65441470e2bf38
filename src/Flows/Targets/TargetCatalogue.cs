namespace MolSampling.Flows.Targets;

/// <summary>The targets that need no molecule, by name. Every call makes a new one, with its own count of energies.</summary>
public static class TargetCatalogue
{
    private static readonly Dictionary<string, Func<Target>> s_targets = new Func<Target>[]
    {
        () => new GaussianMixture40(), () => new ManyWell(), () => new DoubleWell4(), () => new LennardJonesCluster(13),
            () => new LennardJonesCluster(55),
        () => new LennardJonesCluster(13, orderedPairs: true), () => new LennardJonesCluster(55, orderedPairs: true),
            () => new MuellerBrown(),
        HarmonicMolecule.Bent, HarmonicMolecule.Chain, HarmonicMolecule.Methyl, () => new MethaneInField(),
    }.ToDictionary(make => make().Name);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. s_targets.Keys];

    /// <summary>A target by name, in any case of letters.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static Target Create(string name) =>
        s_targets.TryGetValue(name.ToLowerInvariant(), out Func<Target>? make) ? make()
            : throw new ArgumentException($"No target '{name}': there are {string.Join(", ", Names)}.", nameof(name));
}
