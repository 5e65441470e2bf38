namespace MolSampling.Molecular.Topologies;

/// <summary>One residue of a <see cref="Topology"/>.</summary>
/// <param name="Name">"ALA", "HOH", ...</param>
/// <param name="Chain">The chain's identifier; empty for none.</param>
/// <param name="Number">As in the file, with the insertion code if there is one: "27", "27A".</param>
/// <param name="FirstAtom">Index of its first atom.</param>
/// <param name="AtomCount">How many atoms follow from there.</param>
public sealed record TopologyResidue(string Name, string Chain, string Number, int FirstAtom, int AtomCount)
{
    /// <summary>"ALA 2 (chain A)".</summary>
    public override string ToString() => Chain.Length > 0 ? $"{Name} {Number} (chain {Chain})" : $"{Name} {Number}";
}
