namespace MolSampling.Molecular.Topologies;

/// <summary>A topology with coordinates: what a PDB or mmCIF file holds.</summary>
/// <param name="Topology">Atoms, residues, bonds.</param>
/// <param name="Positions">[3N] nm.</param>
/// <param name="Cell">The periodic cell, or null.</param>
public sealed record Structure(Topology Topology, double[] Positions, UnitCell? Cell = null);
