using MolSampling.Molecular.ForceFields;

namespace MolSampling.Tests.Molecular;

/// <summary>Halgren's validation suite: our engine against the reference logs, against RDKit, and lanes against doubles, on every
/// molecule.</summary>
public sealed class MmffSuiteTests(ITestOutputHelper output)
{
    private const double Kcal = Units.KilojoulePerKilocalorie;

    [SkippableTheory]
    [InlineData("MMFF94", 1)]
    [InlineData("MMFF94s", 0)]
    public void Energies_agree_with_the_reference_logs(string name, int known)
    {
        string sdf = SharedData.Require($"mmff94/{name}_dative.sdf.gz");
        var logs = MmffReferenceLog.Read(SharedData.Require("mmff94/MMFF_reference_logs.tgz"), $"{name}_reference.log");
        MmffVariant variant = name == "MMFF94" ? MmffVariant.Mmff94 : MmffVariant.Mmff94s;
        int molecules = 0, within3 = 0, within4 = 0, terms = 0, termsWithin = 0;
        var outliers = new List<string>();
        foreach (MoleculeRecord record in SdfReader.Read(sdf, addHydrogens: false))
        {
            using RDKitMolecule rdkit = Assert.IsType<RDKitMolecule>(record.Molecule);
            var energies = Energies(rdkit, variant);
            Dictionary<string, double> log = logs[record.Name];
            double difference = Math.Abs(energies.Values.Sum() - log["total"]);
            molecules++;
            within3 += difference < 1e-3 ? 1 : 0;
            within4 += difference < 1e-4 ? 1 : 0;
            if (difference >= 1e-3)
                outliers.Add($"{record.Name} {difference:f4}");
            foreach ((string term, double value) in log.Where(t => t.Key != "total"))
            {
                terms++;
                // coordinates are printed to 1e-4 Angstrom: at a minimum the total feels it in second order, a term in first
                termsWithin += Math.Abs(energies.GetValueOrDefault(term) - value) < 0.02 ? 1 : 0;
            }
        }
        output.WriteLine($"{name}: {molecules} molecules, {within3} within 1e-3 kcal/mol, {within4} within 1e-4; {termsWithin} of {terms} terms; outliers: {string.Join(", ", outliers)}");
        Assert.Equal(logs.Count, molecules);
        Assert.True(outliers.Count <= known, string.Join(", ", outliers));
        Assert.True(termsWithin >= terms - 7 * known, $"{termsWithin} of {terms}");
    }

    [SkippableTheory]
    [InlineData("MMFF94")]
    [InlineData("MMFF94s")]
    [Trait("cpu", "lanes")]
    public void Engine_agrees_with_RDKit_and_lanes_with_doubles(string name)
    {
        string sdf = SharedData.Require($"mmff94/{name}_dative.sdf.gz");
        MmffVariant variant = name == "MMFF94" ? MmffVariant.Mmff94 : MmffVariant.Mmff94s;
        double worstEnergy = 0, worstForce = 0, worstLaneEnergy = 0, worstLaneForce = 0;
        foreach (MoleculeRecord record in SdfReader.Read(sdf, addHydrogens: false))
        {
            using RDKitMolecule rdkit = record.Molecule!;
            double[] x = rdkit.Coordinates!, forces = new double[x.Length], reference = new double[x.Length], energy = new double[1];
            var potential = new ForceFieldPotential(Mmff94.Parameterise([.. rdkit.Molecule.Atoms.Select(a => a.Mass)],
                rdkit.MmffTerms(variant)));
            double exact = potential.EvaluateDouble(x, forces);
            rdkit.MmffEnergies(variant, x, energy, reference);
            double scale = Math.Max(forces.Max(Math.Abs), 1);
            worstEnergy = Math.Max(worstEnergy, Math.Abs(exact - energy[0]) / (1 + Math.Abs(exact)));
            worstForce = Math.Max(worstForce, forces.Zip(reference, (a, b) => Math.Abs(a - b)).Max() / scale);

            // Lanes and doubles start from the same coordinates, shaken by a thermal 0.005 nm: at the minimum itself all forces cancel
            // and a relative error has no meaning.
            float[] single = [.. x.Select((v, k) => (float)(v + 0.005 * Math.Sin(12.9898 * k + 0.5)))], laneForces = new float[x.Length];
            exact = potential.EvaluateDouble([.. single.Select(v => (double)v)], forces);
            potential.Evaluate(single, energy, laneForces);
            scale = Math.Max(forces.Max(Math.Abs), 1);
            worstLaneEnergy = Math.Max(worstLaneEnergy, Math.Abs(exact - energy[0]) / (100 + Math.Abs(exact)));
            worstLaneForce = Math.Max(worstLaneForce, forces.Zip(laneForces, (a, b) => Math.Abs(a - b)).Max() / scale);
        }
        output.WriteLine($"{name}: against RDKit energy {worstEnergy:e1}, force {worstForce:e1}; lanes against doubles energy {worstLaneEnergy:e1}, force {worstLaneForce:e1} (largest relative)");
        Assert.True(worstEnergy < 1e-8, $"energy {worstEnergy:e2}");
        Assert.True(worstForce < 1e-6, $"force {worstForce:e2}");
        Assert.True(worstLaneEnergy < 1e-5, $"lane energy {worstLaneEnergy:e2}");
        Assert.True(worstLaneForce < 1e-5, $"lane force {worstLaneForce:e2}");
    }

    private static Dictionary<string, double> Energies(RDKitMolecule rdkit, MmffVariant variant)
    {
        var potential = new ForceFieldPotential(Mmff94.Parameterise([.. rdkit.Molecule.Atoms.Select(a => a.Mass)],
            rdkit.MmffTerms(variant)));
        var energies = new double[potential.EnergyNames.Count];
        potential.EvaluateTerms(rdkit.Coordinates!, new double[rdkit.Coordinates!.Length], energies);
        var sums = new Dictionary<string, double>();
        for (int t = 0; t < energies.Length; t++)
            sums[potential.EnergyNames[t]] = sums.GetValueOrDefault(potential.EnergyNames[t]) + energies[t] / Kcal;
        return sums;
    }
}
