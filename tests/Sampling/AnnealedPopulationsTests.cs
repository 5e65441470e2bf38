using MolSampling.Flows.Targets;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

/// <summary>Populations that are drawn anew on their way, against closed forms, and on targets that are written in torch.</summary>
public sealed class AnnealedPopulationsTests
{
    private const double Stiffness = 900, Wide = 0.08;

    private static readonly ForceFieldPotential s_well =
        new(new([KernelTests.Mass], [new OneBodyTable<HarmonicWell>([0], [Stiffness, 0, 0, 0])]));
    private static readonly double s_sigma = 1 / Math.Sqrt(KernelTests.s_beta * Stiffness);
    private static readonly double s_logZ = 1.5 * Math.Log(2 * Math.PI * s_sigma * s_sigma);

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.9)]
    [InlineData(1.01)] // after every step
    public void Z_and_the_law_of_the_target_have_their_closed_forms(double resampleBelow)
    {
        const int populations = 40, members = 100;
        AnnealedPopulations result = Well().Anneal(Gaussian(populations * members, 3, Wide, 1), Even(8), populations, resampleBelow,
            new RandomSource(2));
        Assert.True(Math.Abs(result.LogZ.Value - s_logZ) < KernelTests.Bound * result.LogZ.StandardError, $"{result.LogZ}, {s_logZ:f4}");
        double[] squares = [.. result.Ensemble.Positions.Select(x => x.ToArray().Sum(v => (double)v * v))];
        Estimate square = result.Ensemble.Expectation(squares);
        Assert.True(Math.Abs(square.Value - 3 * s_sigma * s_sigma) < KernelTests.Bound * square.StandardError, $"{square}");
        Assert.Equal(resampleBelow > 1 ? 7 : resampleBelow == 0 ? 0 : 1, resampleBelow is > 0 and < 1 ? Math.Sign(result.Resamplings.Sum())
            : result.Resamplings[0]);
    }

    [Fact]
    public void Errors_of_ln_Z_are_as_large_as_they_say()
    {
        double[] scores = [.. Enumerable.Range(1, 60).Select(seed =>
        {
            Estimate z = Well().Anneal(Gaussian(2000, 3, Wide, (ulong)seed), Even(5), 20, 0.7, new RandomSource((ulong)(1000 + seed))).LogZ;
            return (z.Value - s_logZ) / z.StandardError;
        })];
        // of 60 scores with 19 degrees of freedom each; beyond these bounds once in a thousand series
        Assert.InRange(Math.Sqrt(scores.Average(s => s * s)), 0.75, 1.4);
        Assert.InRange(scores.Average(), -0.45, 0.45);
    }

    [Fact]
    public void Draws_of_no_weight_at_all_are_told_and_some_are_no_harm()
    {
        var onlyRight = new SequentialMonteCarlo(s_well.On(new KernelTests.PositiveX()), KernelTests.s_beta,
            () => (x, width, lane) => LogNormal(x[lane], Wide), [new("dynamics", new HamiltonianMonteCarlo([KernelTests.Mass], [0.02], 8),
                1)]);
        float[] left = [.. Gaussian(64, 3, Wide, 1).Select((v, k) => k % 3 == 0 ? -Math.Abs(v) : v)];
        Assert.Contains("None of 64 walkers", Assert.Throws<InvalidOperationException>(() =>
            onlyRight.Anneal([.. left], Even(3), 4, 0.5, new RandomSource(1))).Message, StringComparison.Ordinal);
        float[] mixed = [.. left.Select((v, k) => k >= 3 * 16 && k % 3 == 0 ? -v : v)]; // the first population is dead
        AnnealedPopulations result = onlyRight.Anneal(mixed, Even(3), 4, 0.5, new RandomSource(1));
        Assert.Equal(double.NegativeInfinity, result.LogNormalisers[0]);
        Assert.All(result.LogNormalisers[1..], z => Assert.True(double.IsFinite(z)));
        Assert.True(double.IsFinite(result.LogZ.Value));
    }

    [Fact]
    public void A_density_that_is_not_normalised_is_seen()
    {
        AnnealedPopulations result = Well(norm: 1.2).Anneal(Gaussian(4000, 3, Wide, 1), Even(8), 40, 0.9, new RandomSource(2));
        Assert.True(Math.Abs(result.LogZ.Value - s_logZ) > KernelTests.Bound * result.LogZ.StandardError, $"{result.LogZ}, {s_logZ:f4}");
    }

    [Fact]
    public void With_resampling_off_it_is_annealed_importance_sampling_to_the_bit()
    {
        float[] one = Gaussian(300, 3, Wide, 5), other = [.. one];
        AnnealedPaths paths = Well().Forward(one, Even(5), new RandomSource(6));
        AnnealedPopulations populations = Well().Anneal(other, Even(5), 3, 0, new RandomSource(6));
        Assert.Equal(one, other);
        Assert.Equal(paths.Evaluations, populations.Evaluations);
        Assert.Equal(new ImportanceWeights(paths.LogWeights).LogMean.Value, populations.LogZ.Value, 1e-12);
    }

    [Fact]
    public void The_number_of_threads_changes_no_byte()
    {
        (float[] X, double Z)[] runs = [.. new[] { 1, 3 }.Select(threads =>
        {
            float[] x = Gaussian(320, 3, Wide, 7);
            return (x, Well(threads).Anneal(x, Even(6), 4, 0.95, new RandomSource(8)).LogZ.Value);
        })];
        Assert.Equal(runs[0].X, runs[1].X);
        Assert.Equal(runs[0].Z, runs[1].Z);
    }

    [Fact]
    public void Wrong_populations_are_refused_and_cancelled_ones_end()
    {
        Assert.Throws<ArgumentException>(() => Well().Anneal(Gaussian(100, 3, Wide, 1), Even(3), 3, 0.5, new RandomSource(1)));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => Well().Anneal(Gaussian(100, 3, Wide, 1),
            Even(3), 4, 0.5, new RandomSource(1), null, cancelled.Token));
    }

    [Fact]
    public void A_target_of_torch_is_annealed_from_draws_that_know_its_wells_but_not_how_deep_they_are()
    {
        // 2^16 modes: sixteen pairs of a double well and a Gaussian, all wells drawn alike though one in a pair has six times the weight
        var target = TargetCatalogue.Create("manywell-32");
        var potential = new TargetPotential(target);
        const int populations = 16, members = 256, steps = 30;
        const double place = 1.7, well = 0.3, flat = 1.1;
        var random = new RandomSource(11);
        float[] x = [.. Enumerable.Range(0, populations * members * 32).Select(k =>
            (float)(k % 2 == 1 ? flat * random.NextNormal() : (random.NextDouble() < 0.5 ? place : -place) + well * random.NextNormal()))];
        LaneDensity density = (at, lanes, lane) =>
        {
            double log = 0;
            for (int d = 0; d < 32; d += 2)
            {
                double v = at[d * lanes + lane];
                log += Math.Log(0.5 * Math.Exp(LogNormal(v - place, well)) + 0.5 * Math.Exp(LogNormal(v + place, well)))
                    + LogNormal(at[(d + 1) * lanes + lane], flat);
            }
            return log;
        };
        var annealing = new SequentialMonteCarlo(potential, 1, () => density,
            [new("dynamics", new HamiltonianMonteCarlo(potential.Masses, [0.08], 5), 1)]);
        AnnealedPopulations result = annealing.Anneal(x, Even(steps), populations, 0.5, new RandomSource(12));
        Assert.True(result.Resamplings.Min() > 0);
        Assert.True(result.LogZ.StandardError < 0.3, $"{result.LogZ}");
        Assert.True(Math.Abs(result.LogZ.Value - target.LogZ!.Value) < KernelTests.Bound * result.LogZ.StandardError,
            $"{result.LogZ}, exactly {target.LogZ:f3}");
    }

    private static SequentialMonteCarlo Well(int threads = 0, double norm = 1)
    {
        LaneDensity density = (x, width, lane) => Math.Log(norm) + LogNormal(x[lane], Wide) + LogNormal(x[width + lane], Wide)
            + LogNormal(x[2 * width + lane], Wide);
        return new(s_well, KernelTests.s_beta, () => density, [new("dynamics", new HamiltonianMonteCarlo([KernelTests.Mass], [0.02], 8),
            1)], threads);
    }

    private static double LogNormal(double x, double s) => -0.5 * x * x / (s * s) - Math.Log(s * Math.Sqrt(2 * Math.PI));

    private static double[] Even(int steps) => [.. Enumerable.Range(0, steps + 1).Select(k => (double)k / steps)];

    private static float[] Gaussian(int count, int dimension, double spread, ulong seed)
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, count * dimension).Select(_ => (float)(spread * random.NextNormal()))];
    }
}
