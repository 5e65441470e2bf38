using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Formats;

/// <summary>The bonds that a file has to state: those outside the twenty amino acids and water, and those between residues that are no
/// peptide bonds.</summary>
internal static class StatedBonds
{
    private static readonly HashSet<string> s_plain =
        ["ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE", "LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP",
            "TYR", "VAL", "HOH"];

    /// <summary>Both ways, by atom.</summary>
    public static IEnumerable<(int Atom, List<int> Partners)> Of(Topology topology)
    {
        var partners = new SortedDictionary<int, List<int>>();
        foreach (TopologyBond bond in topology.Bonds.Where(b => IsStated(topology, b)).OrderBy(b => b.I).ThenBy(b => b.J))
            foreach ((int a, int b) in new[] { (bond.I, bond.J), (bond.J, bond.I) })
            {
                if (!partners.TryGetValue(a, out List<int>? list))
                    partners.Add(a, list = []);
                list.Add(b);
            }
        return partners.Select(p => (p.Key, p.Value));
    }

    public static bool IsStated(Topology topology, TopologyBond bond)
    {
        (TopologyAtom i, TopologyAtom j) = (topology.Atoms[bond.I], topology.Atoms[bond.J]);
        bool plain = s_plain.Contains(topology.Residues[i.ResidueIndex].Name) && s_plain.Contains(topology.Residues[j.ResidueIndex].Name);
        return !plain || (i.ResidueIndex != j.ResidueIndex && (i.Name, j.Name) is not (("C", "N") or ("N", "C")));
    }
}
