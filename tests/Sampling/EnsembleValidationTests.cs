using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class EnsembleValidationTests(ITestOutputHelper output)
{
    [Fact]
    public void The_slope_of_consistent_samples_is_one_with_a_calibrated_error()
    {
        foreach ((string name, Func<RandomSource, EnsembleValidation> test) in new (string, Func<RandomSource, EnsembleValidation>)[]
        {
            ("harmonic", r => Test(TwoStateSamples.Harmonic(r, 400, 200))),
            ("exponential", r => Test(TwoStateSamples.Exponential(r, 2.5, 300, 300))),
            ("gaussian", r => Test(TwoStateSamples.Gaussian(r, 1e4, 1.5, 200, 500))),
            ("g = 2", r => // every sample twice counts once
            {
                (double[] f, double[] b) = TwoStateSamples.Harmonic(r, 300, 300);
                return EnsembleValidation.Test([.. f, .. f], [.. b, .. b], 2, 2);
            }),
        })
        {
            EnsembleValidation[] all = [.. Enumerable.Range(0, 400).Select(s => test(new RandomSource((ulong)s).Split(name)))];
            double[] z = [.. all.Select(c => c.Z)];
            output.WriteLine($"{name} {Calibration.Words(z)}");
            Assert.True(Calibration.Holds(z));
            Assert.False(Calibration.Holds([.. z.Select(v => 2 * v)]));
            Assert.False(Calibration.Holds([.. z.Select(v => 0.5 * v)]));
            Assert.All(all, c => Assert.True(c.Consistent));
        }
    }

    [Theory]
    [InlineData(2.49434, "kJ/mol where kT")]
    [InlineData(1 / 2.49434, "RT in kJ/mol once too often")]
    [InlineData(0.596161, "kcal/mol where kT")]
    [InlineData(1 / 0.596161, "RT in kcal/mol once too often")]
    [InlineData(1 / 4.184, "kcal/mol where kJ/mol")]
    [InlineData(4.184, "kJ/mol where kcal/mol")]
    [InlineData(1.3, "not at the temperature")]
    public void Other_units_are_named(double factor, string words)
    {
        (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource(4), 1, 1.5, 20000, 20000);
        EnsembleValidation check = EnsembleValidation.Test([.. f.Select(w => factor * w)], [.. r.Select(w => factor * w)]);
        output.WriteLine(check.Message);
        Assert.False(check.Consistent);
        Assert.Equal(1 / factor, check.Slope.Value, 4.5 * check.Slope.StandardError);
        Assert.Contains(words, check.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_temperature_is_seen()
    {
        // both states at 1.2 times the temperature that their energies were divided by: Gaussians sqrt(1.2) wider, du in units of the
        // assumed kT
        var random = new RandomSource(12);
        double Difference(double x) => 0.5 * 4 * (x - 0.8) * (x - 0.8) - 0.5 * x * x;
        double[] f = [.. Enumerable.Range(0, 5000).Select(_ => Difference(Math.Sqrt(1.2) * random.NextNormal()))],
            r = [.. Enumerable.Range(0, 5000).Select(_ =>
            -Difference(0.8 + Math.Sqrt(1.2) / 2 * random.NextNormal()))];
        EnsembleValidation check = EnsembleValidation.Test(f, r);
        Assert.False(check.Consistent);
        Assert.Equal(1 / 1.2, check.Slope.Value, 4.5 * check.Slope.StandardError);
    }

    [Fact]
    public void Swapped_windows_break_both_tests()
    {
        (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource(4), 1, 1.5, 500, 300);
        Assert.False(Test((f, r)).BoundsViolated);
        EnsembleValidation swapped = EnsembleValidation.Test([.. r.Select(w => -w)], [.. f.Select(w => -w)]);
        output.WriteLine(swapped.Message);
        Assert.False(swapped.Consistent);
        Assert.True(swapped.BoundsViolated);
        Assert.Equal(-1, swapped.Slope.Value, 4.5 * swapped.Slope.StandardError);
        Assert.Contains("swapped", swapped.Message, StringComparison.Ordinal);
        // without overlap the bounds still tell
        EnsembleValidation far = EnsembleValidation.Test([-50, -51, -52], [-50, -52, -53]);
        Assert.Equal(EstimatorStatus.NoOverlap, far.Status);
        Assert.True(far.BoundsViolated && !far.Consistent);
        Assert.Throws<InvalidOperationException>(() => far.Slope);
    }

    [Fact]
    public void Clashes_count_in_the_odds_but_tell_nothing_of_the_slope()
    {
        (double[] f, double[] r) = TwoStateSamples.Harmonic(new RandomSource(3), 300, 200);
        EnsembleValidation plain = Test((f, r)),
            clashes = EnsembleValidation.Test([.. f, double.PositiveInfinity, double.PositiveInfinity], r);
        Assert.Equal(plain.Slope.Value, clashes.Slope.Value, 1e-9);
        Assert.Null(clashes.SymmetrisedDivergence);
        Assert.Equal(EstimatorStatus.NoOverlap, EnsembleValidation.Test([double.PositiveInfinity], [0.0]).Status);
    }

    [Fact]
    public void What_cannot_be_tested_says_so_and_bad_input_is_named()
    {
        Assert.Equal(EstimatorStatus.IllConditioned, EnsembleValidation.Test([2, 2, 2], [-2, -2]).Status);
        Assert.Contains("Sample 1 of reverse", Assert.Throws<ArgumentException>(() =>
            EnsembleValidation.Test([0.0], [0.0, double.NaN])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => EnsembleValidation.Test([0.0], [0.0], temperature: 0));
    }

    private static EnsembleValidation Test((double[] Forward, double[] Reverse) works) =>
        EnsembleValidation.Test(works.Forward, works.Reverse);
}
