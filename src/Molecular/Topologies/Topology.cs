namespace MolSampling.Molecular.Topologies;

/// <summary>Atoms in residues in chains, and the bonds between them: what biomolecular files hold and force-field templates are matched to;
/// immutable, free of coordinates.</summary>
/// <param name="Atoms">In the order of the file; a residue's atoms are contiguous.</param>
/// <param name="Residues">In the order of the file.</param>
/// <param name="Bonds">Every bond once.</param>
public sealed record Topology(IReadOnlyList<TopologyAtom> Atoms, IReadOnlyList<TopologyResidue> Residues, IReadOnlyList<TopologyBond> Bonds)
{
    /// <summary>Indices of the atoms bonded to each atom, ascending.</summary>
    public IReadOnlyList<int[]> Neighbours { get; } = NeighbourTable(Atoms.Count, Bonds);

    /// <summary>An atom as messages name it: "CA of ALA 2 (chain A)".</summary>
    public string Describe(int atom) => $"{Atoms[atom].Name} of {Residues[Atoms[atom].ResidueIndex]}";

    /// <summary>Whether a bond joins a residue to the one that follows it.</summary>
    public bool IsBondedToNext(int residue)
    {
        TopologyResidue r = Residues[residue];
        return Enumerable.Range(r.FirstAtom, r.AtomCount).Any(i => Neighbours[i].Any(j => Atoms[j].ResidueIndex == residue + 1));
    }

    private static int[][] NeighbourTable(int count, IReadOnlyList<TopologyBond> bonds)
    {
        var table = new SortedSet<int>[count];
        for (int i = 0; i < count; i++)
            table[i] = [];
        foreach (TopologyBond bond in bonds)
        {
            table[bond.I].Add(bond.J);
            table[bond.J].Add(bond.I);
        }
        return [.. table.Select(t => t.ToArray())];
    }
}
