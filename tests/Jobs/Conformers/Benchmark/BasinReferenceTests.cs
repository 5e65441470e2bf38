using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Molecular.Systems;
using MolSampling.Sampling;

namespace MolSampling.Tests.Jobs.Conformers.Benchmark;

/// <summary>References against numbers from elsewhere: quadrature, and free energies of basins by an independent program with RDKit's
/// energies (300 K, MMFF94s).</summary>
public sealed class BasinReferenceTests
{
    private const double Temperature = 300;

    [Fact]
    public void The_partition_function_of_water_is_the_quadrature_over_its_bonds_and_angle()
    {
        using var water = RDKitMolecule.FromSmiles("O");
        Potential potential = MoleculeEnergies.Create("mmff94s", water).Potential;
        double[] x = new double[9];
        float[] minimum = [0, 0, 0, 0.0969f, 0, 0, -0.0235f, 0.0940f, 0];
        var state = new ThermodynamicState(Temperature);
        int o = water.Molecule.Atoms.Select(a => a.AtomicNumber).ToList().IndexOf(8);
        Assert.Equal(0, o);

        double sum = 0;
        const int points = 48;
        (double b, double angle) = (0.03 / points, 1.2 / points); // eight standard deviations either way
        for (int i = 0; i < points; i++)
            for (int j = 0; j < points; j++)
                for (int k = 0; k < points; k++)
                {
                    (double r, double s, double t) = (0.0969 + b * (i + 0.5 - points / 2), 0.0969 + b * (j + 0.5 - points / 2),
                        1.815 + angle * (k + 0.5 - points / 2));
                    (x[3], x[6], x[7]) = (r, s * Math.Cos(t), s * Math.Sin(t));
                    sum += r * r * s * s * Math.Sin(t) * Math.Exp(-state.Beta * potential.EvaluateDouble(x, new double[9]));
                }
        double expected = Math.Log(8 * Math.PI * Math.PI * sum * b * b * angle);

        var tree = new RotorTree(water.Molecule);
        var integral = BasinIntegral.Of(potential, FrameTree.Of(water.Molecule, tree, minimum)!, tree, [minimum], [], state, new(1), 0,
            default);
        Assert.InRange(integral.LogZ.StandardError, 1e-4, 0.02);
        Assert.InRange((integral.LogZ.Value - expected) / integral.LogZ.StandardError, -3.5, 3.5);
        Assert.InRange(integral.Overlap, 0.8, 1.01);
    }

    /// <summary>The independent program integrates over Cartesian coordinates in Angstrom without the volume of rotations, relative to the
    /// minimum's energy: ln Z -106.024(33) and -106.459(26).</summary>
    [Fact]
    public void Two_chairs_weigh_what_an_independent_program_found()
    {
        BasinReference reference = Of("CN1CCCCC1");
        Assert.Equal(2, reference.Basins.Count);
        (double Value, double Error)[] published = [(-106.024, 0.033), (-106.459, 0.026)];
        double kT = new ThermodynamicState(Temperature).KT, units = (3 * 20 - 3) * Math.Log(0.1) + Math.Log(8 * Math.PI * Math.PI);
        foreach ((ReferenceBasin basin, (double value, double error)) in reference.Basins.Zip(published))
        {
            double relative = basin.Integral.LogZ.Value + basin.Energy / kT - units;
            Assert.InRange((relative - value) / double.Hypot(error, basin.Integral.LogZ.StandardError), -3.5, 3.5);
            Assert.Equal(2, basin.Images);
        }
        Estimate axial = reference.Basins[1].Population;
        Assert.InRange((100 * axial.Value - 0.261) / double.Hypot(0.011, 100 * axial.StandardError), -3, 3);
        Assert.InRange(100 * axial.StandardError, 0.001, 0.02);
    }

    [SkippableFact]
    public void A_rare_shoulder_of_ethylene_glycol_is_not_missed()
    {
        SlowTests.Require(); // a quarter of a minute; calibration stands on the same integrals
        BasinReference reference = Of("OCCO");
        ReferenceBasin[] rare = [.. reference.Basins.Where(b => b.State is "g+ g+ g+" or "g- g- g-")];
        Assert.Equal(2, rare.Length);
        double sum = 100 * rare.Sum(b => b.Population.Value);
        Assert.InRange((sum - 1.007) / 0.070, -3, 3);
        Assert.All(rare, b => Assert.Equal(1, b.Images)); // the molecule's symmetry turns each into itself
        // mirror images weigh the same where borders lie in mirror images, as those of well separated basins do
        (ReferenceBasin a, ReferenceBasin b) = (reference.Basins[0], reference.Basins[1]);
        double error = double.Hypot(a.Population.StandardError, b.Population.StandardError);
        Assert.InRange((a.Population.Value - b.Population.Value) / error, -3.5, 3.5);
    }

    private static BasinReference Of(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        (BasinReference? reference, string? obstacle) = BasinReference.Of(molecule, new() { Temperature = Temperature, Seed = 1_000_003 },
            default);
        Assert.Null(obstacle);
        return reference!;
    }
}
