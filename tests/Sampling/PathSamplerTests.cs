using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Sampling;

/// <summary>Windows, works and the verdict on paths between harmonic wells, whose free energies are known.</summary>
public sealed class PathSamplerTests(ITestOutputHelper output)
{
    private const int Size = 3;
    private const double Stiff = 9;

    private static readonly double s_exact = 0.5 * Size * Math.Log(Stiff);

    /// <summary>U(x; t) = k(t)/2 |x - t d|^2, k from 1 to 9, d along each coordinate; so f_1 - f_0 = 3/2 ln 9 for any d.</summary>
    private sealed class Wells(double distance = 0.5, double error = 0) : Potential
    {
        public override string Name => "wells";

        public override string Fingerprint => $"wells {distance} {error}";

        public override int AtomCount => 1;

        public override IReadOnlyList<double> Masses { get; } = [1];

        public override int BlockWidth => 16;

        public override bool IsTranslationInvariant => false;

        public override bool IsScaled => true;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies) =>
            throw new NotSupportedException();

        public override void EvaluateScaledBlock(ReadOnlySpan<float> positions, ReadOnlySpan<double> scales, Span<float> forces,
            Span<double> energies, Span<double> scaledEnergies)
        {
            energies.Clear();
            for (int lane = 0; lane < BlockWidth; lane++)
            {
                double k = Math.Pow(Stiff, scales[lane]);
                for (int row = 0; row < Size; row++)
                {
                    double d = positions[row * BlockWidth + lane] - scales[lane] * distance;
                    energies[lane] += 0.5 * k * d * d;
                    forces[row * BlockWidth + lane] = (float)(-k * d);
                }
                energies[lane] += scales[lane] == 1 ? error : 0;
            }
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => throw new NotSupportedException();
    }

    private static float[] Exact(int end, int count, double distance, RandomSource random)
    {
        double width = end == 0 ? 1 : 1 / Math.Sqrt(Stiff);
        return [.. Enumerable.Range(0, count * Size).Select(_ => (float)(end * distance + width * random.NextNormal()))];
    }

    private static double[] Times(int count) => [.. Enumerable.Range(0, count).Select(k => k / (count - 1.0))];

    private static (WindowEstimate Windows, PathWorks Forward, PathWorks Backward) Sample(Potential path, double distance, int windows,
        int steps, ulong seed, int works = 64, int draws = 80)
    {
        var sampler = new PathSampler(path);
        var random = new RandomSource(seed);
        double[] times = Times(windows), along = Times(steps + 1), sizes = [.. along.Select(t => 0.3 * Math.Pow(Stiff, -t / 2))];
        const int sets = 8;
        float[] starts = [.. Enumerable.Range(0, sets).SelectMany(m => Enumerable.Range(0, windows).SelectMany(k => Exact(m % 2, 1,
            distance, random.Split(m).Split(k))))];
        PathWindows sampled = sampler.Windows(starts, times, [.. times.Select(t => 0.3 * Math.Pow(Stiff, -t / 2))], draws / 2, draws, 2,
            random.Split("windows"));
        return (WindowEstimate.Of(sampled), sampler.Switch(Exact(0, works, distance, random.Split("0")), along, sizes, 1, false,
            random.Split("forward")), sampler.Switch(Exact(1, works, distance, random.Split("1")), along, sizes, 1, true,
            random.Split("backward")));
    }

    private static PathCertificate Certify((WindowEstimate Windows, PathWorks Forward, PathWorks Backward) s, double sign = 1) =>
        new(new(s_exact + 5, 0.01), s.Windows, new(s.Forward.Works, [.. s.Backward.Works.Select(w => sign * w)]));

    [Fact]
    public void Errors_of_windows_and_works_are_what_they_claim()
    {
        double[] windows = new double[40], works = new double[40];
        for (int n = 0; n < windows.Length; n++)
        {
            var sampled = Sample(new Wells(), 0.5, 4, 12, (ulong)n + 1);
            windows[n] = (sampled.Windows.Difference.Value - s_exact) / sampled.Windows.Difference.StandardError;
            Bar bar = new NonequilibriumWork(sampled.Forward.Works, sampled.Backward.Works).Crooks();
            works[n] = (bar.Difference.Value - s_exact) / bar.Difference.StandardError;
        }
        output.WriteLine($"windows {Calibration.Words(windows)}; works {Calibration.Words(works)}");
        // the windows' error is the larger of two, so z varies less than 1
        Assert.True(Calibration.Holds(windows, 0.1, 0.35) && Calibration.Holds(works));
        Assert.False(Calibration.Holds([.. works.Select(z => z + 2)]));
    }

    [Fact]
    public void Nothing_depends_on_threads_and_calls_are_counted()
    {
        double[] times = Times(4);
        PathWindows[] runs = [.. new[] { 1, 3 }.Select(threads => new PathSampler(new Wells(), threads: threads).Windows(Exact(0, 40, 0.5,
            new RandomSource(2)), times, [0.3, 0.2, 0.2, 0.1], 10, 8, 2, new RandomSource(3)))];
        Assert.Equal(runs[0].Reduced, runs[1].Reduced);
        // 40 walkers: at first; 26 moves of 5 steps, and an exchange each; 8 draws in 4 windows
        Assert.Equal(40 * (1 + 26 * 6 + 8 * 4), runs[0].Evaluations);
        double[] along = Times(5);
        PathWorks works = new PathSampler(new Wells()).Switch(Exact(0, 40, 0.5, new RandomSource(2)), along, along, 2, false,
            new RandomSource(3));
        Assert.Equal(40 * (1 + 4 + 3 * 2 * 5), works.Evaluations);
    }

    [Fact]
    public void The_verdict_is_ok_where_two_unbiased_estimates_agree_and_tells_the_plain_ones_bias()
    {
        PathCertificate c = Certify(Sample(new Wells(), 0.5, 4, 12, 7));
        output.WriteLine(string.Join("; ", c.Reasons));
        Assert.Equal(PathVerdict.Ok, c.Verdict);
        Assert.Same(c.Windows, c.Best);
        Assert.True(Math.Abs(c.Bias!.Value.Value - 5) < 0.5);
    }

    [Fact]
    public void A_wrong_sign_or_another_end_point_is_never_ok()
    {
        var sampled = Sample(new Wells(), 0.5, 4, 12, 8, 256);
        Assert.NotEqual(PathVerdict.Ok, Certify(sampled, -1).Verdict);
        // works along a path that ends 2 kT higher: both stand, and disagree
        var (_, forward, backward) = Sample(new Wells(0.5, 2), 0.5, 4, 12, 8, 256);
        PathCertificate other = Certify((sampled.Windows, forward, backward));
        output.WriteLine(string.Join("; ", other.Reasons));
        Assert.Equal(PathVerdict.Failed, other.Verdict);
        Assert.Contains("disagree", other.Reasons[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_that_do_not_overlap_fail_and_one_estimate_alone_is_partial()
    {
        PathCertificate apart = Certify(Sample(new Wells(40), 40, 3, 4, 9));
        output.WriteLine(string.Join("; ", apart.Reasons));
        Assert.Equal(PathVerdict.Failed, apart.Verdict);
        Assert.Null(apart.Best);
        Assert.Null(apart.Bias);
        // enough windows, and works that are too few steps apart
        PathCertificate half = Certify(Sample(new Wells(6), 6, 20, 2, 10, draws: 240));
        output.WriteLine(string.Join("; ", half.Reasons));
        Assert.Equal(PathVerdict.Partial, half.Verdict);
        Assert.True(Math.Abs(half.Best!.Value - s_exact) < 4 * half.Best.StandardError);
    }
}
