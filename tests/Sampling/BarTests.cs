using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class BarTests(ITestOutputHelper output)
{
    internal static readonly double[] Forward = [0.5, 1.2, 2.0, 0.1, 3.3, 1.7, 0.9], Reverse = [-0.2, 0.4, -1.5, 1.1, 0.3];

    [Fact]
    public void Agrees_with_pymbar()
    {
        // pymbar 3.1.0: BAR and its error by both of its methods, MBAR.computeOverlap()["scalar"]
        Bar bar = Bar.Solve(Forward, Reverse);
        Assert.Equal(0.6731072130422538, bar.Difference.Value, 1e-13);
        Assert.Equal(0.30065528993480944, bar.Difference.StandardError, 1e-12);
        Assert.Equal(0.2926732056972517, bar.BennettStandardError, 1e-12);
        Assert.Equal(0.791359612986626, bar.Overlap, 1e-10);
    }

    [Fact]
    public void Errors_are_calibrated_by_both_formulas_and_twice_or_half_of_them_would_not_be()
    {
        foreach ((string name, Func<RandomSource, (double[], double[])> draw, double exact) in new (string, Func<RandomSource,
            (double[], double[])>, double)[]
        {
            ("harmonic", r => TwoStateSamples.Harmonic(r, 300, 150), TwoStateSamples.ExactHarmonic),
            ("exponential", r => TwoStateSamples.Exponential(r, 3, 100, 400), Math.Log(3)),
            ("gaussian work", r => TwoStateSamples.Gaussian(r, -3, 2, 200, 200), -3),
        })
        {
            var bars = Enumerable.Range(0, 400).Select(s =>
            {
                (double[] f, double[] r) = draw(new RandomSource((ulong)s).Split(name));
                return Bar.Solve(f, r);
            }).ToArray();
            double[] z = [.. bars.Select(b => (b.Difference.Value - exact) / b.Difference.StandardError)],
                bennett = [.. bars.Select(b => (b.Difference.Value - exact) / b.BennettStandardError)];
            output.WriteLine($"{name} {Calibration.Words(z)}; Bennett's error {Calibration.Words(bennett)}; {bars.Max(b => b.Evaluations)} evaluations");
            Assert.True(Calibration.Holds(z));
            Assert.True(Calibration.Holds(bennett));
            Assert.False(Calibration.Holds([.. z.Select(v => 2 * v)]));
            Assert.False(Calibration.Holds([.. z.Select(v => 0.5 * v)]));
            // power: counts given to the wrong sides; the value stays unbiased, but the error is another's
            if (name == "exponential")
                Assert.False(Calibration.Holds(TwoStateSamples.Z(400, r =>
                {
                    (double[] f, double[] b) = draw(r);
                    Bar wrong = Bar.SolveWeighted(f, [.. f.Select(_ => 4.0)], b, [.. b.Select(_ => 0.25)]);
                    return (wrong.Difference.Value - exact) / wrong.Difference.StandardError;
                })));
            Assert.True(bars.Max(b => b.Evaluations) < 20);
        }
    }

    [Fact]
    public void The_bootstrap_agrees_with_the_formula_and_repeats()
    {
        (double[] f, double[] r) = TwoStateSamples.Harmonic(new RandomSource(11), 400, 250);
        BarBootstrap bootstrap = Bar.Bootstrap(f, r, 400, new RandomSource(3));
        Bar bar = Bar.Solve(f, r);
        output.WriteLine($"{bar.Difference}, bootstrap {bootstrap.Difference}");
        Assert.Equal(bar.Difference.Value, bootstrap.Difference.Value);
        // 4.5 times the 3.5 % of 400 replicates, and the samples' own noise
        Assert.InRange(bootstrap.Difference.StandardError / bar.Difference.StandardError, 0.8, 1.2);
        Assert.Equal(bootstrap.Values, Bar.Bootstrap(f, r, 400, new RandomSource(3)).Values);
        Assert.NotEqual(bootstrap.Values, Bar.Bootstrap(f, r, 400, new RandomSource(4)).Values);
        double correlated = Bar.Bootstrap(f, r, 400, new RandomSource(3), 4, 4).Difference.StandardError;
        Assert.InRange(correlated / bar.Difference.StandardError, 1.6, 2.4); // sqrt 4
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 40)]
    [InlineData(200, 3)]
    [InlineData(100, 100)]
    public void Solves_the_raw_equation(int forward, int reverse)
    {
        (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource((ulong)(forward + 7 * reverse)), 2, 1.5, forward, reverse);
        double low = -50, high = 50; // plain bisection on sum 1/(1 + n_F/n_R e^(w - d)) = sum 1/(1 + n_R/n_F e^(w + d))
        for (int i = 0; i < 200; i++)
        {
            double d = 0.5 * (low + high), ratio = (double)forward / reverse;
            if (f.Sum(w => 1 / (1 + ratio * Math.Exp(w - d))) < r.Sum(w => 1 / (1 + Math.Exp(w + d) / ratio)))
                low = d;
            else
                high = d;
        }
        Assert.Equal(low, Bar.Solve(f, r).Difference.Value, 1e-13 * 50);
    }

    [Fact]
    public void Symmetries()
    {
        (double[] f, double[] r) = TwoStateSamples.Harmonic(new RandomSource(2), 70, 31);
        Bar bar = Bar.Solve(f, r), swapped = Bar.Solve(r, f);
        Assert.Equal(bar.Difference.Value, -swapped.Difference.Value, 1e-13);
        Assert.Equal(bar.Difference.StandardError, swapped.Difference.StandardError, 1e-13);
        Assert.Equal(bar.Overlap, swapped.Overlap, 1e-13);
        // each sample twice is the same answer, with the error of twice as many
        Bar twice = Bar.Solve([.. f, .. f], [.. r, .. r]);
        Assert.Equal(bar.Difference.Value, twice.Difference.Value, 1e-13);
        Assert.Equal(bar.Difference.StandardError / Math.Sqrt(2), twice.Difference.StandardError, 1e-13);
        // g = 2 takes it back; weights of 1/2 are the same thing
        Bar back = Bar.Solve([.. f, .. f], [.. r, .. r], 2, 2), weighted = Bar.SolveWeighted([.. f, .. f], [.. Enumerable.Repeat(0.5, 140)],
            [.. r, .. r], [.. Enumerable.Repeat(0.5, 62)]);
        Assert.Equal(bar.Difference.StandardError, back.Difference.StandardError, 1e-13);
        Assert.Equal(back.Difference.Value, weighted.Difference.Value, 1e-13);
        Assert.Equal(back.Difference.StandardError, weighted.Difference.StandardError, 1e-13);
        // a sample of weight zero is none, whatever its work
        Assert.Equal(bar.Difference.Value, Bar.SolveWeighted([.. f, -1e9], [.. f.Select(_ => 1.0), 0], r,
            [.. r.Select(_ => 1.0)]).Difference.Value, 1e-13);
        // two equal states, and a perfect map: no error at all
        Bar equal = Bar.Solve([5, 5, 5], [-5, -5]);
        Assert.Equal(5, equal.Difference.Value, 1e-14);
        Assert.Equal(0, equal.Difference.StandardError, 1e-14);
        Assert.Equal(1, equal.Overlap, 1e-14);
    }

    [Theory]
    [InlineData(1e5)]
    [InlineData(-1e5)]
    public void A_shift_of_one_state_shifts_the_answer(double shift)
    {
        (double[] f, double[] r) = TwoStateSamples.Harmonic(new RandomSource(2), 70, 31);
        f = [.. f.Select(w => Math.Round(w * 1048576.0) / 1048576.0)]; // so that adding the shift is exact
        r = [.. r.Select(w => Math.Round(w * 1048576.0) / 1048576.0)];
        Bar bar = Bar.Solve(f, r), moved = Bar.Solve([.. f.Select(w => w + shift)], [.. r.Select(w => w - shift)]);
        Assert.Equal(bar.Difference.Value + shift, moved.Difference.Value, 2e-11); // a unit in the last place of 1e5
        Assert.Equal(bar.Difference.StandardError, moved.Difference.StandardError, 1e-12);
    }

    [Fact]
    public void With_one_side_nearly_without_samples_it_is_the_exponential_average()
    {
        (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource(8), 1.3, 0.7, 5000, 5000);
        Assert.Equal(ExponentialAverage.Forward(f).Difference.Value,
            Bar.SolveWeighted(f, Ones(f), r, [.. r.Select(_ => 1e-15)]).Difference.Value, 1e-8);
        Assert.Equal(ExponentialAverage.Reverse(r).Difference.Value, Bar.SolveWeighted(f, [.. f.Select(_ => 1e-15)], r,
            Ones(r)).Difference.Value, 1e-8);
    }

    [Fact]
    public void Clashes_count_and_share_nothing()
    {
        // ideal gas -> hard core: the forward half clashes, no reverse sample changes its energy; d = ln 2 whatever the counts
        double[] f = [0, 0, 0, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity];
        Bar bar = Bar.Solve(f, [0, 0, 0, 0]);
        Assert.Equal(Math.Log(2), bar.Difference.Value, 1e-12);
        // reverse works tell nothing more here
        Assert.Equal(ExponentialAverage.Forward([.. f, .. f]).Difference.StandardError * Math.Sqrt(2), bar.Difference.StandardError, 0.15);
        Bar none = Bar.Solve([double.PositiveInfinity], [0.0]);
        Assert.Equal(EstimatorStatus.NoOverlap, none.Status);
        Assert.Contains("infinite", none.Difference.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_overlap_there_is_no_number()
    {
        foreach (double far in new[] { 30, 1e4, 1e8 })
        {
            Bar bar = Bar.Solve([far, far + 1, far + 2], [far, far + 3]);
            Assert.Equal(EstimatorStatus.NoOverlap, bar.Status);
            Assert.Throws<InvalidOperationException>(() => bar.Difference.Value);
            Assert.True(bar.SharedSamples < 0.01 && bar.Overlap < 0.01);
            Assert.Empty(Bar.Bootstrap([far], [far], 10, new RandomSource(1)).Values);
        }
    }

    [Fact]
    public void Works_against_the_second_law_give_no_number()
    {
        // equal counts make a flat equation; unequal ones a root with a small error, which is nonsense
        foreach ((int forward, int reverse) in new[] { (100, 100), (100, 50), (30, 200), (3, 3) })
        {
            (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource(9), 0, 1, forward, reverse);
            Bar bar = Bar.Solve([.. f.Select(w => w - 1000)], [.. r.Select(w => w - 1000)]);
            Assert.Equal(EstimatorStatus.NoOverlap, bar.Status);
            Assert.Contains("second law", bar.Difference.Reason, StringComparison.Ordinal);
        }
        // and noise about equal states is not called that
        for (ulong seed = 0; seed < 200; seed++)
        {
            (double[] f, double[] r) = TwoStateSamples.Gaussian(new RandomSource(seed), 0, 0.1, 5 + (int)seed, 20);
            Assert.Equal(EstimatorStatus.Converged, Bar.Solve(f, r).Status);
        }
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("Sample 1 of forward", Assert.Throws<ArgumentException>(() => Bar.Solve([0, double.NaN], [0.0])).Message,
            StringComparison.Ordinal);
        Assert.Contains("Sample 0 of reverse", Assert.Throws<ArgumentException>(() => Bar.Solve([0.0], [double.NegativeInfinity])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Bar.Solve([], [0.0]));
        Assert.Throws<ArgumentException>(() => Bar.Solve([0.0], [0.0], 0.9));
        Assert.Contains("Weight 0 of reverseWeights", Assert.Throws<ArgumentException>(() => Bar.SolveWeighted([0.0], [1.0], [0.0],
            [-1.0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Bar.SolveWeighted([0.0], [0.0], [0.0], [1.0]));
        Assert.Throws<ArgumentException>(() => Bar.SolveWeighted([0.0], [1.0, 1.0], [0.0], [1.0]));
        Assert.Equal(EstimatorStatus.IllConditioned, Bar.Solve([1e15, 1e15], [-1e15, -1e15]).Status);
    }

    private static double[] Ones(double[] works) => [.. works.Select(_ => 1.0)];
}
