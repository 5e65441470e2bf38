using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class ExponentialAverageTests(ITestOutputHelper output)
{
    [Fact]
    public void Errors_are_calibrated_and_twice_or_half_of_them_would_not_be()
    {
        double[] forward = TwoStateSamples.Z(400,
            r => Z(ExponentialAverage.Forward(TwoStateSamples.Gaussian(r, 1.5, 0.7, 500, 1).Forward).Difference, 1.5));
        double[] reverse = TwoStateSamples.Z(400,
            r => Z(ExponentialAverage.Reverse(TwoStateSamples.Exponential(r, 1.4, 1, 500).Reverse).Difference, Math.Log(1.4)));
        double[] gaussian = TwoStateSamples.Z(400,
            r => Z(ExponentialAverage.GaussianForward(TwoStateSamples.Gaussian(r, -2, 2, 200, 1).Forward), -2));
        double[] gaussianReverse = TwoStateSamples.Z(400,
            r => Z(ExponentialAverage.GaussianReverse(TwoStateSamples.Gaussian(r, -2, 2, 1, 200).Reverse), -2));
        foreach (double[] z in new[] { forward, reverse, gaussian, gaussianReverse })
        {
            output.WriteLine(Calibration.Words(z));
            Assert.True(Calibration.Holds(z));
            Assert.False(Calibration.Holds([.. z.Select(v => 2 * v)]));
            Assert.False(Calibration.Holds([.. z.Select(v => 0.5 * v)]));
        }
        // a Gaussian error without the variance's own error is too small
        Assert.False(Calibration.Holds(TwoStateSamples.Z(400, r =>
        {
            double[] works = TwoStateSamples.Gaussian(r, -2, 2, 200, 1).Forward;
            return (ExponentialAverage.GaussianForward(works).Value + 2) / (2 / Math.Sqrt(200.0));
        })));
    }

    [Fact]
    public void Agrees_with_pymbar()
    {
        // pymbar 3.1.0, EXP: (1.0004358604453132, 0.2878943372779596) and, for the reverse works, (-0.3983869407354368, 0.4572331137148429)
        ExponentialAverage forward = ExponentialAverage.Forward(BarTests.Forward);
        Assert.Equal(1.0004358604453132, forward.Difference.Value, 1e-13);
        Assert.Equal(0.2878943372779596, forward.Difference.StandardError, 1e-13);
        // twice, for enough effective samples: the error is 1/sqrt 2 of that
        ExponentialAverage reverse = ExponentialAverage.Reverse([.. BarTests.Reverse, .. BarTests.Reverse]);
        Assert.Equal(0.3983869407354368, reverse.Difference.Value, 1e-13);
        Assert.Equal(0.4572331137148429 / Math.Sqrt(2), reverse.Difference.StandardError, 1e-13);
    }

    [Fact]
    public void The_error_is_that_of_kish_and_g_scales_it()
    {
        double[] works = TwoStateSamples.Gaussian(new RandomSource(5), 0.3, 1, 100, 1).Forward;
        double[] weights = [.. works.Select(w => Math.Exp(-w))];
        double kish = weights.Sum() * weights.Sum() / weights.Sum(w => w * w);
        ExponentialAverage one = ExponentialAverage.Forward(works), three = ExponentialAverage.Forward(works, 3);
        Assert.Equal(kish, one.EffectiveSamples, 1e-10);
        Assert.Equal(kish / 3, three.EffectiveSamples, 1e-10);
        Assert.Equal(Math.Sqrt(1 / kish - 0.01), one.Difference.StandardError, 1e-12);
        Assert.Equal(one.Difference.StandardError * Math.Sqrt(3), three.Difference.StandardError, 1e-12);
        Assert.Equal(weights.Max() / weights.Sum(), one.LargestWeight, 1e-12);
    }

    [Theory]
    [InlineData(1e5)]
    [InlineData(-1e5)]
    public void A_shift_of_all_works_shifts_the_answer(double shift)
    {
        double[] works = TwoStateSamples.Gaussian(new RandomSource(6), 0.3, 1, 100, 1).Forward;
        double[] moved = [.. works.Select(w => w + shift)];
        Assert.Equal(ExponentialAverage.Forward(works).Difference.Value + shift, ExponentialAverage.Forward(moved).Difference.Value, 1e-9);
        Assert.Equal(ExponentialAverage.GaussianForward(works).Value + shift, ExponentialAverage.GaussianForward(moved).Value, 1e-9);
    }

    [Fact]
    public void Clashes_have_weight_zero()
    {
        // half of the insertions clash: d = ln 2, exactly
        ExponentialAverage average = ExponentialAverage.Forward([0, double.PositiveInfinity, 0, double.PositiveInfinity, 0, 0,
            double.PositiveInfinity, double.PositiveInfinity]);
        Assert.Equal(Math.Log(2), average.Difference.Value, 1e-14);
        Assert.Equal(4, average.EffectiveSamples, 1e-12);
        Assert.Equal(EstimatorStatus.NoOverlap,
            ExponentialAverage.Forward([double.PositiveInfinity, double.PositiveInfinity]).Difference.Status);
    }

    [Fact]
    public void Few_samples_that_carry_the_average_give_no_number()
    {
        ExponentialAverage average = ExponentialAverage.Forward(TwoStateSamples.Gaussian(new RandomSource(1), 0, 12, 1000, 1).Forward);
        Assert.Equal(EstimatorStatus.NoOverlap, average.Difference.Status);
        Assert.Throws<InvalidOperationException>(() => average.Difference.Value);
        Assert.True(average.LargestWeight > 0.3);
        Assert.Equal(EstimatorStatus.NoOverlap, ExponentialAverage.Forward([1.0]).Difference.Status);
        Assert.Equal(EstimatorStatus.NoOverlap, ExponentialAverage.GaussianForward([1.0]).Status);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("Sample 1 of forward", Assert.Throws<ArgumentException>(() => ExponentialAverage.Forward([0, double.NaN])).Message,
            StringComparison.Ordinal);
        Assert.Contains("Sample 0 of reverse",
            Assert.Throws<ArgumentException>(() => ExponentialAverage.Reverse([double.NegativeInfinity])).Message,
            StringComparison.Ordinal);
        Assert.Contains("Sample 1 of forward",
            Assert.Throws<ArgumentException>(() => ExponentialAverage.GaussianForward([0, double.PositiveInfinity])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ExponentialAverage.Forward([]));
        Assert.Throws<ArgumentException>(() => ExponentialAverage.Forward([0.0], 0.5));
    }

    private static double Z(FreeEnergyDifference difference, double exact) => (difference.Value - exact) / difference.StandardError;
}
