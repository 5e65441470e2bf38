namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>A residue as the force field knows it.</summary>
/// <param name="Name">"ALA", "NALA", ...</param>
/// <param name="Atoms">In the order of the file.</param>
/// <param name="BondedTo">[atoms] The atoms bonded to each, in the order of the file's bonds.</param>
/// <param name="ExternalBonds">[atoms] How many bonds leave the residue.</param>
/// <param name="HasVirtualSites">Whether some of its sites are no atoms.</param>
/// <param name="OverrideLevel">Among templates of one name the highest counts.</param>
internal sealed record ResidueTemplate(string Name, IReadOnlyList<TemplateAtom> Atoms, IReadOnlyList<IReadOnlyList<int>> BondedTo,
    IReadOnlyList<int> ExternalBonds, bool HasVirtualSites, int OverrideLevel);

/// <summary>An atom of a <see cref="ResidueTemplate"/>.</summary>
/// <param name="Name">"CA".</param>
/// <param name="Type">Its type.</param>
/// <param name="Attributes">Parameters that the template gives, such as the charge.</param>
internal sealed record TemplateAtom(string Name, AtomType Type, IReadOnlyDictionary<string, double> Attributes);
