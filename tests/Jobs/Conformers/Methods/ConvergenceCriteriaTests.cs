using MolSampling.Jobs.Conformers.Methods;

namespace MolSampling.Tests.Jobs.Conformers.Methods;

/// <summary>Both sides of every threshold of chains, and what R-hat sees.</summary>
public sealed class ConvergenceCriteriaTests
{
    [Theory]
    [InlineData(1.05, 400, 1.3, 0.05, 32, null)]
    [InlineData(1.051, 400, 1.3, 0.05, 32, "split R-hat 1.051 above 1.05")]
    [InlineData(double.NaN, 400, 1.3, 0.05, 32, "split R-hat NaN above 1.05")]
    [InlineData(1.0, 399, 1.3, 0.05, 32, "effective sample size 399 below 400")]
    [InlineData(1.0, 400, 1.31, 0.05, 32, "walkers keep the rings, nitrogens or torsions that they started with")]
    [InlineData(1.0, 400, double.NaN, 0.05, 32, "walkers keep")]
    [InlineData(1.0, 400, 1.0, 0.04, 32, "swap acceptance 0.04 below 0.05")]
    [InlineData(1.0, 400, 1.0, 0.05, 31, "31 round trips of 32 ladders")]
    public void Each_criterion_of_ladders_is_named(double rhat, double size, double walkers, double swap, int trips, string? want)
    {
        string[] wants = [.. ConvergenceCriteria.OfChains(rhat, size, walkers, [0.3, swap], trips, 32)];
        Assert.Equal(want is null ? 0 : 1, wants.Length);
        if (want is not null)
            Assert.StartsWith(want, wants[0], StringComparison.Ordinal);
    }

    [Fact]
    public void At_one_temperature_there_are_no_ladders_to_judge() =>
        Assert.Empty(ConvergenceCriteria.OfChains(1.01, 500, 5, [], 0, 64));

    /// <summary>A ladder of two rungs that swap at every step, one walker in each of two states for good: the rung is mixed, walkers are
    /// not; with starts that are alike within a ladder and unlike between ladders the rungs show it too.</summary>
    [Theory]
    [InlineData(false, 1.05, 5)]
    [InlineData(true, 5, 5)]
    public void Walkers_that_never_change_are_seen(bool unlike, double rung, double walker)
    {
        const int ladders = 16, frames = 64;
        int[][] walks = [.. Enumerable.Range(0, 2 * ladders).Select(_ => new int[frames])];
        double[] letter = new double[2 * ladders * frames];
        var random = new RandomSource(3);
        for (int t = 0; t < frames; t++)
            for (int m = 0; m < ladders; m++)
            {
                int cold = random.NextInt(2);
                for (int w = 0; w < 2; w++)
                {
                    int n = ((w == cold ? 0 : 1) * frames + t) * ladders + m;
                    letter[n] = unlike ? m % 2 : w;
                    walks[2 * m + w][t] = n;
                }
            }
        (double rhat, _) = ChainMixing.OfObservables([letter], ladders, frames);
        Assert.True(unlike ? rhat > rung : rhat < rung, $"{rhat}");
        Assert.True(ChainMixing.OfWalkers([letter], walks) > walker);
    }

    [Fact]
    public void R_hat_tells_how_many_relaxation_times_a_chain_has_lasted()
    {
        // R-hat^2 - 1 = 4 tau / T, of a two-state chain whose autocorrelation is (1 - 2 p)^t
        const int chains = 400, frames = 400;
        const double change = 0.02;
        double tau = -1 / Math.Log(1 - 2 * change);
        double[] letter = new double[chains * frames];
        for (int m = 0; m < chains; m++)
        {
            RandomSource random = new RandomSource(9).Split(m);
            bool state = random.NextDouble() < 0.5;
            for (int t = 0; t < frames; t++)
            {
                state ^= random.NextDouble() < change;
                letter[t * chains + m] = state ? 1 : 0;
            }
        }
        (double rhat, _) = ChainMixing.OfObservables([letter], chains, frames);
        Assert.Equal(4 * tau / frames, rhat * rhat - 1, 0.15 * 4 * tau / frames);
    }
}
