using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class TargetedPerturbationTests(ITestOutputHelper output)
{
    // u_0 = |x|^2/2, u_1 = |(x - b)/s|^2/2 in two dimensions: d = -ln(s_0 s_1), and the map x -> s x + b is perfect
    private static readonly double[] s_scale = [0.5, 0.25], s_offset = [3, -2];
    private static readonly double s_exact = -Math.Log(0.5 * 0.25);

    [Fact]
    public void A_perfect_map_makes_every_work_the_answer()
    {
        (double[] zero, double[] one) = Samples(new RandomSource(1), 20, 10);
        var map = new Affine(s_scale, s_offset);
        Assert.All(TargetedPerturbation.ForwardWorks(zero, U0, U1, map), w => Assert.Equal(s_exact, w, 1e-12));
        Assert.All(TargetedPerturbation.ReverseWorks(one, U0, U1, map), w => Assert.Equal(-s_exact, w, 1e-12));
        Bar bar = TargetedPerturbation.TwoSided(zero, one, U0, U1, map);
        Assert.Equal(s_exact, bar.Difference.Value, 1e-12);
        Assert.Equal(0, bar.Difference.StandardError, 1e-12);
        Assert.Equal(s_exact, TargetedPerturbation.OneSided(zero, U0, U1, map).Difference.Value, 1e-12);
        // without the map there is no overlap
        Assert.NotEqual(EstimatorStatus.Converged, TargetedPerturbation.OneSided(zero, U0, U1,
            new Affine([1, 1], [0, 0])).Difference.Status);
    }

    [Fact]
    public void An_imperfect_map_is_exact_too_and_a_wrong_determinant_is_not()
    {
        // the power case: a determinant of another map, in both directions, shifts every answer by the same; z-scores and Check both see it
        foreach ((bool wrong, IConfigurationMap map) in new (bool, IConfigurationMap)[] { (false, new Affine([0.7, 0.3], [2.8, -2.1])),
            (true, new Affine([0.7, 0.3], [2.8, -2.1], 0.1)) })
        {
            double[] two = TwoStateSamples.Z(300, r =>
            {
                (double[] zero, double[] one) = Samples(r, 200, 100);
                FreeEnergyDifference d = TargetedPerturbation.TwoSided(zero, one, U0, U1, map).Difference;
                return (d.Value - s_exact) / d.StandardError;
            });
            double[] single = TwoStateSamples.Z(300, r =>
            {
                FreeEnergyDifference d = TargetedPerturbation.OneSided(Samples(r, 500, 1).Zero, U0, U1, map).Difference;
                return (d.Value - s_exact) / d.StandardError;
            });
            MapCheck check = TargetedPerturbation.Check(Samples(new RandomSource(1), 5, 1).Zero, map);
            output.WriteLine($"{Calibration.Words(two)}; {Calibration.Words(single)}; {check}");
            Assert.Equal(!wrong, Calibration.Holds(two));
            Assert.Equal(!wrong, Calibration.Holds(single));
            Assert.Equal(!wrong, check.Determinant < 1e-6);
            Assert.True(check.RoundTrip < 1e-12 && check.Cancellation < 1e-12); // consistent in itself, and yet wrong
        }
    }

    [Fact]
    public void Check_differentiates_a_curved_map()
    {
        MapCheck check = TargetedPerturbation.Check([0.3, -1, 0.7, 2], new Shear());
        output.WriteLine($"{check}");
        Assert.True(check.Determinant < 1e-6 && check.RoundTrip < 1e-12 && check.Cancellation < 1e-12);
    }

    [Fact]
    public void Clashes_and_bad_input()
    {
        var map = new Affine([1, 1], [0, 0]);
        ReducedPotential wall = (x, u) =>
        {
            for (int i = 0; i < u.Length; i++)
                u[i] = x[2 * i] < 0 ? double.PositiveInfinity : 0;
        }, free = (_, u) => u.Clear(), nan = (_, u) => u.Fill(double.NaN);
        Assert.Equal([0, double.PositiveInfinity], TargetedPerturbation.ForwardWorks([1.0, 0, -1, 0], free, wall, map));
        // a sample that its own state forbids was not drawn from it
        Assert.Contains("sample 1 of the samples of state 1 has the reduced potential",
            Assert.Throws<ArgumentException>(() => TargetedPerturbation.ReverseWorks([1.0, 0, -1, 0], free,
            wall, map)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TargetedPerturbation.ForwardWorks([1.0, 0], free, nan, map));
        Assert.Contains("Coordinate 1 of sample 0",
            Assert.Throws<ArgumentException>(() => TargetedPerturbation.ForwardWorks([1.0, double.NaN], free, wall, map)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TargetedPerturbation.ForwardWorks([1.0, 0, 1], free, wall, map));
        Assert.Contains("log determinant at sample 0", Assert.Throws<ArgumentException>(() => TargetedPerturbation.ForwardWorks([1.0, 0],
            free, wall, new Affine([0, 1], [0,
            0]))).Message, StringComparison.Ordinal);
    }

    private static void U0(ReadOnlySpan<double> x, Span<double> u)
    {
        for (int i = 0; i < u.Length; i++)
            u[i] = 0.5 * (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]);
    }

    private static void U1(ReadOnlySpan<double> x, Span<double> u)
    {
        for (int i = 0; i < u.Length; i++)
            u[i] = 0.5 * (Math.Pow((x[2 * i] - s_offset[0]) / s_scale[0], 2) + Math.Pow((x[2 * i + 1] - s_offset[1]) / s_scale[1], 2));
    }

    private static (double[] Zero, double[] One) Samples(RandomSource random, int zero, int one) =>
        ([.. Enumerable.Range(0, 2 * zero).Select(_ => random.NextNormal())],
            [.. Enumerable.Range(0, 2 * one).Select(i => s_offset[i % 2] + s_scale[i % 2] * random.NextNormal())]);

    /// <summary>y = s x + b; it may lie about its determinant, consistently in both directions.</summary>
    private sealed class Affine(double[] scale, double[] offset, double lie = 0) : IConfigurationMap
    {
        private double Log => Math.Log(scale[0] * scale[1]) + lie;

        public int Dimension => 2;

        public void Forward(ReadOnlySpan<double> x, Span<double> y, Span<double> logDeterminants)
        {
            for (int i = 0; i < x.Length; i++)
                y[i] = offset[i % 2] + scale[i % 2] * x[i];
            logDeterminants.Fill(Log);
        }

        public void Inverse(ReadOnlySpan<double> y, Span<double> x, Span<double> logDeterminants)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] = (y[i] - offset[i % 2]) / scale[i % 2];
            logDeterminants.Fill(-Log);
        }
    }

    /// <summary>(a, b) -> (a exp(sin b), b + 1): ln |det| = sin b.</summary>
    private sealed class Shear : IConfigurationMap
    {
        public int Dimension => 2;

        public void Forward(ReadOnlySpan<double> x, Span<double> y, Span<double> logDeterminants)
        {
            for (int i = 0; i < logDeterminants.Length; i++)
            {
                logDeterminants[i] = Math.Sin(x[2 * i + 1]);
                (y[2 * i], y[2 * i + 1]) = (x[2 * i] * Math.Exp(logDeterminants[i]), x[2 * i + 1] + 1);
            }
        }

        public void Inverse(ReadOnlySpan<double> y, Span<double> x, Span<double> logDeterminants)
        {
            for (int i = 0; i < logDeterminants.Length; i++)
            {
                logDeterminants[i] = -Math.Sin(y[2 * i + 1] - 1);
                (x[2 * i], x[2 * i + 1]) = (y[2 * i] * Math.Exp(logDeterminants[i]), y[2 * i + 1] - 1);
            }
        }
    }
}
