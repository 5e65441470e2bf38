using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Systems;

/// <summary>A system that can be sampled: what its atoms are, what gives it its energy, where it starts. Simulations and generators take
/// one, whatever it was made from.</summary>
/// <param name="Name">For people.</param>
/// <param name="Topology">Atoms, residues, bonds.</param>
/// <param name="Molecule">With bond orders, where the input was chemistry; otherwise null.</param>
/// <param name="Starts">[..][3N] nm, at least one; replicas take them in turn.</param>
/// <param name="Masses">[N] Da as integrated.</param>
/// <param name="Energy">U.</param>
public sealed record MolecularSystem(string Name, Topology Topology, Molecule? Molecule, IReadOnlyList<double[]> Starts,
    IReadOnlyList<double> Masses, EnergyModel Energy)
{
    /// <summary>N, the number of atoms.</summary>
    public int AtomCount => Masses.Count;

    /// <summary>That carry kinetic energy: 3N, less what constraints take.</summary>
    public int DegreesOfFreedom { get; init; } = 3 * Masses.Count;

    /// <summary>Of the periodic box that it begins with, nm^3; 0 without one.</summary>
    public double BoxVolume => (Energy.Classical?.Reach.Box ?? Energy.Parameters?.Box?.Edges)?.Volume ?? 0;

    /// <summary>What reports show.</summary>
    public NamedTorsions NamedTorsions { get; init; } = Molecule is null ? NamedTorsions.OfBackbone(Topology)
        : NamedTorsions.OfRotors(Molecule,
        Topology);
}
