using MolSampling.Molecular.Coordinates;

namespace MolSampling.Molecular.Topologies;

/// <summary>A torsion that reports show.</summary>
/// <param name="Label">"phi ALA 2".</param>
/// <param name="I">Atom.</param>
/// <param name="J">Atom of the axis.</param>
/// <param name="K">Atom of the axis.</param>
/// <param name="L">Atom.</param>
public sealed record NamedTorsion(string Label, int I, int J, int K, int L);

/// <summary>The torsions that a report shows of a system.</summary>
/// <param name="Torsions">All.</param>
/// <param name="RamachandranPairs">Indices of phi and psi of one residue in <paramref name="Torsions"/>.</param>
public sealed record NamedTorsions(IReadOnlyList<NamedTorsion> Torsions, IReadOnlyList<(int Phi, int Psi)> RamachandranPairs)
{
    /// <summary>phi and psi of every residue that has them.</summary>
    public static NamedTorsions OfBackbone(Topology topology)
    {
        var torsions = new List<NamedTorsion>();
        var pairs = new List<(int, int)>();
        int Bonded(int atom, string name, int residue) =>
            topology.Neighbours[atom].Where(n => topology.Atoms[n].Name == name
                && topology.Atoms[n].ResidueIndex != residue).DefaultIfEmpty(-1).First();
        for (int r = 0; r < topology.Residues.Count; r++)
        {
            TopologyResidue residue = topology.Residues[r];
            int Find(string name) => Enumerable.Range(residue.FirstAtom, residue.AtomCount).Where(i =>
                topology.Atoms[i].Name == name).DefaultIfEmpty(-1).First();
            (int n, int ca, int c) = (Find("N"), Find("CA"), Find("C"));
            if (n < 0 || ca < 0 || c < 0)
                continue;
            (int before, int after) = (Bonded(n, "C", r), Bonded(c, "N", r));
            string label = residue.Number.Length > 0 ? $"{residue.Name} {residue.Number}" : residue.Name;
            if (before >= 0)
                torsions.Add(new($"phi {label}", before, n, ca, c));
            if (after >= 0)
                torsions.Add(new($"psi {label}", n, ca, c, after));
            if (before >= 0 && after >= 0)
                pairs.Add((torsions.Count - 2, torsions.Count - 1));
        }
        return new(torsions, pairs);
    }

    /// <summary>The rotors of a molecule, by the names of their atoms.</summary>
    public static NamedTorsions OfRotors(Molecule molecule, Topology topology) =>
        new([.. new TorsionSpace(molecule).Coordinates.Where(c => c.Kind == TorsionKind.Rotor).Select(c =>
            new NamedTorsion(string.Join('-', new[] { c.I, c.J, c.K, c.L }.Select(a => topology.Atoms[a].Name)), c.I, c.J, c.K, c.L))], []);
}
