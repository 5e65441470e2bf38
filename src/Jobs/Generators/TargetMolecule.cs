using MolSampling.Flows.InternalCoordinates;
using MolSampling.Flows.Targets;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Generators;

/// <summary>A molecular system at a temperature, from which targets in any z-matrix are made.</summary>
/// <param name="Description">Molecule, force field, solvent, cut-off, constraints, in a line.</param>
/// <param name="System">Its first start is the reference configuration.</param>
/// <param name="Temperature">K.</param>
/// <param name="ReferenceEnergy">U of the reference configuration as it was computed once, kJ/mol; null to compute it.</param>
public sealed record TargetMolecule(string Description, MolecularSystem System, double Temperature, double? ReferenceEnergy = null)
{
    /// <summary>In the catalogue.</summary>
    public string Name => System.Name;

    /// <summary>Its atoms and bonds.</summary>
    public Topology Topology => System.Topology;

    /// <summary>[3N] nm, the reference configuration.</summary>
    public double[] Positions => System.Starts[0];

    /// <summary>U.</summary>
    public Potential Potential => System.Energy.Potential;

    /// <summary>All atoms with four neighbours, as they stand in the reference. Two hydrogens on one make its exchange a
    /// symmetry.</summary>
    public Chirality Chirality
    {
        get
        {
            Topology t = Topology;
            var centres = new List<(int, int, int, int, bool)>();
            for (int o = 0; o < t.Atoms.Count; o++)
            {
                // hydrogens first, so that two of them are among the three
                int[] around = [.. t.Neighbours[o].OrderBy(n => t.Atoms[n].AtomicNumber).ThenBy(n => n)];
                if (around.Length == 4)
                    centres.Add((o, around[0], around[1], around[2], t.Atoms[around[1]].AtomicNumber == 1));
            }
            return new(centres, Positions);
        }
    }

    /// <summary>Bonds for torsion moves: a molecule's rotors, or the axes of phi, psi and the peptide bonds of a chain (dynamics does not turn
    /// a peptide bond, and its cis state is part of the target).</summary>
    public IReadOnlyList<RotatableBond> TurnedBonds => System.Molecule is { } molecule ? new TorsionSpace(molecule).Moves
        : [.. NamedTorsions.OfBackbone(Topology).Torsions.Select(t => (t.J, t.K)).Concat(PeptideBonds).Select(b =>
            new RotatableBond(b.Item1, b.Item2, Beyond(b.Item1, b.Item2)))];

    private IEnumerable<(int Carbon, int Nitrogen)> PeptideBonds
    {
        get
        {
            Topology t = Topology;
            return from carbon in Enumerable.Range(0, t.Atoms.Count)
                   where t.Atoms[carbon].Name == "C"
                   from nitrogen in t.Neighbours[carbon]
                   where t.Atoms[nitrogen].Name == "N" && t.Atoms[nitrogen].ResidueIndex != t.Atoms[carbon].ResidueIndex
                   select (carbon, nitrogen);
        }
    }

    /// <summary>The target in internal coordinates.</summary>
    /// <param name="zMatrix">Global; null for <see cref="TopologyZMatrix.ToZMatrix"/>. log Z does not depend on it.</param>
    public InternalCoordinateTarget Target(ZMatrix? zMatrix = null) =>
        new(Name, new PotentialTarget(Name, Potential, Potential.Fingerprint, Temperature, Positions, ReferenceEnergy),
            zMatrix ?? Topology.ToZMatrix(), Chirality, Description);

    private int[] Beyond(int from, int to)
    {
        var found = new HashSet<int> { from, to };
        var queue = new Queue<int>([to]);
        while (queue.TryDequeue(out int atom))
            foreach (int next in Topology.Neighbours[atom].Where(found.Add))
                queue.Enqueue(next);
        return [.. found.Except([from, to]).Order()];
    }
}
