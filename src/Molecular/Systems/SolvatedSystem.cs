using System.Globalization;
using MolSampling.Molecular.Solvation;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Sampling;

namespace MolSampling.Molecular.Systems;

/// <summary>A system in explicit water.</summary>
internal static class SolvatedSystem
{
    /// <summary>nm, where nothing is said.</summary>
    public const double UsualCutoff = 0.9;

    private const double Margin = 0.75, SmallestEdge = 1.87; // nm: about the solute on each side; the box of 216 waters

    /// <summary>Puts a solute, or nothing, into a box of water.</summary>
    /// <param name="solute">In vacuum; null for water alone.</param>
    /// <param name="source">Names the water, the box and the cut-off.</param>
    /// <param name="share">Of the solute's volume that the box has; see <see cref="WaterBox.Around"/>.</param>
    /// <exception cref="ArgumentException">A solute whose energy is no force field, or sizes that do not fit.</exception>
    public static MolecularSystem Of(MolecularSystem? solute, SystemSource source, double share = 1)
    {
        WaterModel model = WaterModel.Named(source.Solvent);
        double cutoff = source.Cutoff ?? UsualCutoff;
        RandomSource random = new RandomSource(source.Seed).Split("solvation");
        if (solute is null)
        {
            double own = source.Box ?? SmallestEdge;
            ThrowIfLarge(own, source);
            int waters = (int)Math.Round(own * own * own / model.Volume);
            return Finish(model, null, WaterBox.OfWater(model, waters, cutoff, random, own), cutoff, source.WaterHydrogenMass);
        }
        if (solute.Energy.Classical is not { } classical)
            throw new ArgumentException($"{solute.Energy.Name} has no charges and Lennard-Jones parameters for a box of water: "
                + "--force-field sage-2.2.1, or an Amber force field for peptides");
        double edge = source.Box ?? Math.Max(SmallestEdge, Extent(solute.Starts[0]) + 2 * Margin);
        ThrowIfLarge(edge, source);
        return Finish(model, solute, WaterBox.Around(model, classical with { Masses = solute.Masses }, solute.Starts[0], edge, cutoff,
            random, share), cutoff, source.WaterHydrogenMass);
    }

    private static MolecularSystem Finish(WaterModel model, MolecularSystem? solute, WaterBox box, double cutoff, double hydrogenMass)
    {
        var atoms = new List<TopologyAtom>(solute?.Topology.Atoms ?? []);
        var residues = new List<TopologyResidue>(solute?.Topology.Residues ?? []);
        var bonds = new List<TopologyBond>(solute?.Topology.Bonds ?? []);
        for (int w = 0; w < box.Waters; w++)
        {
            int o = atoms.Count;
            residues.Add(new("HOH", "W", (w + 1).ToString(CultureInfo.InvariantCulture), o, 3));
            atoms.AddRange([new("O", "O", 8, residues.Count - 1), new("H1", "H", 1, residues.Count - 1),
                new("H2", "H", 1, residues.Count - 1)]);
            bonds.AddRange([new(o, o + 1), new(o, o + 2)]);
        }
        ClassicalSystem system = hydrogenMass == 0 ? box.System : box.System with
        {
            Masses = WithHydrogens(box.System.Masses, solute?.Topology.Atoms.Count ?? 0, hydrogenMass),
        };
        string name = string.Create(CultureInfo.InvariantCulture, $"{box.Waters} waters, {model.Title}, in a box of {box.Edge:f3} nm");
        List<string> notes = [.. solute?.Energy.Notes ?? []];
        double charge = box.System.Particles.Sum(p => p.Charge);
        if (Math.Abs(charge) > 0.01)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"net charge {charge:+0.##;-0.##}: a uniform background makes the box neutral, no ions are added"));
        string energy = string.Create(CultureInfo.InvariantCulture, $"{name}; Ewald's sum, cut-off {cutoff:f2} nm");
        var topology = new Topology(atoms, residues, bonds);
        return new(solute?.Name ?? "water", topology, null, [box.Positions], system.Masses,
            EnergyModel.Of(solute is null ? energy : $"{solute.Energy.Name} in {energy}", system, notes))
        {
            DegreesOfFreedom = 3 * box.System.AtomCount - box.System.Constraints.Count,
            NamedTorsions = solute?.NamedTorsions ?? NamedTorsions.OfBackbone(topology),
        };
    }

    /// <summary>The engine looks at every pair, which ends somewhere; OpenMM does not.</summary>
    private static void ThrowIfLarge(double edge, SystemSource source)
    {
        double largest = source.ForOpenMM ? 14 : 6; // nm: 90,000 and 7,000 waters
        if (!(edge <= largest))
            throw new ArgumentException(FormattableString.Invariant($"a box of {edge:g4} nm is larger than {largest} nm")
                + (source.ForOpenMM ? "" : ": the engine looks at every pair of waters"));
    }

    /// <summary>Masses of waters with hydrogens of their oxygens' making.</summary>
    private static double[] WithHydrogens(IReadOnlyList<double> masses, int first, double hydrogenMass)
    {
        double[] result = [.. masses];
        for (int o = first; o < result.Length; o += 3)
        {
            result[o] -= 2 * hydrogenMass - result[o + 1] - result[o + 2];
            (result[o + 1], result[o + 2]) = (hydrogenMass, hydrogenMass);
        }
        return result;
    }

    private static double Extent(double[] x) => Enumerable.Range(0, 3).Max(d =>
    {
        double[] along = [.. Enumerable.Range(0, x.Length / 3).Select(a => x[3 * a + d])];
        return along.Max() - along.Min();
    });
}
