using MolSampling.Molecular;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Simulation;

/// <summary>A torsion that reports show.</summary>
/// <param name="Label">"phi ALA 2".</param>
/// <param name="I">Atom.</param>
/// <param name="J">Atom of the axis.</param>
/// <param name="K">Atom of the axis.</param>
/// <param name="L">Atom.</param>
public sealed record NamedTorsion(string Label, int I, int J, int K, int L);

/// <summary>The system of a campaign: what the engine or OpenMM integrates, where it starts, and what a report calls its parts.</summary>
/// <param name="Name">For people.</param>
/// <param name="ForceFieldName">For people.</param>
/// <param name="Topology">Atoms, residues, bonds.</param>
/// <param name="Molecule">With bond orders, where the input was chemistry; otherwise null.</param>
/// <param name="Starts">[3N] nm each; replicas take them in turn.</param>
/// <param name="Masses">[N] Da as integrated.</param>
/// <param name="Parameters">For the engine; null if it cannot hold the system.</param>
/// <param name="Xml">For OpenMM; null if only the engine can hold the system.</param>
/// <param name="Torsions">What reports show.</param>
/// <param name="RamachandranPairs">Indices of phi and psi in <paramref name="Torsions"/>.</param>
public sealed record CampaignSystem(string Name, string ForceFieldName, Topology Topology, Molecule? Molecule, IReadOnlyList<double[]> Starts, IReadOnlyList<double> Masses,
    SystemParameters? Parameters, string? Xml, IReadOnlyList<NamedTorsion> Torsions, IReadOnlyList<(int Phi, int Psi)> RamachandranPairs)
{
    /// <summary>N.</summary>
    public int AtomCount => Masses.Count;

    /// <summary>That carry kinetic energy: 3N, less what constraints of a System XML take.</summary>
    public int DegreesOfFreedom { get; init; } = 3 * Masses.Count;

    /// <summary>phi and psi of every residue that has them.</summary>
    public static (List<NamedTorsion> Torsions, List<(int, int)> Pairs) BackboneTorsions(Topology topology)
    {
        var torsions = new List<NamedTorsion>();
        var pairs = new List<(int, int)>();
        int Bonded(int atom, string name, int residue) => topology.Neighbours[atom].Where(n => topology.Atoms[n].Name == name && topology.Atoms[n].ResidueIndex != residue).DefaultIfEmpty(-1).First();
        for (int r = 0; r < topology.Residues.Count; r++)
        {
            TopologyResidue residue = topology.Residues[r];
            int Find(string name) => Enumerable.Range(residue.FirstAtom, residue.AtomCount).Where(i => topology.Atoms[i].Name == name).DefaultIfEmpty(-1).First();
            (int n, int ca, int c) = (Find("N"), Find("CA"), Find("C"));
            if (n < 0 || ca < 0 || c < 0)
                continue;
            (int before, int after) = (Bonded(n, "C", r), Bonded(c, "N", r));
            string label = residue.Number.Length > 0 ? $"{residue.Name} {residue.Number}" : residue.Name;
            if (before >= 0)
                torsions.Add(new($"phi {label}", before, n, ca, c));
            if (after >= 0)
                torsions.Add(new($"psi {label}", n, ca, c, after));
            if (before >= 0 && after >= 0)
                pairs.Add((torsions.Count - 2, torsions.Count - 1));
        }
        return (torsions, pairs);
    }

    /// <summary>Hydrogens get a mass at the expense of the atom they sit on; water stays as it is. Configurations do not depend on masses, longer steps become possible.</summary>
    /// <exception cref="ParameterizationException">An atom would become massless.</exception>
    public static double[] RepartitionHydrogenMass(IReadOnlyList<double> masses, Topology topology, double hydrogenMass)
    {
        double[] result = [.. masses];
        for (int h = 0; h < result.Length && hydrogenMass > 0; h++)
        {
            if (topology.Atoms[h].AtomicNumber != 1 || topology.Residues[topology.Atoms[h].ResidueIndex].Name == "HOH")
                continue;
            int heavy = topology.Neighbours[h].Where(n => topology.Atoms[n].AtomicNumber > 1).DefaultIfEmpty(-1).First();
            if (heavy < 0)
                continue;
            result[heavy] -= hydrogenMass - result[h];
            result[h] = hydrogenMass;
            if (result[heavy] < 1)
                throw new ParameterizationException($"a hydrogen mass of {hydrogenMass} Da leaves {topology.Describe(heavy)} with {result[heavy]:g3} Da: choose --hydrogen-mass smaller", [heavy]);
        }
        return result;
    }
}
