namespace MolSampling.Molecular.Topologies;

/// <summary>A molecule from chemistry as one residue.</summary>
internal static class LigandTopology
{
    /// <summary>Residue LIG; its atoms are called by element and number: "C1".</summary>
    public static Topology Of(Molecule molecule) => new(
        [.. molecule.Atoms.Select((a, i) => new TopologyAtom($"{a.Symbol}{i + 1}", a.Symbol, a.AtomicNumber, 0))],
        [new("LIG", "A", "1", 0, molecule.Atoms.Count)], [.. molecule.Bonds.Select(b => new TopologyBond(b.Begin, b.End))]);
}
