using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>The template of every residue, and which of its atoms each atom is.</summary>
internal sealed class TemplateAssignment
{
    private TemplateAssignment(int atoms)
    {
        (Atoms, TemplateIndices) = (new TemplateAtom[atoms], new int[atoms]);
    }

    public TemplateAtom[] Atoms { get; }

    /// <summary>The place of each atom in its template.</summary>
    public int[] TemplateIndices { get; }

    /// <exception cref="ParameterizationException">A residue fits no template, or several that differ.</exception>
    public static TemplateAssignment Make(Topology topology, ForceFieldTables tables, string forceField)
    {
        var assignment = new TemplateAssignment(topology.Atoms.Count);
        ILookup<string, ResidueTemplate> bySignature = tables.Templates.Values.ToLookup(t =>
            Signature(t.Atoms.Select(a => a.Type.AtomicNumber)));
        foreach (TopologyResidue residue in topology.Residues)
        {
            int[] atoms = [.. Enumerable.Range(residue.FirstAtom, residue.AtomCount)];
            (ResidueTemplate Template, int[] Match)[] matches =
                [.. bySignature[Signature(atoms.Select(i => topology.Atoms[i].AtomicNumber))].Select(t =>
                    (t, TemplateMatcher.Match(topology, residue, t)!)).Where(m => m.Item2 is not null)];
            if (matches.Length == 0)
                throw new ParameterizationException(UnmatchedResidue.Describe(topology, residue, tables.Templates.Values, forceField),
                    atoms);
            (ResidueTemplate template, int[] match) = matches[0];
            if (matches.Skip(1).FirstOrDefault(m => !IsSame(matches[0], m)) is { Template: { } other })
                throw new ParameterizationException($"residue {residue} fits two templates of {forceField} that differ: {template.Name} and {other.Name}", atoms);
            if (template.HasVirtualSites)
                throw new ParameterizationException($"residue {residue} has virtual sites in {forceField} (template {template.Name}), which are not supported", atoms);
            foreach (int i in atoms)
                (assignment.Atoms[i], assignment.TemplateIndices[i]) = (template.Atoms[match[i - residue.FirstAtom]],
                    match[i - residue.FirstAtom]);
        }
        return assignment;
    }

    private static bool IsSame((ResidueTemplate Template, int[] Match) a, (ResidueTemplate Template, int[] Match) b) =>
        a.Match.Zip(b.Match).All(p => (a.Template.Atoms[p.First], b.Template.Atoms[p.Second]) is var (x, y)
            && x.Type == y.Type && x.Attributes.Count == y.Attributes.Count
                && x.Attributes.All(v => y.Attributes.TryGetValue(v.Key, out double w) && w == v.Value));

    private static string Signature(IEnumerable<int> elements) => string.Join(' ', elements.Where(e => e > 0).Order());
}
