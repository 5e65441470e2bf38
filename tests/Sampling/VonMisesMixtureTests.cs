using MolSampling.Sampling.Proposals;

namespace MolSampling.Tests.Sampling;

/// <summary>Mixtures of von Mises laws against laws that are known.</summary>
public sealed class VonMisesMixtureTests
{
    [Fact]
    public void A_fit_finds_three_wells_one_of_them_across_the_seam()
    {
        // narrow normal laws are von Mises laws of concentration 1/sigma^2 but for 1/(8 kappa) in the spread
        var random = new RandomSource(1);
        (double Share, double Mean, double Sigma)[] wells = [(0.5, Math.PI - 0.02, 0.2), (0.3, 1.05, 0.15), (0.2, -1.05, 0.1)];
        double[] angles = [.. Enumerable.Range(0, 20_000).Select(n =>
        {
            double u = random.NextDouble();
            (double _, double mean, double sigma) = u < 0.5 ? wells[0] : u < 0.8 ? wells[1] : wells[2];
            return Math.IEEERemainder(mean + sigma * random.NextNormal(), 2 * Math.PI);
        })];
        var mixture = VonMisesMixture.Fit(angles, 3);
        double norm = 0, divergence = 0;
        const int grid = 3600;
        for (int k = 0; k < grid; k++)
        {
            double t = -Math.PI + (k + 0.5) * 2 * Math.PI / grid, h = 2 * Math.PI / grid;
            double truth = wells.Sum(w => w.Share * Math.Exp(-0.5 * Math.Pow(Math.IEEERemainder(t - w.Mean, 2 * Math.PI) / w.Sigma,
                2)) / (w.Sigma * Math.Sqrt(2 * Math.PI)));
            norm += h * Math.Exp(mixture.LogDensity(t));
            divergence += truth > 1e-12 ? h * truth * (Math.Log(truth) - mixture.LogDensity(t)) : 0;
        }
        Assert.Equal(1, norm, 1e-9);
        Assert.InRange(divergence, 0, 2e-3);
        // a power case: two components do not do
        var two = VonMisesMixture.Fit(angles, 2);
        Assert.True(angles.Average(two.LogDensity) < angles.Average(mixture.LogDensity) - 0.1);
    }

    [Fact]
    public void Narrow_wells_have_no_cap_at_the_concentration_of_21()
    {
        var random = new RandomSource(2);
        double[] angles = [.. Enumerable.Range(0, 20_000).Select(_ => 0.4 + random.NextNormal() / Math.Sqrt(120))];
        double own = VonMisesMixture.Fit(angles, 2).LogDensity(0.4), capped = -Math.Log(2 * Math.PI) - VonMisesMixture.LogScaledBessel(21);
        Assert.Equal(0.5 * Math.Log(120 / (2 * Math.PI)), own, 0.05);
        Assert.True(own > capped + 0.5);
    }

    [Fact]
    public void Equal_angles_are_no_accident() => Assert.True(double.IsFinite(VonMisesMixture.Fit([1.0, 1.0, 1.0], 6).LogDensity(1)));
}
