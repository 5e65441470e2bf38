using MolSampling.Sampling.Diagnostics;
using static MolSampling.Tests.Sampling.TestSeries;

namespace MolSampling.Tests.Sampling;

public sealed class TimeSeriesTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(0.95)]
    [InlineData(-0.4)]
    public void Inefficiency_of_an_autoregressive_series_is_known(double phi)
    {
        // g = (1 + phi)/(1 - phi). The relative error of Wolff's formula at these lengths is 1 to 3 %: five of them are asked, one false
        // alarm in two million for a Gaussian
        double expected = (1 + phi) / (1 - phi);
        double[] series = Autoregressive(phi, 200_000, 1);
        Estimate time = Autocorrelation.IntegratedTime([series]);
        Assert.Equal(0.5 * Autocorrelation.StatisticalInefficiency(series), time.Value, 1e-12);
        Assert.InRange(time.StandardError / time.Value, 0.001, 0.06);
        Assert.True(Math.Abs(2 * time.Value - expected) < 10 * time.StandardError + 0.01 * expected, $"{2 * time.Value} is not {expected}");
        double crossing = Autocorrelation.StatisticalInefficiency(series, InefficiencyEstimator.FirstCrossing);
        Assert.Equal(Math.Max(1, expected), crossing, 0.15 * Math.Max(1, expected)); // bounded by 1 where correlation is negative
    }

    [Fact]
    public void Error_of_the_autocorrelation_time_is_the_spread_over_series()
    {
        // 400 series: their spread is known to 1/sqrt(800) = 3.5 %; the formula is asymptotic, and the window's own noise is not in it
        Estimate[] times = [.. Enumerable.Range(0, 400).Select(s => Autocorrelation.IntegratedTime([Autoregressive(0.7, 5000, (ulong)s)]))];
        double mean = times.Average(t => t.Value), spread = Math.Sqrt(times.Sum(t => (t.Value - mean) * (t.Value - mean)) / 399);
        Assert.InRange(times.Average(t => t.StandardError) / spread, 0.75, 1.25);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(700)]
    [InlineData(9999)]
    [InlineData(10_000)]
    public void Lag_sums_by_Fourier_transform_are_the_direct_ones(int lags)
    {
        double[] x = Autoregressive(0.9, 10_000, 3);
        var sums = new double[lags];
        LagSums.AddByFourier(x, sums);
        for (int lag = 0; lag < lags; lag += Math.Max(1, lags / 50))
        {
            double definition = 0; // plainly
            for (int t = 0; t + lag < x.Length; t++)
                definition += x[t] * x[t + lag];
            Assert.Equal(definition, sums[lag], 1e-10 * sums[0]);
            Assert.Equal(definition, LagSums.Direct(x, lag), 1e-12 * sums[0]);
        }
    }

    [Fact]
    public void Lag_sums_are_the_same_however_they_are_asked()
    {
        double[][] chains = [Autoregressive(0.9, 5000, 3), Autoregressive(0.9, 3000, 4)];
        var gradual = new LagSums(chains);
        double[] values = [.. Enumerable.Range(0, 5000).Select(lag => gradual[lag])];
        Assert.Equal(LagSums.Direct(chains[0], 4000), values[4000], 1e-10 * values[0]); // the shorter chain has no such lag
        Assert.Equal(0, gradual[5000]);
        for (int lag = 0; lag < 5000; lag += 97)
            Assert.Equal(LagSums.Direct(chains[0], lag) + LagSums.Direct(chains[1], lag), values[lag], 1e-10 * values[0]);
    }

    [Fact]
    public void Autocorrelation_function_of_four_numbers_by_hand()
    {
        // 1 2 4 1: mean 2, deviations -1 0 2 -1, squares 6; lag 1: -1*0 + 0*2 + 2*-1 = -2; lag 2: -1*2 + 0*-1 = -2; lag 3: -1*-1 = 1
        double[] rho = Autocorrelation.Function([1, 2, 4, 1], 4);
        Assert.Equal([1, -2.0 / 6, -2.0 / 6, 1.0 / 6], rho.Select(r => Math.Round(r, 14)), (a, b) => Math.Abs(a - b) < 1e-13);
        // first pair 1 - 1/3 = 2/3, second -1/3 + 1/6 < 0: g = -1 + 4/3
        Assert.Equal(1.0 / 3, Autocorrelation.StatisticalInefficiency((double[])[1, 2, 4, 1]), 1e-13);
        // C(1) = -2/3/(6/4), C(2) = -2/2/(6/4), both within the first three lags: g = 1 + 2 (3/4 C1 + 2/4 C2) is below 1
        Assert.Equal(1, Autocorrelation.StatisticalInefficiency((double[])[1, 2, 4, 1], InefficiencyEstimator.FirstCrossing));
    }

    [Fact]
    public void First_crossing_is_its_definition()
    {
        double[] x = Autoregressive(0.8, 3000, 9);
        double mean = x.Average(), variance = x.Sum(v => (v - mean) * (v - mean)) / x.Length, g = 1;
        for (int t = 1; t < x.Length - 1; t++)
        {
            double c = Enumerable.Range(0, x.Length - t).Sum(i => (x[i] - mean) * (x[i + t] - mean)) / (x.Length - t) / variance;
            if (c <= 0 && t > 3)
                break;
            g += 2 * c * (1 - (double)t / x.Length);
        }
        Assert.Equal(g, Autocorrelation.StatisticalInefficiency(x, InefficiencyEstimator.FirstCrossing), 1e-9);
    }

    [Fact]
    public void Constants_and_what_is_not_finite_are_said()
    {
        Assert.Equal(1, Autocorrelation.StatisticalInefficiency(new double[100]));
        Assert.Equal(new Estimate(0.5, 0), Autocorrelation.IntegratedTime([new double[100]]));
        Assert.True(double.IsNaN(Autocorrelation.IntegratedTime([[1, -1, 1]]).StandardError));
        Assert.True(double.IsNaN(Autocorrelation.StatisticalInefficiency((double[])[1, 2, 3])));
        Assert.Contains("[1][2]",
            Assert.Throws<ArgumentException>(() => Autocorrelation.StatisticalInefficiency([[1, 2, 3, 4], [1, 2, double.NaN, 4]])).Message,
            StringComparison.Ordinal);
        Assert.Contains("[3]", Assert.Throws<ArgumentException>(() => BlockAverages.Of([1, 2, 3, double.PositiveInfinity])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ChainDiagnostics.SplitRhat([[1, double.NaN, 2, 3]]));
        Assert.Throws<ArgumentException>(() => EquilibrationScan.Of([double.NaN, .. new double[40]]));
        Assert.Throws<ArgumentException>(() => Subsample.Indices(10, double.NaN));
    }

    [Fact]
    public void Long_memories_are_found_in_a_million_draws()
    {
        // 19 and 20 000; fifty independent draws know the latter to 28 %. Its 60 000 lags come by FFT: summed one by one they would take a
        // minute.
        Assert.InRange(Autocorrelation.StatisticalInefficiency(Autoregressive(0.9, 1_000_000, 1)), 17, 21);
        Assert.InRange(Autocorrelation.StatisticalInefficiency(Autoregressive(0.9999, 1_000_000, 2)), 8000, 40_000);
    }

    [Fact]
    public void Geweke_s_score_is_standard_normal_and_finds_drifts_that_the_effective_size_does_not()
    {
        // 300 stationary series: the variance of z is 1 to 0.08 (four: 0.33), and |z| > 2.5 for 1.2 % of them: 0 to 14 but once in 10 000.
        // A drift of half a standard deviation leaves twice its error in the mean.
        double[] z = [.. Enumerable.Range(0, 300).Select(s => Drift.Score(Autoregressive(0.5, 2000, (ulong)(100 + s))))];
        Assert.InRange(z.Sum(v => v * v) / z.Length, 0.67, 1.4);
        Assert.InRange(z.Count(v => Math.Abs(v) > 2.5), 0, 14);
        int found = 0, shorter = 0;
        for (ulong s = 0; s < 50; s++)
        {
            double[] drifting = [.. Autoregressive(0, 3000, 500 + s).Select((v, t) => v + Math.Exp(-t / 300.0))];
            var scan = EquilibrationScan.Of(drifting, 20, 0.5);
            found += Math.Abs(Drift.Score(drifting)) > 2.5 ? 1 : 0;
            shorter += scan.Settled(drifting).Start > scan.Best.Start ? 1 : 0;
        }
        Assert.Equal(50, found);
        Assert.True(shorter > 30);
        Assert.Equal(0, Drift.Score(new double[100]));
    }

    [Fact]
    public void Drift_is_cut_and_a_stationary_series_kept()
    {
        double[] noise = Autoregressive(0.5, 5000, 5);
        double[] drifting = [.. noise.Select((v, t) => v + 20 * Math.Exp(-t / 100.0))];
        EquilibrationScan scan = EquilibrationScan.Of(drifting, starts: 101);
        EquilibrationPoint best = scan.Best, earliest = scan.Earliest();
        // the drift is down to a tenth of the noise at 100 ln(20/0.115) = 516
        Assert.InRange(best.Start, 250, 1500);
        Assert.InRange(earliest.Start, 200, best.Start);
        Assert.InRange(best.Inefficiency, 2.2, 4); // 3 without the drift
        Assert.True(scan.Points[0].EffectiveSize < 0.1 * best.EffectiveSize); // what is gained
        Assert.Equal((5000 - best.Start) / best.Inefficiency, best.EffectiveSize, 1e-9);
        Assert.False(scan.IsAtLimit(best));

        EquilibrationScan still = EquilibrationScan.Of(noise, starts: 101);
        Assert.True(still.Earliest().Start <= 500, $"{still.Earliest().Start} draws of a stationary series discarded");
        EquilibrationScan ramp = EquilibrationScan.Of([.. Autoregressive(0.5, 1000, 7).Select((v, t) => v + 20 * Math.Exp(-t / 200.0))],
            longest: 0.5);
        Assert.True(ramp.IsAtLimit(ramp.Best)); // the drift is still at 1.6 in the middle
        Assert.True(double.IsNaN(EquilibrationScan.Of(new double[10]).Best.EffectiveSize));
    }

    [Fact]
    public void Subsamples_are_spaced_by_the_inefficiency()
    {
        Assert.Equal([0, 3, 5, 8], Subsample.Indices(10, 2.6)); // 0, 2.6, 5.2, 7.8; 10.4 is outside
        Assert.Equal([0, 3, 6, 9], Subsample.Indices(10, 2.6, conservative: true));
        Assert.Equal([0, 1, 2], Subsample.Indices(3, 0.5));
        Assert.Empty(Subsample.Indices(0, 2));
        double[] series = Autoregressive(0.8, 100_000, 6); // g = 9
        double[] kept = [.. Subsample.Indices(series.Length, Autocorrelation.StatisticalInefficiency(series), true).Select(t => series[t])];
        Assert.Equal(1, Autocorrelation.StatisticalInefficiency(kept), 0.4); // 0.8^9 = 0.13 is left: g = 1.31
    }

    [Fact]
    public void Block_averages_of_an_autoregressive_series_are_known()
    {
        // Var of a mean of B draws: s^2/B (1 + 2 sum_k (1 - k/B) phi^k) = s^2/B ((1 + phi)/(1 - phi) - 2 phi (1 - phi^B)/(B (1 - phi)^2));
        // n block means about their own mean have expected c0/(n - 1) = (V_B - V_T)/(n - 1)
        const double phi = 0.7;
        const int length = 4096, runs = 200;
        double Variance(int b) =>
            ((1 + phi) / (1 - phi) - 2 * phi * (1 - Math.Pow(phi, b)) / (b * (1 - phi) * (1 - phi))) / b / (1 - phi * phi);
        BlockAverages[] all = [.. Enumerable.Range(0, runs).Select(s => BlockAverages.Of(Autoregressive(phi, length, (ulong)s)))];
        Assert.Equal(12, all[0].Levels.Count); // 4096 ... 2 blocks
        for (int level = 0; level < 9; level++)
        {
            int b = 1 << level, n = length / b;
            double expected = (Variance(b) - Variance(length)) / (n - 1),
                measured = all.Average(a => a.Levels[level].StandardError * a.Levels[level].StandardError);
            // relative spread of c0: sqrt(2/(n - 1)) and, of correlated blocks, up to sqrt(g/B) larger; five standard errors of the mean
            // over runs
            double relative = Math.Sqrt(2.0 / (n - 1) * Math.Max(1, 6.0 / b) / runs);
            Assert.True(Math.Abs(measured / expected - 1) < 5 * relative, $"B = {b}: {measured} is not {expected}");
        }
        double error = Math.Sqrt(Variance(length));
        Assert.All(all, a => Assert.NotNull(a.Plateau));
        Assert.Equal(1, all.Average(a => a.Estimate.StandardError) / error, 0.1);
        // and errors do their work: the mean is 0, so 68 % within one error and 4.6 % beyond two; 200 runs, bounds five binomial deviations
        // away
        int outside = all.Count(a => Math.Abs(a.Mean) > 2 * a.Estimate.StandardError);
        Assert.InRange(outside, 0, 26);
        // the power: naive errors would have it outside far more often (g = 5.7, so two errors are 0.84 true ones: 40 %)
        Assert.True(all.Count(a => Math.Abs(a.Mean) > 2 * a.Levels[0].StandardError) > 50);
    }

    [Fact]
    public void A_short_series_has_no_plateau()
    {
        BlockAverages blocks = BlockAverages.Of(Autoregressive(0.999, 512, 4));
        Assert.Null(blocks.Plateau);
        Assert.True(double.IsNaN(blocks.Estimate.StandardError));
        // by hand, 1 3 5 11: mean 5, c0 = (16 + 4 + 0 + 36)/4 = 14, error sqrt(14/3); pairs 2 and 8, c0 = 9, error 3
        BlockAverages four = BlockAverages.Of([1, 3, 5, 11]);
        Assert.Equal([(1, 4), (2, 2)], four.Levels.Select(l => (l.BlockSize, l.Blocks)));
        Assert.Equal(Math.Sqrt(14.0 / 3), four.Levels[0].StandardError, 1e-14);
        Assert.Equal(3, four.Levels[1].StandardError, 1e-14);
        Assert.Equal(3 / Math.Sqrt(2), four.Levels[1].Uncertainty, 1e-14);
    }

    [Fact]
    public void Slowest_combination_of_two_quantities_is_found()
    {
        // two independent modes, mixed: no single quantity is as slow as the slow mode. Batches of b know g_b = g - 2 phi (1 - phi^b)/(b (1
        // - phi)^2)
        const int length = 250_000, batch = 500;
        double Known(double phi) => (1 + phi) / (1 - phi) - 2 * phi * (1 - Math.Pow(phi, batch)) / (batch * (1 - phi) * (1 - phi));
        double[] slow = Autoregressive(0.9, length, 1), fast = [.. Autoregressive(0.2, length, 2).Select(v => 3 * v)];
        double[][] mixed = [[.. slow.Zip(fast, (s, f) => s + f)], [.. slow.Zip(fast, (s, f) => 0.01 * (s - 2 * f) + 7)]];
        MultivariateMixing mixing = MultivariateMixing.Of(mixed);
        Assert.Equal((batch, 500), (mixing.BatchSize, mixing.Batches));
        // 500 batches: a variance to sqrt(2/499) = 6.3 %, their geometric mean to 4.5 %; 4.5 deviations, false alarm 7e-6
        Assert.Equal(1, mixing.SlowestInefficiency / Known(0.9), 0.29);
        Assert.Equal(1, mixing.Inefficiencies[1] / Known(0.2), 0.29);
        Assert.Equal(1, mixing.EffectiveSize / (length / Math.Sqrt(Known(0.9) * Known(0.2))), 0.2);
        Assert.Equal(length / mixing.SlowestInefficiency, mixing.SlowestEffectiveSize(length), 1e-9);
        Assert.All(mixed, q => Assert.True(Autocorrelation.StatisticalInefficiency(q) < 0.8 * mixing.SlowestInefficiency));
        // (2 x + 100 y)/3 is the slow mode: coefficients 2 : 100
        Assert.Equal(50, mixing.SlowestCombination[1] / mixing.SlowestCombination[0], 5.0);
        double[] found = [.. mixed[0].Zip(mixed[1], (a, b) => a * mixing.SlowestCombination[0] + b * mixing.SlowestCombination[1])];
        double middle = found.Average();
        Assert.Equal(1, found.Sum(v => (v - middle) * (v - middle)) / (length - 1), 1e-6);

        Assert.Contains("[1]",
            Assert.Throws<ArgumentException>(() => MultivariateMixing.Of([slow, [.. slow.Select(v => 2 * v - 1)]])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MultivariateMixing.Of([new double[100]]));
        // two batches of two
        Assert.Contains("more batches", Assert.Throws<ArgumentException>(() => MultivariateMixing.Of([[1, 2, 3, 5], [2, 1, 4, 4]])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Required_size_is_that_of_the_paper()
    {
        // one quantity: (2 z/epsilon)^2 pi/(...)... in closed form for P = 1: 4 pi/Gamma(1/2)^2 chi^2/epsilon^2 = 4 z^2/epsilon^2
        Assert.Equal(4 * 1.959963984540054 * 1.959963984540054 / 0.0025, MultivariateMixing.RequiredSize(1, 0.05, 0.95), 1e-3);
        Assert.InRange(MultivariateMixing.RequiredSize(5, 0.05, 0.95), 8604, 8606); // 8605 in Vats, Flegal and Jones
    }

    [Fact]
    public void Tail_effective_size_of_a_small_array_by_hand()
    {
        // 40 draws: two chains of 20, split in four halves of 10. Values 0..39 dealt so that the lowest two (quantile 5 % = 1.95) both open
        // the first chain; the highest two (quantile 95 % = 37.05) are apart
        double[] first = [0, 1, 12, 13, 14, 15, 16, 17, 18, 19, 38, 21, 22, 23, 24, 25, 26, 27, 28, 29];
        double[] second = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 39, 30, 31, 32, 33, 34, 35, 36, 37, 20];
        // the definition, written out again
        double Size(double[][] halves)
        {
            const int n = 10;
            double[] m = [.. halves.Select(h => h.Sum() / n)];
            double within = halves.Select((h, k) => h.Sum(v => Math.Pow(v - m[k], 2)) / (n - 1)).Sum() / 4,
                between = n * m.Sum(v => Math.Pow(v - m.Average(), 2)) / 3, pooled = within * (n - 1) / n + between / n;
            double Rho(int lag)
            {
                double sum = 0;
                for (int k = 0; k < 4; k++)
                    for (int t = 0; t + lag < n; t++)
                        sum += (halves[k][t] - m[k]) * (halves[k][t + lag] - m[k]) / n;
                return 1 - (within * (n - 1) / n - sum / 4) / pooled;
            }
            double tau = -1, last = double.MaxValue;
            for (int t = 0; t < n / 2; t++)
            {
                double pair = (t == 0 ? 1 : Rho(2 * t)) + Rho(2 * t + 1);
                if (pair <= 0)
                    break;
                last = Math.Min(last, pair);
                tau += 2 * last;
            }
            return 40 / Math.Max(tau, 1 / Math.Log10(40));
        }
        double[][] Indicators(double quantile) => [.. new[] { first[..10], first[10..], second[..10], second[10..] }.Select(h =>
            h.Select(v => v <= quantile ? 1.0 : 0.0).ToArray())];
        double low = Size(Indicators(1.95)), high = Size(Indicators(37.05));
        Assert.True(Math.Abs(low - high) > 1);
        Assert.Equal(Math.Min(low, high), ChainDiagnostics.TailEffectiveSize([first, second]), 1e-10);
    }

    [Fact]
    public void Tails_may_be_known_worse_than_the_middle()
    {
        // independent draws whose scale is a slow two-state process: the middle mixes at once, the tails remember the scale
        double[][] chains = [.. Enumerable.Range(0, 4).Select(c =>
        {
            double[] noise = Autoregressive(0, 5000, (ulong)c), scale = Autoregressive(0.99, 5000, (ulong)c + 100);
            return noise.Zip(scale, (n, s) => s > 0 ? 4 * n : n).ToArray();
        })];
        double bulk = ChainDiagnostics.BulkEffectiveSize(chains), tail = ChainDiagnostics.TailEffectiveSize(chains);
        Assert.InRange(bulk, 15_000, 25_000);
        Assert.True(tail < 0.4 * bulk, $"{tail} of {bulk}");
        // of independent draws both are about all; 5 % tails of 20 000 draws
        double[][] white = [.. Enumerable.Range(0, 4).Select(c => Autoregressive(0, 5000, (ulong)c))];
        Assert.InRange(ChainDiagnostics.TailEffectiveSize(white), 16_000, 24_000);
        Assert.True(double.IsNaN(ChainDiagnostics.TailEffectiveSize([[1, 2]])));
        Assert.Equal(8, ChainDiagnostics.TailEffectiveSize([[2, 2, 2, 2], [2, 2, 2, 2]]));
    }

    [Fact]
    public void Transition_matrix_of_a_known_chain()
    {
        // a replica moves to a neighbour with 0.2 each way on five rungs: eigenvalues 1 - 0.4 (1 - cos(pi k/5)), k = 0..4
        RandomSource random = new(8);
        var history = new List<int[]>();
        int[] rungs = [0, 1, 2, 3, 4];
        for (int t = 0; t < 100_000; t++)
        {
            history.Add([.. rungs]);
            for (int w = 0; w < rungs.Length; w++)
            {
                double u = random.NextDouble();
                rungs[w] = Math.Clamp(rungs[w] + (u < 0.2 ? -1 : u < 0.4 ? 1 : 0), 0, 4);
            }
        }
        RungTransitions transitions = RungTransitions.Of(history, 5);
        double second = 1 - 0.4 * (1 - Math.Cos(Math.PI / 5));
        // an entry of 0.2 from 100 000 visits: 0.0013; five of them
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(1, Enumerable.Range(0, 5).Sum(j => transitions.Matrix[i, j]), 1e-12);
            for (int j = 0; j < 5; j++)
                Assert.Equal(Math.Abs(i - j) == 1 ? 0.2 : i == j ? i is 0 or 4 ? 0.8 : 0.6 : 0, transitions.Matrix[i, j], 0.0065);
        }
        Assert.Equal(second, transitions.SecondEigenvalue, 0.004);
        Assert.Equal(-1 / Math.Log(second), transitions.RelaxationTime, 0.05 * -1 / Math.Log(second));
        Assert.Equal(499_995, transitions.Counts.Cast<long>().Sum());
        // two steps a move: the same time, in steps
        Assert.Equal(transitions.RelaxationTime, RungTransitions.Of(history, 5, lag: 2).RelaxationTime, 0.1 * transitions.RelaxationTime);
    }

    [Fact]
    public void Broken_ladders_never_relax()
    {
        // by hand: rung 0 -> 0 -> 1 and 1 -> 1 -> 0: counts 00:1 01:1 11:1 10:1, so 1/2 everywhere
        RungTransitions even = RungTransitions.Of([[0, 1], [0, 1], [1, 0]], 2);
        Assert.Equal([0.5, 0.5, 0.5, 0.5], even.Matrix.Cast<double>());
        Assert.Equal(0, even.SecondEigenvalue, 1e-12);
        RungTransitions parted = RungTransitions.Of([[0, 1, 2, 3], [1, 0, 3, 2], [0, 1, 3, 2]], 4);
        Assert.Equal(1, parted.SecondEigenvalue);
        Assert.True(double.IsPositiveInfinity(parted.RelaxationTime));
        RungTransitions unvisited = RungTransitions.Of([[0, 1], [1, 0]], 3);
        Assert.Equal([2], unvisited.Unvisited);
        Assert.True(double.IsPositiveInfinity(unvisited.RelaxationTime));
        Assert.Throws<ArgumentException>(() => RungTransitions.Of([[0], [3]], 3));
        Assert.Throws<ArgumentException>(() => RungTransitions.Of([[0]], 3));
    }
}
