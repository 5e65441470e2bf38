using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Tests.Jobs.Conformers.Methods;

/// <summary>What walkers say of weights.</summary>
public sealed class JudgingWalkersTests
{
    /// <summary>ln w ~ N(0, s^2) under q is N(s^2, s^2) under p, and KL(p || q) = s^2 / 2.</summary>
    [Fact]
    public void Gaussian_weights_have_their_divergence_and_no_lost_walkers()
    {
        var random = new RandomSource(3);
        const double s = 0.8;
        double[] drawn = [.. Enumerable.Range(0, 20_000).Select(_ => s * random.NextNormal())];
        var weights = new ImportanceWeights(drawn);
        // walkers of p exp(g), by rejection from p
        List<double> walkers = [];
        while (walkers.Count < 4000)
        {
            double l = s * s + s * random.NextNormal();
            if (random.NextDouble() < Math.Exp(Gain(l) - 3))
                walkers.Add(l);
        }
        (Estimate divergence, int lost) = Walkers(walkers).Judge(weights);
        Assert.Equal(s * s / 2, divergence.Value, 4 * divergence.StandardError);
        Assert.True(divergence.StandardError < 0.03);
        Assert.True(lost <= 2, $"{lost}"); // five deviations and what g adds
        Assert.Equal(2, Walkers([.. walkers.Take(30), 9, 12]).Judge(weights).Lost); // the power of it
        // weighed as if they were p's own, they have another divergence
        double plain = walkers.Average() - weights.LogMean.Value;
        Assert.True(Math.Abs(plain - s * s / 2) > 8 * divergence.StandardError);
    }

    [Fact]
    public void Walkers_that_were_stopped_that_are_not_at_rest_or_that_found_something_speak_against_the_draws()
    {
        var random = new RandomSource(5);
        var weights = new ImportanceWeights([.. Enumerable.Range(0, 5000).Select(_ => 0.5 * random.NextNormal())]);
        JudgingWalkers good = Walkers([.. Enumerable.Range(0, 32).Select(_ => 0.25 + 0.5 * random.NextNormal())]);
        Assert.Empty(good.Wants(weights));
        Assert.True(good.Judge(weights).Divergence is var found && found.Value < JudgingWalkers.Allowed(found, weights));
        Assert.Equal(["the walkers that judge made 2 of 8 steps"], (good with { MissingSteps = 6 }).Wants(weights));
        JudgingWalkers early = Walkers([.. Enumerable.Range(0, 32).Select(_ => -2 + 0.5 * random.NextNormal())]); // where they began
        Assert.Contains("not at rest", Assert.Single(early.Wants(weights)), StringComparison.Ordinal);
        Assert.Contains("1 of 32 walkers found", Assert.Single(Walkers([.. good.LogWeights.Skip(1), 6]).Wants(weights)),
            StringComparison.Ordinal);
        // too few to say anything are no agreement
        found = Walkers([0.1]).Judge(weights).Divergence;
        Assert.False(found.Value < JudgingWalkers.Allowed(found, weights));
    }

    [Fact]
    public void The_gain_is_bounded_and_leaves_alone_what_the_surrogate_has()
    {
        Assert.Equal(0, SeekingPotential.Gain(-3));
        Assert.Equal(0, SeekingPotential.Gain(0));
        Assert.InRange(SeekingPotential.Gain(1), 0.5, 0.7);
        Assert.InRange(SeekingPotential.Gain(1e6), 2.99, 3);
    }

    private static double Gain(double l) => SeekingPotential.Gain(l - 0.32); // ln of the mean weight is s^2 / 2

    private static JudgingWalkers Walkers(IReadOnlyCollection<double> logWeights) => new([], [.. logWeights],
        [.. logWeights.Select(Gain)], 8, 0, 0);
}
