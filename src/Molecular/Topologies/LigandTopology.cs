namespace MolSampling.Molecular.Topologies;

/// <summary>A molecule from chemistry as one residue.</summary>
internal static class LigandTopology
{
    /// <summary>Residue LIG; its atoms are called by element and number: "C1".</summary>
    public static Topology Of(Molecule molecule) => new(
        [.. molecule.Atoms.Select((a, i) => new TopologyAtom($"{a.Symbol}{i + 1}", a.Symbol, a.AtomicNumber, 0))],
        [new("LIG", "A", "1", 0, molecule.Atoms.Count)], [.. molecule.Bonds.Select(b => new TopologyBond(b.Begin, b.End))]);

    /// <summary>The same; where a name is longer than the four characters of PDB, atoms are numbered within their element
    /// instead.</summary>
    public static Topology ForPdb(Molecule molecule)
    {
        Topology topology = Of(molecule);
        if (topology.Atoms.All(a => a.Name.Length <= 4))
            return topology;
        var counts = new Dictionary<string, int>();
        return topology with { Atoms = [.. topology.Atoms.Select(a => a with { Name =
            $"{a.Symbol}{counts[a.Symbol] = counts.GetValueOrDefault(a.Symbol) + 1}" })] };
    }
}
