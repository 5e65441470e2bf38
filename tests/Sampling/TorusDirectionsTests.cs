using MolSampling.Sampling.Proposals;

namespace MolSampling.Tests.Sampling;

/// <summary>Steps of a torus proposal on targets that are proposals with known weights.</summary>
[Trait("cpu", "lanes")]
public sealed class TorusDirectionsTests
{
    [Fact]
    public void The_regression_finds_small_weights_of_a_target()
    {
        // ln p - ln q is linear in small weights but for the normalisers, which scores are orthogonal to: what is left is second order, the
        // ridge, and noise
        TorusProposal q = Flat(), p = Flat();
        var random = new RandomSource(2);
        foreach (float[] weights in p.Weights)
            for (int n = 0; n < weights.Length; n++)
                weights[n] = 0.03f * (float)random.NextNormal();
        TorusDirections directions = Directions(q, p);
        double[] slopes = [.. Enumerable.Range(0, 3).Select(t => Slope(directions, 0, t, p.Weights[t]))];
        Assert.All(slopes, s => Assert.Equal(1, s, 0.1));
        // power: the weights of another target are not found
        TorusProposal other = Flat();
        foreach (float[] weights in other.Weights)
            for (int n = 0; n < weights.Length; n++)
                weights[n] = 0.03f * (float)random.NextNormal();
        Assert.All(Enumerable.Range(1, 2), t => Assert.True(Math.Abs(Slope(directions, 0, t, other.Weights[t])) < 0.5));
    }

    [Fact]
    public void A_proposal_that_is_the_target_stays()
    {
        TorusDirections directions = Directions(Flat(), Flat());
        for (int channel = 0; channel < TorusDirections.Channels; channel++)
            for (int t = 0; t < 3; t++)
                Assert.All(directions.Half(0, channel, t).ToArray().Zip(directions.Half(1, channel, t).ToArray()),
                    h => Assert.Equal(0, h.First + h.Second, 1e-3f));
        Assert.All(directions.Variances, v => Assert.All(v, x => Assert.Equal(1, x, 1e-3f)));
    }

    private static TorusProposal Flat() => new([0], [new float[3 * CircleGrid.Nodes]], []);

    private static TorusDirections Directions(TorusProposal q, TorusProposal p) =>
        new(q, (states, angles, log) => p.LogDensity(states, angles, log, 1), 8192, new RandomSource(1), 1);

    /// <summary>How much of the true weights is in the step.</summary>
    private static double Slope(TorusDirections directions, int channel, int t, float[] truth)
    {
        double dot = 0, norm = 0;
        for (int n = 0; n < truth.Length; n++)
        {
            dot += 0.5 * (directions.Half(0, channel, t)[n] + directions.Half(1, channel, t)[n]) * truth[n];
            norm += (double)truth[n] * truth[n];
        }
        return dot / norm;
    }
}
