namespace MolSampling.Molecular.Topologies;

/// <summary>A bond of a <see cref="Topology"/>; biomolecular files tell no orders.</summary>
/// <param name="I">Index of an atom.</param>
/// <param name="J">Index of an atom.</param>
public readonly record struct TopologyBond(int I, int J);
