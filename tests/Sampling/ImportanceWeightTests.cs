using MolSampling.Sampling.Diagnostics;
using static MolSampling.Tests.Sampling.TestSeries;

namespace MolSampling.Tests.Sampling;

public sealed class ImportanceWeightTests
{
    [Fact]
    public void Equal_weights_are_worth_all_draws()
    {
        ImportanceWeights weights = new(Enumerable.Repeat(-1234.5, 500).ToArray());
        Assert.Equal(500, weights.EffectiveSize, 1e-9);
        Assert.Equal(500, weights.Perplexity, 1e-9);
        Assert.Equal(0.002, weights.LargestShare, 1e-15);
        Assert.Equal(-1234.5, weights.LogMean.Value, 1e-12);
        Assert.Equal(0, weights.LogMean.StandardError, 1e-9);
        Assert.Equal(new Estimate(-1234.5, 0), weights.Elbo);
        Assert.True(double.IsNegativeInfinity(weights.Tail.Shape) && weights.Tail.IsReliable);
        Assert.Throws<InvalidOperationException>(() => weights.Smooth());
    }

    [Fact]
    public void Four_weights_by_hand()
    {
        // 1 2 4 and 0: sum 7, squares 21; shares 1/7 2/7 4/7; mean 7/4
        ImportanceWeights weights = new([0, Math.Log(2), Math.Log(4), double.NegativeInfinity]);
        Assert.Equal(1, weights.Outside);
        Assert.Equal(49.0 / 21, weights.EffectiveSize, 1e-12);
        Assert.Equal(4.0 / 7, weights.LargestShare, 1e-14);
        Assert.Equal(Math.Exp(-(Math.Log(1 / 7.0) + 2 * Math.Log(2 / 7.0) + 4 * Math.Log(4 / 7.0)) / 7), weights.Perplexity, 1e-12);
        Assert.Equal(Math.Log(1.75), weights.LogMean.Value, 1e-14);
        // variance of 1 2 4 0 is (0.5625 + 0.0625 + 5.0625 + 3.0625)/3 = 35/12; sd of the mean over the mean: sqrt(35/48)/1.75
        Assert.Equal(Math.Sqrt(35.0 / 48) / 1.75, weights.LogMean.StandardError, 1e-12);
        Assert.True(double.IsNegativeInfinity(weights.Elbo.Value));
        Assert.True(double.IsNaN(weights.Tail.Shape) && !weights.Tail.IsReliable);
    }

    [Fact]
    public void Nothing_that_is_not_a_weight_passes()
    {
        string message = Assert.Throws<ArgumentException>(() =>
            new ImportanceWeights([0, double.PositiveInfinity, double.NaN, double.NaN])).Message;
        Assert.Contains("2 are NaN and 1 +infinity", message, StringComparison.Ordinal);
        Assert.Contains("logWeights[1]", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ImportanceWeights([double.NegativeInfinity, double.NegativeInfinity]));
        Assert.Throws<ArgumentException>(() => new ImportanceWeights([]));
        Assert.Contains("logWeights[2]",
            Assert.Throws<ArgumentException>(() => new ForwardWeights([0, double.PositiveInfinity, double.NegativeInfinity])).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ForwardWeights([]));
        Assert.Throws<ArgumentException>(() => new ForwardWeights([0], double.NaN));
    }

    [Theory]
    [InlineData(-0.3)]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(1.2)]
    public void Shape_of_exact_Pareto_tails_is_found(double k)
    {
        // generalised Pareto by inversion, x = (u^-k - 1)/k. The likelihood's standard deviation of k-hat is about (1 + k)/sqrt(M); the
        // prior draws by 10 (0.5 - k)/(M + 10). Five deviations: one false alarm in two million
        const int m = 5000;
        RandomSource random = new((ulong)(1000 + 100 * k));
        double[] x = [.. Enumerable.Range(0, m).Select(_ => 3 * (Math.Pow(random.NextDouble(), -k) - 1) / k).Order()];
        (double shape, double scale) = ParetoTail.Fit(x);
        double deviation = (1 + k) / Math.Sqrt(m);
        Assert.True(Math.Abs(shape - k) < 5 * deviation + 10 * Math.Abs(0.5 - k) / m, $"{shape} is not {k}");
        Assert.Equal(1, scale / 3, 5 * Math.Sqrt(2 * (1 + k) / m));
    }

    [Theory]
    [InlineData(0.3, true)]
    [InlineData(0.7, null)]
    [InlineData(1.2, false)]
    public void Weights_with_a_Pareto_tail_are_judged(double k, bool? reliable)
    {
        // w = u^-k is Pareto throughout, so exceedances over any threshold are exactly generalised Pareto of shape k: M = 3 sqrt(S) = 1342
        const int draws = 200_000;
        RandomSource random = new(7);
        ImportanceWeights weights = new(Enumerable.Range(0, draws).Select(_ => -k * Math.Log(random.NextDouble()) - 50).ToArray());
        Assert.Equal((int)Math.Ceiling(3 * Math.Sqrt(draws)), weights.Tail.TailSize);
        Assert.Equal(k, weights.Tail.Shape, 5 * (1 + k) / Math.Sqrt(weights.Tail.TailSize));
        Assert.Equal(0.7, weights.Tail.Limit); // 1 - 1/log10(200 000) is larger
        if (reliable is bool known)
            Assert.Equal(known, weights.Tail.IsReliable);
        Assert.Equal(weights.Tail, ParetoTail.Of(weights.LogWeights));
        // E w = 1/(1 - k): known within five errors where the variance exists (k < 1/2), and known to be unreliable where the mean does not
        if (k < 0.5)
            Assert.True(Math.Abs(weights.LogMean.Value + 50 + Math.Log(1 - k)) < 5 * weights.LogMean.StandardError);
    }

    [Fact]
    public void Smoothing_keeps_all_but_the_tail_and_stays_below_the_largest()
    {
        RandomSource random = new(3);
        ImportanceWeights raw = new(Enumerable.Range(0, 10_000).Select(_ => -0.6 * Math.Log(random.NextDouble())).ToArray()),
            smooth = raw.Smooth();
        int changed = 0;
        double largest = double.NegativeInfinity;
        for (int i = 0; i < raw.Count; i++)
        {
            changed += raw.LogWeights[i] != smooth.LogWeights[i] ? 1 : 0;
            largest = Math.Max(largest, raw.LogWeights[i]);
            Assert.True(raw.LogWeights[i] > raw.Tail.LogThreshold || raw.LogWeights[i] == smooth.LogWeights[i]);
        }
        Assert.InRange(changed, raw.Tail.TailSize - 1, raw.Tail.TailSize);
        Assert.All(smooth.LogWeights.ToArray(), w => Assert.True(w <= largest));
        // E w = 1/(1 - 0.6) = 2.5; of k = 0.6 the raw mean has no variance, the smoothed one lies within 5 % at this size
        Assert.Equal(2.5, Math.Exp(smooth.LogMean.Value), 0.125);
        // order statistics of the fitted law: the median of the tail stays about where it was
        double Median(ImportanceWeights w) => w.LogWeights.ToArray().Order().ElementAt(raw.Count - raw.Tail.TailSize / 2);
        Assert.Equal(Median(raw), Median(smooth), 0.1);
    }

    [Fact]
    public void Clipping_is_asked_for_and_shown_beside()
    {
        ImportanceWeights weights = new([.. Enumerable.Repeat(0.0, 96), 1, 2, 3, 10]);
        ClippedWeights clip = weights.Clip(0.03); // 2, 3 and 10 become 2
        Assert.Same(weights, clip.Unclipped);
        Assert.Equal((3, 2.0), (clip.Count, clip.LogCeiling));
        Assert.Equal(Math.Log((96 + Math.E + 3 * Math.Exp(2)) / 100), clip.Clipped.LogMean.Value, 1e-12);
        Assert.True(clip.Clipped.EffectiveSize > 20 * clip.Unclipped.EffectiveSize);
        Assert.Same(weights, weights.Clip(0.001).Clipped); // a tenth of a draw is none
        Assert.Equal(0, weights.Clip(0.001).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => weights.Clip(1));
        Assert.Throws<ArgumentException>(() => new ImportanceWeights([0, double.NegativeInfinity, double.NegativeInfinity]).Clip(0.9));
    }

    [Fact]
    public void Gaussians_are_known_in_closed_form()
    {
        // q = N(0, 1); p~ = Z N(m, s^2), log Z = 3. KL of Gaussians in closed form; r = 1/s^2:
        //   E_q[log w] = log Z - KL(q||p), KL(q||p) = ln s + (1 + m^2) r/2 - 1/2;   E_p[log w] = log Z + KL(p||q), KL(p||q) = -ln s + (s^2 + m^2)/2 - 1/2
        //   E_q[w^2]/Z^2 = int p^2/q = exp(m^2/(2 - s^2))/(s sqrt(2 - s^2)) for s^2 < 2
        const double m = 0.4, s = 0.8, logZ = 3;
        const int draws = 100_000;
        double Log(double x) => logZ - Math.Log(s) - 0.5 * (x - m) * (x - m) / (s * s) + 0.5 * x * x;
        RandomSource random = new(11);
        ImportanceWeights reverse = new(Array.ConvertAll(Normals(draws, 0, 1, random), Log));
        ForwardWeights forward = new(Array.ConvertAll(Normals(draws, m, s, random), Log));
        double toTarget = Math.Log(s) + (1 + m * m) / (2 * s * s) - 0.5, toProposal = -Math.Log(s) + (s * s + m * m) / 2 - 0.5;
        double effective = s * Math.Sqrt(2 - s * s) * Math.Exp(-m * m / (2 - s * s));

        // five errors each; one false alarm in two million
        void Near(double expected, Estimate estimate)
        {
            Assert.InRange(estimate.StandardError, 1e-5, 0.02);
            Assert.True(Math.Abs(estimate.Value - expected) < 5 * estimate.StandardError, $"{estimate} is not {expected}");
        }
        Near(logZ, reverse.LogMean);
        Near(logZ - toTarget, reverse.Elbo);
        Near(logZ + toProposal, forward.Eubo);
        Near(effective, forward.EffectiveFraction);
        Near(logZ, forward.LogZ);
        Assert.Equal(effective, reverse.EffectiveFraction, 0.01);
        Assert.Equal(effective, forward.EffectiveFractionGiven(logZ), 0.01);
        Assert.True(reverse.Tail.IsReliable);
        // the log-normal interval and the bootstrap agree, and the bootstrap is the same on every call
        Interval normal = reverse.LogMeanInterval(0.95), bootstrap = reverse.LogMeanBootstrap(0.95, 400, new RandomSource(1));
        Assert.Equal(2 * 1.959964 * reverse.LogMean.StandardError, normal.High - normal.Low, 1e-6);
        Assert.Equal(1, (bootstrap.High - bootstrap.Low) / (normal.High - normal.Low), 0.2); // 400 resamples: an end to about 7 %
        Assert.Equal(bootstrap, reverse.LogMeanBootstrap(0.95, 400, new RandomSource(1)));

        EvidenceBounds bounds = EvidenceBounds.Of(reverse, forward);
        Assert.True(bounds.AreOrdered());
        Near(toTarget + toProposal, bounds.Gap);
        // the power: a forward side with another normalisation is found out
        Assert.False(EvidenceBounds.Of(reverse, new(forward.LogWeights.ToArray().Select(w => w - 1).ToArray())).AreOrdered());
    }

    [Fact]
    public void Standard_errors_cover()
    {
        // 300 runs of 1000: |deviation| beyond two errors in 4.6 % of Gaussian cases, 14 of 300; the bound 35 is six binomial deviations
        // above. Correlated by repetition, g = 4, and said so
        const double m = 0.5;
        double Log(double x) => m * x - 0.5 * m * m; // q = N(0, 1), p = N(m, 1), Z = 1
        int logZ = 0, elbo = 0, eubo = 0, ess = 0, naive = 0, interval = 0;
        for (ulong run = 0; run < 300; run++)
        {
            RandomSource random = new(run);
            ImportanceWeights reverse = new(Array.ConvertAll(Normals(1000, 0, 1, random), Log));
            double[] chain = [.. Normals(1000, m, 1, random).SelectMany(x => Enumerable.Repeat(Log(x), 4))];
            ForwardWeights forward = new(chain, inefficiency: 4), careless = new(chain);
            static int Beyond(double truth, Estimate e) => Math.Abs(e.Value - truth) > 2 * e.StandardError ? 1 : 0;
            logZ += Beyond(0, reverse.LogMean);
            elbo += Beyond(-0.5 * m * m, reverse.Elbo);
            eubo += Beyond(0.5 * m * m, forward.Eubo);
            ess += Beyond(Math.Exp(-m * m), forward.EffectiveFraction); // E_q[w^2] = exp(m^2)
            naive += Beyond(0.5 * m * m, careless.Eubo);
            Interval bootstrap = reverse.LogMeanBootstrap(0.9, 200, random);
            interval += bootstrap.Low > 0 || bootstrap.High < 0 ? 1 : 0;
        }
        Assert.InRange(logZ, 0, 35);
        Assert.InRange(elbo, 0, 35);
        Assert.InRange(eubo, 0, 35);
        Assert.InRange(ess, 0, 35);
        Assert.InRange(interval, 5, 62); // 10 %: 30, and the percentile of 200 adds a little
        Assert.True(naive > 60, $"{naive}"); // errors half as large: 32 % are beyond
    }

    [Fact]
    public void A_missed_mode_shows_from_the_targets_side_alone()
    {
        // target: half N(-5, 1), half N(5, 1), Z = 1; proposal N(-5, 1)
        static double Log(double x) => Math.Log(0.5 + 0.5 * Math.Exp(10 * x)); // N(5)/N(-5) = exp(10 x)
        RandomSource random = new(21);
        const int draws = 20_000;
        ImportanceWeights reverse = new(Array.ConvertAll(Normals(draws, -5, 1, random), Log));
        ForwardWeights forward = new([.. Normals(draws / 2, -5, 1, random).Select(Log), .. Normals(draws / 2, 5, 1, random).Select(Log)]);
        Assert.True(reverse.EffectiveFraction > 0.99); // all is well, it says
        Assert.Equal(-Math.Log(2), reverse.LogMean.Value, 0.02); // with half of Z missing
        Assert.Equal(-Math.Log(2), reverse.Elbo.Value, 0.01);
        Assert.True(forward.EffectiveFraction.Value < 1e-10);
        Assert.Equal(0.5 * (10 * 5 - Math.Log(2)) - 0.5 * Math.Log(2), forward.Eubo.Value, 1.0); // KL(p||q): about 25
        Assert.True(EvidenceBounds.Of(reverse, forward).Gap.Value > 24);

        ForwardWeights uncovered = new([0.5, double.PositiveInfinity]);
        Assert.Equal(1, uncovered.Uncovered);
        Assert.Equal(0, uncovered.EffectiveFraction.Value);
        Assert.True(double.IsPositiveInfinity(uncovered.Eubo.Value));
        Assert.Equal(0.5 + Math.Log(2), uncovered.LogZ.Value, 1e-14); // -log((e^-0.5 + 0)/2)
        Assert.True(EvidenceBounds.Of(reverse, uncovered).AreOrdered());
    }
}
