using MolSampling.Flows;
using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Targets;
using MolSampling.Jobs.Generators;
using MolSampling.Molecular.Crystals;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Rigid;
using MolSampling.Sampling;
using Parquet;
using Parquet.Schema;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Jobs.Generators;

/// <summary>Free energies of rigid molecules, absolute and between temperatures, against a crystal whose norm is known by
/// quadrature.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class RigidCrystalTests
{
    private const double K = 1500; // kJ/mol/nm^2
    private static readonly double[] s_temperatures = [150, 210, 300];
    private static readonly RigidBody s_body = new([0, 0, 0, 0.1, 0, 0, -0.03, 0.1, 0.01]);

    // where the wells of each molecule are: not a body's own geometry, so that no orientation is perfect
    private static readonly double[][] s_wells = [[0, 0, 0, 0.09, 0.03, 0, -0.02, 0.1, 0.04],
        [0.5, 0.1, 0.2, 0.42, 0.15, 0.25, 0.55, 0.03, 0.3]];

    static RigidCrystalTests() => MolSampling.Potentials.Torch.TorchRuntime.EnsureLoaded();

    /// <summary>Two molecules whose sites sit in wells: places integrate in closed form, orientations by quadrature.</summary>
    [Fact]
    public void Free_energies_are_those_of_quadrature()
    {
        using DisposeScope scope = NewDisposeScope();
        TargetCrystal crystal = Wells();
        double[] exact = [.. s_temperatures.Select(Exact)];
        using var ladder = CrystalFreeEnergies.Of(crystal, s_temperatures, new(16, 300, 2, 200, 10), new RandomSource(3));
        IReadOnlyList<Estimate> found = ladder.AgainstHighest();
        for (int k = 0; k < 2; k++)
        {
            Assert.InRange(found[k].StandardError, 1e-4, 0.05);
            Assert.True(Math.Abs(found[k].Value - (exact[k] - exact[2])) < 4 * found[k].StandardError,
                $"{s_temperatures[k]} K: {found[k]} for {exact[k] - exact[2]}");
        }
        // a Gaussian of the samples is a flow like any other: its draws and the ladder's samples give the absolute one
        foreach (int k in new[] { 0, 2 })
        {
            var target = new TargetCrystal(crystal.Crystal, s_temperatures[k]);
            using CrystalSamples samples = new CrystalSampling(16, 300, 2, 200, 10).Run(target, [s_temperatures[k]], new RandomSource(4));
            using var flow = new NormalizingFlow(new StandardNormal(9), new Inverted(Whitening.Of(samples.Coordinates[0])));
            FlowFreeEnergy by = ladder.OfFlow(flow, k, 20_000, new RandomSource(5));
            Assert.Equal(0, by.NonFinite);
            Assert.InRange(by.TwoSided.StandardError, 1e-4, 0.05);
            Assert.True(Math.Abs(by.TwoSided.Value - exact[k]) < 4 * by.TwoSided.StandardError, $"BAR {by.TwoSided} for {exact[k]}");
            // weights of a Gaussian have heavy tails at the higher temperature: one side alone is held to no more than it says
            if (k == 0)
                Assert.True(Math.Abs(by.OneSided.Value - exact[k]) < 5 * by.OneSided.StandardError, $"LFEP {by.OneSided} for {exact[k]}");
            // power: without the volume of orientations the answer is another
            Assert.True(Math.Abs(by.TwoSided.Value - exact[k] - Math.Log(2)) > 6 * by.TwoSided.StandardError);
        }
    }

    [Fact]
    public void A_target_has_the_volume_of_orientations_in_its_density()
    {
        using DisposeScope scope = NewDisposeScope();
        TargetCrystal crystal = Wells();
        PotentialTarget target = crystal.Target();
        target.Verify();
        Assert.Equal(TargetMeasure.Lebesgue, target.Measure);
        Assert.Equal(9, target.DegreesOfFreedom);
        double[] x = [0.2, -0.1, 0.3, 0.52, 0.11, 0.18, -0.2, 0.4, 0.1];
        double u = crystal.Potential.EvaluateDouble(x, new double[9]), rt = Units.GasConstant * crystal.Temperature;
        double volume = -2 * Math.Log(1 + 0.04 + 0.01 + 0.09) - 2 * Math.Log(1 + 0.04 + 0.16 + 0.01);
        Assert.Equal(-u / rt + volume, target.LogDensity(tensor(x, [1, 9])).item<double>(), 1e-3);
        Assert.Throws<ArgumentException>(() => new PotentialTarget("x", crystal.Potential, "", 300, x));
        Assert.NotEqual(target.Fingerprint(), new TargetCrystal(crystal.Crystal, 200).Target().Fingerprint());
    }

    [Fact]
    public void Crystals_are_targets_by_name()
    {
        TargetCrystal ice = MolecularTargets.Crystal("ICE-XI-16-100k")!;
        Assert.Equal("ice-xi-16-100k", ice.Name);
        Assert.Null(MolecularTargets.Crystal("dw4"));
        string[] crystals = [.. MolecularTargets.Names.Where(n => MolecularTargets.Crystal(n) is not null)];
        Assert.Equal(crystals.Length, crystals.Select(n => MolecularTargets.Create(n).Fingerprint()).Distinct().Count());
        Assert.All(crystals, n => Assert.Equal("crystal", UsualTraining.For(n).Flow.Kind));
        Assert.Equal(93, MolecularTargets.Create("ice-xi-16-100k").Dimension);
        // eight cells in one box are eight times one cell, but for the cut-off: Lennard-Jones alone knows it
        RigidBodyPotential one = ice.Potential, eight = IceXi.Create(2, 2, 2).ToPotential();
        Assert.Equal(128, eight.Bodies.Count);
        double single = one.EvaluateDouble([.. one.ReferencePoint], new double[93]), all = eight.EvaluateDouble([.. eight.ReferencePoint],
            new double[765]);
        Assert.InRange(all / (8 * single), 0.98, 1.02);
    }

    /// <summary>The weights that come along, in the program's own numbers: half of their draws count, and their free energies are those
    /// that docs/benchmarks/rigid-bodies.md prints.</summary>
    [Theory]
    [InlineData("methane-in-field", -9.83512, 0.9, DrawTrust.Usable)]
    [InlineData("ice-xi-16-50k", -2051.791, 0.8, DrawTrust.Usable)]
    [InlineData("ice-xi-16-100k", -893.311, 0.6, DrawTrust.Usable)]
    [InlineData("ice-xi-16-250k", -223.476, 0.02, DrawTrust.Unusable)] // its own draws look well; the crystal's do not
    public void Shipped_flows_are_what_the_docs_say(string name, double freeEnergy, double effective, DrawTrust trust)
    {
        using DisposeScope scope = NewDisposeScope();
        using TrainedFlow trained = TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", name));
        Tensor? samples = trained.Target.Sample(1000, new RandomSource(13))?.to(ScalarType.Float32) ?? trained.Held;
        var judged = FlowEvaluation.Of(trained.Flow, trained.Target.LogDensity, 4000, new RandomSource(12), samples);
        Assert.Equal(trust, DrawVerdict.Of(judged).Trust);
        Assert.Equal(0, judged.NonFinite);
        Assert.InRange(judged.Reverse.EffectiveFraction, effective, 1);
        Estimate logZ = judged.Reverse.LogMean;
        Assert.True(Math.Abs(logZ.Value + freeEnergy) < 4 * logZ.StandardError + 0.005, $"{logZ} for {-freeEnergy}");
    }

    [Fact]
    public async Task Draws_of_a_crystal_have_their_sites()
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-crystal-").FullName, path = Path.Combine(folder, "ice.parquet");
        using TrainedFlow trained = TrainedFlow.Open(Path.Combine(SharedData.Checkout, "data", "flows", "ice-xi-16-100k"));
        await DrawResult.Write(trained, 20, 3, path);
        using (FileStream file = File.OpenRead(path))
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(file);
            Assert.Equal(["x", "sites"], reader.Schema.Fields.OfType<ListField>().Select(f => f.Name));
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
            float[] sites = new float[20 * 192];
            int[] definitions = new int[sites.Length], repetitions = new int[sites.Length];
            await group.ReadRawAsync<float>(reader.Schema.GetDataFields()[^1], sites.AsMemory(), definitions.AsMemory(),
                repetitions.AsMemory());
            for (int water = 0; water < 20 * 16; water++)
            {
                double[] w = [.. sites.AsSpan(12 * water, 12).ToArray().Select(v => (double)v)];
                double Distance(int a, int b) => Math.Sqrt(Enumerable.Range(0, 3).Sum(d => Math.Pow(w[3 * a + d] - w[3 * b + d], 2)));
                Assert.Equal(0.09572, Distance(0, 1), 1e-6);
                Assert.Equal(0.09572, Distance(0, 2), 1e-6);
                Assert.Equal(0.0125, Distance(0, 3), 1e-6);
            }
        }
        Directory.Delete(folder, true);
    }

    private static TargetCrystal Wells() => new(new("wells", "two molecules in wells", new ClassicalSystem
    {
        Masses = [16, 1, 1, 16, 1, 1],
        Restraints = [.. from m in Enumerable.Range(0, 2)
                         from s in Enumerable.Range(0, 3)
                         let at = s_wells[m].AsSpan(3 * s, 3).ToArray()
                         select new PositionRestraintParameters(3 * m + s, K, at[0], at[1], at[2])],
    }, [s_body, s_body], [0, 0, 0, 1, 0, 0, 0, 0.5, 0.1, 0.2, 0.5, 0.5, 0.5, 0.5]), 300);

    /// <summary>-ln Z. With wells of one constant on n sites, U = n k/2 (r - r*)^2 + W(R): the place is Gaussian for every
    /// orientation.</summary>
    private static double Exact(double temperature)
    {
        double rt = Units.GasConstant * temperature;
        double held = Orientations(r => W(r, s_wells[0], [0, 0, 0]), rt), free = Orientations(r => W(r, s_wells[1], null), rt);
        return -Math.Log(held) - Math.Log(free) - 1.5 * Math.Log(2 * Math.PI * rt / (3 * K));
    }

    /// <summary>k/2 sum |r + R s - x|^2 at a held place, or at the best one.</summary>
    private static double W(double[] r, double[] wells, double[]? place)
    {
        double[][] away = [.. Enumerable.Range(0, 3).Select(s => Enumerable.Range(0, 3).Select(d => Enumerable.Range(0, 3).Sum(e =>
            r[3 * d + e] * s_body.Sites[3 * s + e]) - wells[3 * s + d]).ToArray())];
        double[] at = place ?? [.. Enumerable.Range(0, 3).Select(d => -away.Average(a => a[d]))];
        return K / 2 * away.Sum(a => Enumerable.Range(0, 3).Sum(d => Math.Pow(a[d] + at[d], 2)));
    }

    /// <summary>int dS exp(-W/RT) over one sign, dS = 1/4 du dphi dpsi: the midpoint rule in u, and in the angles, where it is
    /// spectral.</summary>
    private static double Orientations(Func<double[], double> w, double rt)
    {
        const int us = 100, angles = 36;
        double sum = 0;
        var r = new double[9];
        for (int k = 0; k < us; k++)
            for (int i = 0; i < angles; i++)
                for (int j = 0; j < angles; j++)
                {
                    double u = (k + 0.5) / us, phi = 2 * Math.PI * i / angles, psi = 2 * Math.PI * j / angles, a = (phi + psi) / 2,
                        b = (phi - psi) / 2, near = Math.Sqrt(u), far = Math.Sqrt(1 - u);
                    RigidBody.Rotation([near * Math.Cos(a), near * Math.Sin(a), far * Math.Cos(b), far * Math.Sin(b)], r);
                    sum += Math.Exp(-w(r) / rt);
                }
        return sum * Math.PI * Math.PI / us / angles / angles;
    }
}
