using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

/// <summary>Annealing from Gaussians, whose integrals are known, with the kernels of the target.</summary>
public sealed class SequentialMonteCarloTests
{
    private const double Bound = KernelTests.Bound, Stiffness = 900, Wide = 0.08; // kJ/mol/nm^2; nm, where the target's spread is 0.053
    private const int Draws = 4000;

    private static readonly ForceFieldPotential s_well =
        new(new([KernelTests.Mass], [new OneBodyTable<HarmonicWell>([0], [Stiffness, 0, 0, 0])]));
    private static readonly double s_sigma = 1 / Math.Sqrt(KernelTests.s_beta * Stiffness);
    private static readonly double s_logZ = 1.5 * Math.Log(2 * Math.PI * s_sigma * s_sigma);

    [Theory]
    [InlineData(1)] // no kernel at all
    [InlineData(3)]
    [InlineData(8)]
    public void Weights_have_the_mean_Z_whatever_the_schedule(int steps)
    {
        AnnealedPaths paths = Annealing(Wide).Forward(Gaussian(Wide, 1), Even(steps), new RandomSource(2));
        var weights = new ImportanceWeights(paths.LogWeights);
        Assert.True(Math.Abs(weights.LogMean.Value - s_logZ) < Bound * weights.LogMean.StandardError,
            $"{weights.LogMean.Value:f3} ± {weights.LogMean.StandardError:f3}, {s_logZ:f3}");
    }

    [Fact]
    public void Weighted_ends_have_the_law_of_the_target_and_more_steps_make_weights_even()
    {
        double least = 0;
        foreach (int steps in new[] { 1, 4, 16 })
        {
            float[] x = Gaussian(Wide, 3);
            AnnealedPaths paths = Annealing(Wide).Forward(x, Even(steps), new RandomSource(4));
            var weights = new ImportanceWeights(paths.LogWeights);
            double square = 0, error = 0;
            for (int n = 0; n < Draws; n++)
                square += weights.Shares[n] * Square(x, n);
            for (int n = 0; n < Draws; n++)
                error += Math.Pow(weights.Shares[n] * (Square(x, n) - square), 2);
            Assert.True(Math.Abs(square - 3 * s_sigma * s_sigma) < Bound * Math.Sqrt(error));
            Assert.True(weights.EffectiveFraction > least + 0.05, $"{steps}: {weights.EffectiveFraction:f3} after {least:f3}");
            least = weights.EffectiveFraction;
        }
        Assert.InRange(least, 0.75, 0.95); // 0.93 with kernels that forget all: exp(-sum of the variances of each step)
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(1.2, false)] // a density that is not normalised
    public void Both_directions_agree_on_Z_and_a_wrong_density_is_seen(double norm, bool right)
    {
        SequentialMonteCarlo annealing = Annealing(Wide, norm);
        double[] schedule = Even(6);
        var forward = new ImportanceWeights(annealing.Forward(Gaussian(Wide, 5), schedule, new RandomSource(6)).LogWeights);
        var backward = new ImportanceWeights([.. annealing.Backward(Gaussian(s_sigma, 7), schedule,
            new RandomSource(8)).LogWeights.Select(w => -w)]);
        // the error of the norm moves both in the same direction: each is compared with the closed form
        foreach ((double value, double error) in new[] { (forward.LogMean.Value, forward.LogMean.StandardError),
            (-backward.LogMean.Value, backward.LogMean.StandardError) })
            Assert.Equal(right, Math.Abs(value - s_logZ) < Bound * error);
    }

    [Fact]
    public void A_well_that_no_draw_reaches_shows_from_the_other_side()
    {
        // two deep wells at -0.1 and 0.1 nm
        var well = new ForceFieldPotential(new([KernelTests.Mass], [new OneBodyTable<DoubleWell>([0], [40, 0.1, 0, 500])]));
        double sx = 1 / Math.Sqrt(KernelTests.s_beta * 8 * 40 / 0.01), sy = 1 / Math.Sqrt(KernelTests.s_beta * 500);
        float[] Draw(Func<int, double> centre, int seed)
        {
            var random = new RandomSource((ulong)seed);
            return [.. Enumerable.Range(0, Draws).SelectMany(n => new[] { (float)(centre(n) + sx * random.NextNormal()),
                (float)(sy * random.NextNormal()), (float)(sy * random.NextNormal()) })];
        }
        LaneDensity density = (x, width, lane) => LogNormal(x[lane] - 0.1, sx) + LogNormal(x[width + lane], sy)
            + LogNormal(x[2 * width + lane], sy);
        var annealing = new SequentialMonteCarlo(well, KernelTests.s_beta, () => density,
            [new("dynamics", new HamiltonianMonteCarlo([KernelTests.Mass], [0.01], 5), 1)]);
        double[] schedule = Even(6);
        var forward = new ImportanceWeights(annealing.Forward(Draw(_ => 0.1, 9), schedule, new RandomSource(10)).LogWeights);
        Assert.True(forward.EffectiveFraction > 0.7); // what is drawn looks well
        double Divergence(Func<int, double> centre) => annealing.Backward(Draw(centre, 11), schedule,
            new RandomSource(12)).LogWeights.Average() - forward.LogMean.Value;
        Assert.InRange(Divergence(_ => 0.1), -0.3, 0.3);
        Assert.True(Divergence(n => n % 2 == 0 ? 0.1 : -0.1) > 10);
    }

    [Fact]
    public void A_schedule_costs_about_the_same_at_each_step_and_ends_at_one()
    {
        SequentialMonteCarlo annealing = Annealing(Wide);
        (double[] schedule, double[] logWeights) = annealing.Plan(Gaussian(Wide, 13)[..(3 * 512)], 0.96, 64, new RandomSource(14));
        Assert.Equal((0, 1), (schedule[0], schedule[^1]));
        Assert.Equal(schedule.Order(), schedule);
        Assert.InRange(schedule.Length, 4, 30);
        Assert.True(new ImportanceWeights(logWeights).EffectiveFraction > 0.6);
        (double[] short_, _) = annealing.Plan(Gaussian(Wide, 13)[..(3 * 512)], 0.96, 3, new RandomSource(14));
        Assert.InRange(short_.Length, 2, 4);
    }

    [Fact]
    public void Paths_do_not_depend_on_threads_and_those_cut_short_are_marked()
    {
        double[][] runs = [.. new[] { 1, 2, 7 }.Select(threads => Annealing(Wide, threads: threads).Forward(Gaussian(Wide, 15), Even(5),
            new RandomSource(16)).LogWeights)];
        Assert.Equal(runs[0], runs[1]);
        Assert.Equal(runs[0], runs[2]);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.All(Annealing(Wide).Forward(Gaussian(Wide, 15), Even(5), new RandomSource(16), cancelled.Token).LogWeights,
            w => Assert.True(double.IsNaN(w)));
    }

    [Fact]
    public void Draws_outside_the_support_or_without_an_energy_have_no_weight()
    {
        float[] x = Gaussian(s_sigma, 17);
        x[3] = float.NaN;
        AnnealedPaths paths = Annealing(s_sigma, support: new KernelTests.PositiveX()).Forward(x, Even(1), new RandomSource(18));
        Assert.True(double.IsNegativeInfinity(paths.LogWeights[1]));
        for (int n = 2; n < Draws; n++)
            Assert.Equal(x[3 * n] <= 0, double.IsNegativeInfinity(paths.LogWeights[n]));
        var weights = new ImportanceWeights(paths.LogWeights);
        Assert.True(Math.Abs(weights.LogMean.Value - s_logZ + Math.Log(2)) < Bound * weights.LogMean.StandardError); // half of the well
    }

    private static SequentialMonteCarlo Annealing(double spread, double norm = 1, int threads = 0, ISupport? support = null)
    {
        LaneDensity density = (x, width, lane) => Math.Log(norm) + LogNormal(x[lane], spread) + LogNormal(x[width + lane], spread)
            + LogNormal(x[2 * width + lane], spread);
        return new(s_well.On(support), KernelTests.s_beta, () => density,
            [new("dynamics", new HamiltonianMonteCarlo([KernelTests.Mass], [0.02], 8), 1)], threads);
    }

    private static double LogNormal(double x, double s) => -0.5 * x * x / (s * s) - Math.Log(s * Math.Sqrt(2 * Math.PI));

    private static double Square(float[] x, int n) => (double)x[3 * n] * x[3 * n] + (double)x[3 * n + 1] * x[3 * n + 1]
        + (double)x[3 * n + 2] * x[3 * n + 2];

    private static double[] Even(int steps) => [.. Enumerable.Range(0, steps + 1).Select(k => (double)k / steps)];

    private static float[] Gaussian(double spread, ulong seed)
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, 3 * Draws).Select(_ => (float)(spread * random.NextNormal()))];
    }
}
