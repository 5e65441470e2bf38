using MolSampling.Jobs.Conformers;

namespace MolSampling.Tests.Jobs.Conformers;

/// <summary>
/// Cases in which a result called itself converged and was wrong, with values by independent programs (RDKit energies; Bennett's ratio
/// between a Gaussian and each chair; a sampler of its own). optional-stopping-of-draws is in StoppingRuleTests, symmetry-splits-basins in
/// ListedBasinTests.
/// </summary>
public sealed class ConvergenceCaseTests
{
    /// <summary>frozen-ladder-n-methylpiperidine: a ladder said 4.4 +- 0.9 % axial, its walkers never having changed their
    /// chairs.</summary>
    [Theory]
    [InlineData(ConformerMethod.ReplicaExchange, 1)]
    [InlineData(ConformerMethod.ReplicaExchange, 2)]
    [InlineData(ConformerMethod.Auto, 2)]
    [InlineData(ConformerMethod.Auto, 3)]
    [InlineData(ConformerMethod.TorsionFlow, 3)]
    public void A_frozen_ladder_is_right_or_not_converged(ConformerMethod method, int seed)
    {
        const double axial = 0.00261, error = 0.00011;
        using var molecule = RDKitMolecule.FromSmiles("CN1CCCCC1");
        ConformerResult result = new ConformerSampler(new() { Method = method, Seed = (ulong)seed, Samples = 100,
            TimeLimit = TimeSpan.FromSeconds(method == ConformerMethod.ReplicaExchange ? 10 : 120) }).Run(molecule, "CN1CCCCC1");
        if (method != ConformerMethod.ReplicaExchange)
            Assert.Equal((ConformerStatus.Ok, null), (result.Status, result.Reason));
        if (result.Status != ConformerStatus.Ok)
            return;
        Basin found = result.Basins.First(b => b.RepresentativeEnergy is > 14 and < 18); // minima at 2.5 and 16.3 kJ/mol
        double z = (found.Population - axial) / Math.Sqrt(found.PopulationError * found.PopulationError + error * error);
        Assert.True(Math.Abs(z) < 3, $"{100 * found.Population:f3} ± {100 * found.PopulationError:f3} %, z = {z:f1}");
    }

    /// <summary>draws-miss-ethylene-glycol-basin: draws had 0.23 % on average of the 1.01 % that are gauche in one sense about all bonds,
    /// with errors that did not know. Gauche thrice holds no minimum.</summary>
    [Fact]
    public void Gauche_thrice_is_there_in_ethylene_glycol()
    {
        const double right = 0.0101, error = 0.0007;
        int seeds = SlowTests.Asked ? 32 : 4;
        using var molecule = RDKitMolecule.FromSmiles("OCCO");
        double[] values = new double[seeds], z = new double[seeds];
        for (int s = 0; s < seeds; s++)
        {
            ConformerResult result = new ConformerSampler(new() { Seed = (ulong)s + 1, Samples = 100 }).Run(molecule, "OCCO");
            Assert.Equal((ConformerStatus.Ok, null), (result.Status, result.Reason));
            Basin[] basins = [.. result.Basins.Where(b => b.State is "g+ g+ g+" or "g- g- g-")];
            values[s] = basins.Sum(b => b.Population);
            z[s] = (values[s] - right) / Math.Sqrt(basins.Sum(b => b.PopulationError * b.PopulationError) + error * error);
        }
        string found = string.Join(' ', values.Select(v => $"{100 * v:f2}"));
        double mean = values.Average(), spread = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (seeds - 1) / seeds);
        Assert.True(Math.Abs(mean - right) < 3 * Math.Sqrt(spread * spread + error * error), found);
        Assert.True(z.Count(v => Math.Abs(v) < 2) >= 0.85 * seeds - 1, found);
    }

    /// <summary>Cyclooctane's boat-chair has sixteen images, of which embeddings show some: chains that never come to the others agree on a
    /// wrong share (78.8 % for 82.4 %, by Bennett's ratio in each basin).</summary>
    [Fact]
    public void Every_image_of_a_ring_state_is_a_local_structure()
    {
        using var molecule = RDKitMolecule.FromSmiles("C1CCCCCCC1");
        ConformerWork work = ConformerWork.Prepare(molecule, new(), null, new(), static (_, _) => { }, default).Item1!;
        using (work)
        {
            Func<float[], IEnumerable<float[]>> images = work.Images();
            TorsionCoordinate[] ring = [.. work.Space.Coordinates];
            string Signs(float[] x) => string.Concat(ring.Select(c => c.Angle(x) > 0 ? '+' : '-'));
            double energy = work.Potential.EvaluateDouble([.. work.Seeds[0]], new double[72]);
            float[][] all = [.. images(work.Seeds[0])];
            Assert.All(all, x => Assert.Equal(energy, work.Potential.EvaluateDouble([.. x], new double[72]), 1e-3 * Math.Abs(energy)));
            // closed: images of images are no new states
            HashSet<string> states = [.. all.Select(Signs)];
            Assert.Contains(Signs(work.Seeds[0]), states);
            Assert.All(all, x => Assert.Subset(states, images(x).Select(Signs).ToHashSet()));
            Assert.True(states.Count >= 2);
        }
    }
}
