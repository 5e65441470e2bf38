using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Says why a residue has no template: what it lacks, or has too much, against the nearest one.</summary>
internal static class UnmatchedResidue
{
    // How many atoms a template of another name has to be nearer by.
    private const int OtherName = 3;

    public static string Describe(Topology topology, TopologyResidue residue, IEnumerable<ResidueTemplate> templates, string forceField)
    {
        string[] names = [.. Enumerable.Range(residue.FirstAtom, residue.AtomCount).Select(i => topology.Atoms[i].Name)];
        int outside = Enumerable.Range(residue.FirstAtom, residue.AtomCount).Sum(i =>
            topology.Neighbours[i].Count(j => j < residue.FirstAtom || j >= residue.FirstAtom + residue.AtomCount));
        var nearest = templates
            .Select(t => (Template: t, Missing: t.Atoms.Select(a => a.Name).Except(names).ToArray(),
                Extra: names.Except(t.Atoms.Select(a => a.Name)).ToArray()))
            .OrderBy(t => t.Missing.Length + t.Extra.Length + (t.Template.Name.EndsWith(residue.Name, StringComparison.Ordinal) ? 0
                : OtherName))
            .ThenBy(t => t.Template.Name == residue.Name ? 0 : 1)
            .ThenBy(t => Math.Abs(t.Template.ExternalBonds.Sum() - outside))
            .FirstOrDefault();
        string start = $"residue {residue} has no template in {forceField}";
        if (nearest.Template is null || nearest.Missing.Length + nearest.Extra.Length > residue.AtomCount / 2 + 1)
            return $"{start}, nor one like it";
        if (nearest.Missing.Length + nearest.Extra.Length == 0)
            return nearest.Template.ExternalBonds.Sum() != outside
                ? $"{start}: it has the atoms of {nearest.Template.Name} but {outside} bonds to other residues instead of {nearest.Template.ExternalBonds.Sum()} (a chain's end without its cap or OXT?)"
                : $"{start}: it has the atoms of {nearest.Template.Name}, differently bonded";
        return $"{start}: the nearest is {nearest.Template.Name}{Listed(", missing", nearest.Missing)}{Listed(", too many", nearest.Extra)}";
    }

    private static string Listed(string word, string[] names) => names.Length > 0 ? $"{word} {string.Join(' ', names)}" : "";
}
