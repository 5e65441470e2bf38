using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class NonequilibriumWorkTests(ITestOutputHelper output)
{
    [Fact]
    public void Gaussian_works_dissipate_half_their_variance_with_calibrated_errors()
    {
        // Crooks: <w_F> - d = <w_R> + d = sigma^2/2
        const double D = 5, Sigma = 2;
        var results = Enumerable.Range(0, 400).Select(s =>
        {
            (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource((ulong)s).Split("dissipation"), D, Sigma, 300, 150);
            return (Dissipation: new NonequilibriumWork(f, r).Dissipation(), Forward: f);
        }).ToArray();
        double[] forward = [.. results.Select(d => Z(d.Dissipation.Forward, Sigma * Sigma / 2))],
            reverse = [.. results.Select(d => Z(d.Dissipation.Reverse, Sigma * Sigma / 2))];
        double[] hysteresis = [.. results.Select(d => Z(d.Dissipation.Hysteresis, Sigma * Sigma))];
        foreach (double[] z in new[] { forward, reverse, hysteresis })
        {
            output.WriteLine(Calibration.Words(z));
            Assert.True(Calibration.Holds(z));
            Assert.False(Calibration.Holds([.. z.Select(v => 2 * v)]));
            Assert.False(Calibration.Holds([.. z.Select(v => 0.5 * v)]));
        }
        // d and the mean work from the same samples: without their covariance the error would be wrong
        double[] without = [.. results.Select(d => (d.Dissipation.Forward.Value - Sigma * Sigma / 2) / Math.Sqrt(Sigma * Sigma / 300
            + 4 * d.Dissipation.Hysteresis.StandardError * d.Dissipation.Hysteresis.StandardError))];
        Assert.False(Calibration.Holds(without));
    }

    [Fact]
    public void All_estimates_of_the_difference_agree()
    {
        (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource(21), 3, 0.8, 2000, 1500);
        var work = new NonequilibriumWork(f, r);
        foreach (FreeEnergyDifference d in new[] { work.JarzynskiForward().Difference, work.JarzynskiReverse().Difference,
            work.Crooks().Difference, work.GaussianCrossing(200,
            new RandomSource(1)) })
        {
            output.WriteLine($"{d}");
            Assert.True(Math.Abs(d.Value - 3) < 4.5 * d.StandardError && d.StandardError < 0.06);
        }
        Assert.Equal(Bar.Solve(f, r).Difference.Value, work.Crooks().Difference.Value);
    }

    [Fact]
    public void The_crossing_of_gaussians_is_calibrated()
    {
        double[] z = TwoStateSamples.Z(200, random =>
        {
            (double[] f, double[] r) = TwoStateSamples.Gaussian(random, -1, 2, 200, 200);
            FreeEnergyDifference d = new NonequilibriumWork(f, r).GaussianCrossing(100, random.Split("bootstrap"));
            return (d.Value + 1) / d.StandardError;
        });
        output.WriteLine(Calibration.Words(z));
        Assert.True(Calibration.Holds(z));
        Assert.False(Calibration.Holds([.. z.Select(v => 2 * v)]));
        // different widths: mean 0 variance 1 against mean 3 variance 4; (x^2) - (x - 3)^2/4 = ln 4 has one root between the means
        double[] pattern = [-Math.Sqrt(59.0 / 40), 0, Math.Sqrt(59.0 / 40)]; // 20 times: the unbiased variance is 1
        double b = 3, x = (-2 * b / 4 + Math.Sqrt(b * b / 4 + 4 * 0.75 * (b * b / 4 + Math.Log(4)))) / (2 * 0.75);
        FreeEnergyDifference cross = new NonequilibriumWork([.. Enumerable.Repeat(pattern, 20).SelectMany(p => p)],
            [.. Enumerable.Repeat(pattern, 20).SelectMany(p => p.Select(v =>
            -(3 + 2 * v)))]).GaussianCrossing(10, new RandomSource(1));
        Assert.Equal(x, cross.Value, 1e-12);
    }

    [Fact]
    public void Infinite_works_have_no_mean_and_nan_is_named()
    {
        var work = new NonequilibriumWork([0, double.PositiveInfinity, 0.1, 0.2, 0, 0.1], [0, 0.1, 0, 0.2, 0.1]);
        Assert.Equal(EstimatorStatus.Converged, work.Crooks().Status);
        Assert.Contains("Sample 1 of forward", Assert.Throws<ArgumentException>(() => work.Hysteresis()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => work.Dissipation());
        Assert.Throws<ArgumentException>(() => work.GaussianCrossing(10, new RandomSource(1)));
        Assert.Contains("Sample 0 of reverse", Assert.Throws<ArgumentException>(() => new NonequilibriumWork([0.0], [double.NaN])).Message,
            StringComparison.Ordinal);
    }

    private static double Z(Estimate estimate, double exact) => (estimate.Value - exact) / estimate.StandardError;
}
