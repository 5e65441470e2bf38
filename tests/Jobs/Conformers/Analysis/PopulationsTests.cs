using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>Errors of populations against their spread, for processes whose population is known.</summary>
public sealed class PopulationsTests
{
    /// <summary>Two-state chains with exits of one state every some frames: 64 of them, groups by chain.</summary>
    [Theory]
    [InlineData(0.3, 10)]
    [InlineData(0.01, 4)]
    [InlineData(0.003, 4)]
    public void The_error_is_the_spread_over_runs(double population, double stay)
    {
        const int chains = 64, frames = 100, runs = 200;
        double[] values = new double[runs], errors = new double[runs];
        for (int r = 0; r < runs; r++)
        {
            (Ensemble ensemble, int[][] walks, bool[] inside) = Run(population, stay, chains, frames, new RandomSource(4).Split(r));
            (values[r], errors[r]) = new Populations(ensemble, walks).Of(Enumerable.Range(0, inside.Length).Where(n => inside[n]));
        }
        double mean = values.Average(), spread = Math.Sqrt(values.Average(v => (v - population) * (v - population)));
        Assert.Equal(population, mean, 4 * spread / Math.Sqrt(runs));
        Assert.InRange(Math.Sqrt(errors.Average(e => e * e)), 0.85 * spread, 1.6 * spread);
        double within = (double)values.Zip(errors).Count(p => Math.Abs(p.First - population) < 2 * p.Second) / runs;
        Assert.True(within >= 0.9 - 2.5 * Math.Sqrt(0.09 / runs), $"{within:p0} within two errors");
    }

    [Fact]
    public void What_was_visited_once_is_known_to_a_bound_only()
    {
        // one walk of 64 stays in the basin for 10 frames: groups that are single frames would take them for ten independent samples
        const int chains = 64, frames = 100;
        int[][] walks = [.. Enumerable.Range(0, chains).Select(m => Enumerable.Range(0, frames).Select(t => t * chains + m).ToArray())];
        Ensemble ensemble = Even(chains * frames, n => n % frames);
        Estimate share = new Populations(ensemble, walks).Of(Enumerable.Range(20, 10).Select(t => t * chains + 5));
        Assert.Equal(10.0 / (chains * frames), share.Value, 1e-12);
        Assert.True(share.StandardError >= 1.4 * share.Value * (1 - share.Value));
        Assert.True(new Populations(ensemble).Of(Enumerable.Range(20, 10).Select(t => t * chains + 5)).StandardError < 0.5 * share.Value);
    }

    [Fact]
    public void Nothing_and_everything_have_no_error()
    {
        Ensemble ensemble = Even(1000, n => n % 10);
        var populations = new Populations(ensemble);
        Assert.Equal((0.0, 0.0), (populations.Of([]).Value, populations.Of([]).StandardError));
        Estimate all = populations.Of(Enumerable.Range(0, 1000));
        Assert.Equal(1, all.Value, 1e-12);
        Assert.Equal(0, all.StandardError, 1e-9);
    }

    private static (Ensemble, int[][], bool[]) Run(double population, double stay, int chains, int frames, RandomSource random)
    {
        double leave = 1 / stay, enter = leave * population / (1 - population);
        bool[] inside = new bool[chains * frames];
        for (int m = 0; m < chains; m++)
        {
            bool state = random.NextDouble() < population;
            for (int t = 0; t < frames; t++)
            {
                state = state ? random.NextDouble() >= leave : random.NextDouble() < enter;
                inside[t * chains + m] = state;
            }
        }
        int[][] walks = [.. Enumerable.Range(0, chains).Select(m => Enumerable.Range(0, frames).Select(t => t * chains + m).ToArray())];
        return (Even(inside.Length, n => n % chains), walks, inside);
    }

    private static Ensemble Even(int count, Func<int, int> group) => new(new(300), [.. Enumerable.Repeat(ReadOnlyMemory<float>.Empty,
        count)], new double[count], new double[count], [.. Enumerable.Range(0, count).Select(group)]);
}
