namespace MolSampling.Molecular.Topologies;

/// <summary>One atom of a <see cref="Topology"/>.</summary>
/// <param name="Name">"CA", "HB2", ...</param>
/// <param name="Symbol">"C", "Cl", ...</param>
/// <param name="AtomicNumber">1 for hydrogen.</param>
/// <param name="ResidueIndex">Into <see cref="Topology.Residues"/>.</param>
public sealed record TopologyAtom(string Name, string Symbol, int AtomicNumber, int ResidueIndex);
