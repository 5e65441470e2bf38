using MolSampling.Sampling.Proposals;

namespace MolSampling.Tests.Sampling;

/// <summary>The Gaussian whose mean follows features.</summary>
public sealed class ConditionalGaussianTests
{
    private const int Count = 40_000, Dimension = 3;
    private static readonly double[] s_means = [1, 2, -1, 0.5, -2, 0]; // [D, F], features 1 and f
    private static readonly double[] s_factor = [0.5, 0, 0, 0.3, 0.2, 0, -0.1, 0.4, 0.3];

    [Fact]
    public void Fit_recovers_means_and_covariance()
    {
        (double[] features, double[] values) = Points(1);
        var fitted = ConditionalGaussian.Fit(features, values, Dimension);
        var random = new RandomSource(2);
        (double[] z, double[] scratch) = (new double[Dimension], new double[Dimension]);
        for (int n = 0; n < 200; n++)
        {
            double[] f = [1, random.NextNormal()];
            double[] normals = [random.NextNormal(), random.NextNormal(), random.NextNormal()];
            for (int d = 0; d < Dimension; d++)
                z[d] = Value(d, f[1], normals);
            double exact = -0.5 * normals.Sum(v => v * v) - 1.5 * Math.Log(2 * Math.PI) - Math.Log(0.5 * 0.2 * 0.3);
            Assert.Equal(exact, fitted.LogDensity(f, z, scratch), 0.15); // 40,000 points
        }
    }

    [Fact]
    public void Draws_have_the_density_that_is_said()
    {
        (double[] features, double[] values) = Points(3);
        var fitted = ConditionalGaussian.Fit(features, values, Dimension);
        var random = new RandomSource(4);
        (double[] z, double[] scratch) = (new double[Dimension], new double[Dimension]);
        for (int n = 0; n < 100; n++)
        {
            double[] f = [1, random.NextNormal()];
            double drawn = fitted.Draw(f, [random.NextNormal(), random.NextNormal(), random.NextNormal()], z);
            Assert.Equal(drawn, fitted.LogDensity(f, z, scratch), 1e-9);
        }
    }

    [Fact]
    public void Few_points_give_a_density_still_and_points_that_are_not_finite_none()
    {
        (double[] features, double[] values) = Points(5);
        var fitted = ConditionalGaussian.Fit(features[..4], values[..(2 * Dimension)], Dimension); // two points in three dimensions
        Assert.True(double.IsFinite(fitted.LogDensity([1, 0], [0, 0, 0], new double[Dimension])));
        values[1] = double.NaN;
        Assert.Throws<ArgumentException>(() => ConditionalGaussian.Fit(features, values, Dimension));
        Assert.Throws<ArgumentException>(() => ConditionalGaussian.Fit([1, 0], [1, 2, 3], Dimension));
    }

    private static double Value(int d, double feature, double[] normals) => s_means[2 * d] + s_means[2 * d + 1] * feature
        + Enumerable.Range(0, d + 1).Sum(k => s_factor[Dimension * d + k] * normals[k]);

    private static (double[] Features, double[] Values) Points(ulong seed)
    {
        var random = new RandomSource(seed);
        double[] features = new double[2 * Count], values = new double[Dimension * Count];
        for (int n = 0; n < Count; n++)
        {
            (features[2 * n], features[2 * n + 1]) = (1, random.NextNormal());
            double[] normals = [random.NextNormal(), random.NextNormal(), random.NextNormal()];
            for (int d = 0; d < Dimension; d++)
                values[Dimension * n + d] = Value(d, features[2 * n + 1], normals);
        }
        return (features, values);
    }
}
