using MathNet.Numerics.LinearAlgebra;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Sampling;

public sealed class MbarTests(ITestOutputHelper output)
{
    // harmonic oscillators u_k(x) = K_k/2 (x - O_k)^2 (kT): f_k = ln(K_k)/2 up to a constant
    private static readonly double[] s_stiffness = [25, 16, 9, 4, 1], s_offset = [0, 0.3, 0.6, 1.0, 1.5];

    [Fact]
    public void Errors_are_calibrated_on_harmonic_oscillators()
    {
        // 200 seeds, z = (estimate - exact)/error for every pair of neighbours and both ends. A mean of z has standard deviation
        // 1/sqrt(200) = 0.07, its variance 2/sqrt(400) = 0.1: five of these are a false alarm in 2e6.
        foreach ((int from, int to) in new[] { (0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (4, 1) })
        {
            double exact = 0.5 * Math.Log(s_stiffness[to] / s_stiffness[from]);
            double[] z = [.. Enumerable.Range(0, 200).Select(seed => Solve((ulong)seed, [400, 100, 400, 300, 400]).Difference(from,
                to)).Select(d => (d.Value - exact) / d.StandardError)];
            (double mean, double variance) = Moments(z);
            output.WriteLine($"{from} -> {to}: mean z {mean:f3}, variance {variance:f3}");
            Assert.InRange(mean, -0.36, 0.36);
            Assert.InRange(variance, 0.5, 1.5);
        }
    }

    [Fact]
    public void A_wrong_sample_count_shows_in_the_scores()
    {
        // the power of the test above: one state's energies off by 0.2 kT (as a wrong temperature or a lost constant would make them) moves
        // the mean score far outside
        double exact = 0.5 * Math.Log(s_stiffness[4] / s_stiffness[0]);
        double[] z = [.. Enumerable.Range(0, 50).Select(seed =>
        {
            (double[] u, int[] counts) = Samples((ulong)seed, [400, 100, 400, 300, 400]);
            for (int n = 0; n < u.Length / 5; n++)
                u[4 * (u.Length / 5) + n] *= 0.8;
            FreeEnergyDifference d = Mbar.Solve(new(u, counts)).Difference(0, 4);
            return (d.Value - exact) / d.StandardError;
        })];
        Assert.True(Math.Abs(Moments(z).Mean) > 1);
    }

    [Fact]
    public void Covariances_equal_the_paper_s_formula()
    {
        // eq. (8): Theta = W^T (1 - W N W^T)^+ W with the N x N matrix formed and inverted as it stands
        (double[] u, int[] counts) = Samples(11, [30, 0, 25, 1, 40]);
        Mbar mbar = Mbar.Solve(new(u, counts));
        int samples = counts.Sum();
        double[] f = [.. mbar.LastIterate];
        Matrix<double> w = Matrix<double>.Build.Dense(samples, 5, (n, k) =>
            Math.Exp(f[k] - u[k * samples + n] - LogSum([.. Enumerable.Range(0, 5).Select(l => Math.Log(counts[l])
            + f[l] - u[l * samples + n])])));
        Matrix<double> middle =
            Matrix<double>.Build.DenseIdentity(samples) - w * Matrix<double>.Build.DenseOfDiagonalArray([.. counts.Select(c =>
            (double)c)]) * w.Transpose();
        Matrix<double> theta = w.Transpose() * middle.PseudoInverse() * w;
        for (int k = 0; k < 5; k++)
            for (int l = 0; l < k; l++)
                Assert.Equal(Math.Sqrt(theta[k, k] - 2 * theta[k, l] + theta[l, l]), mbar.Difference(k, l).StandardError, 1e-9);

        // an observable that changes sign: the influence W (a - mean) in the same formula
        double[] a = [.. Enumerable.Range(0, samples).Select(n => Math.Sin(n))],
            u2 = [.. Enumerable.Range(0, samples).Select(n => u[2 * samples + n])];
        double mean = Enumerable.Range(0, samples).Sum(n => w[n, 2] * a[n]);
        Vector<double> x = Vector<double>.Build.Dense(samples, n => w[n, 2] * (a[n] - mean));
        Estimate estimate = mbar.Expectation(u2, a);
        Assert.Equal(mean, estimate.Value, 1e-12);
        Assert.Equal(Math.Sqrt(x * (middle.PseudoInverse() * x)), estimate.StandardError, 1e-9);
    }

    [Fact]
    public void Means_and_profiles_have_calibrated_errors_at_a_state_without_samples()
    {
        // state K = 6, O = 0.8 was never sampled: <x> = 0.8, and between bins [0, 0.2) and [0.6, 1.0) the free energy differs by -ln of a
        // ratio of error functions. 200 seeds, limits as above.
        double Density(double a, double b) =>
            0.5 * (MathNet.Numerics.SpecialFunctions.Erf((b - 0.8) * Math.Sqrt(3)) - MathNet.Numerics.SpecialFunctions.Erf((a - 0.8) * Math.Sqrt(3)));
        double exact = Math.Log(Density(0.6, 1.0) / 0.4) - Math.Log(Density(0, 0.2) / 0.2);
        var means = new List<double>();
        var profiles = new List<double>();
        for (int seed = 0; seed < 200; seed++)
        {
            (double[] u, int[] counts, double[] x) = SamplesWithPositions((ulong)seed, [200, 200, 200, 200, 200]);
            Mbar mbar = Mbar.Solve(new(u, counts));
            double[] u6 = [.. x.Select(v => 3 * (v - 0.8) * (v - 0.8))];
            Estimate mean = mbar.Expectation(u6, x);
            means.Add((mean.Value - 0.8) / mean.StandardError);
            FreeEnergyProfile profile = mbar.Profile(u6, x, [0, 0.2, 0.6, 1.0]);
            Assert.Equal(2, profile.Lowest);
            profiles.Add((profile.Values[0]!.Value.Value - exact) / profile.Values[0]!.Value.StandardError);
        }
        foreach (double[] z in new[] { means.ToArray(), profiles.ToArray() })
        {
            (double average, double variance) = Moments(z);
            output.WriteLine($"mean z {average:f3}, variance {variance:f3}");
            Assert.InRange(average, -0.36, 0.36);
            Assert.InRange(variance, 0.5, 1.5);
        }
    }

    [Fact]
    public void An_empty_bin_has_no_free_energy()
    {
        (double[] u, int[] counts, double[] x) = SamplesWithPositions(1, [200, 200, 200, 200, 200]);
        FreeEnergyProfile profile = Mbar.Solve(new(u, counts)).Profile(u.AsSpan(0, counts.Sum()), x, [-0.5, 0.5, 90, 91]);
        Assert.Null(profile.Values[2]);
        Assert.Equal(0, profile.Values[profile.Lowest]!.Value.StandardError);
    }

    [Fact]
    public void A_state_without_samples_is_still_estimated()
    {
        FreeEnergyDifference d = Solve(3, [2000, 2000, 0, 2000, 2000]).Difference(0, 2);
        Assert.True(Math.Abs(d.Value - 0.5 * Math.Log(s_stiffness[2] / s_stiffness[0])) < 5 * d.StandardError);
        Assert.True(d.StandardError < 0.03);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1e5)]
    [InlineData(-1e5)]
    public void The_solution_satisfies_the_self_consistent_equations(double shift)
    {
        (double[] u, int[] counts) = Samples(7, [50, 1, 120, 30, 80]);
        for (int n = 0; n < u.Length / 5; n++)
            u[4 * (u.Length / 5) + n] += shift; // a state whose energies have another zero
        Mbar mbar = Mbar.Solve(new(u, counts));
        Assert.Equal(EstimatorStatus.Converged, mbar.Status);
        double[] f = [.. mbar.FreeEnergies];
        int samples = counts.Sum();
        double[] next = new double[5];
        for (int i = 0; i < 5; i++)
        {
            double[] logs = new double[samples];
            for (int n = 0; n < samples; n++)
                logs[n] = -u[i * samples + n] - LogSum([.. Enumerable.Range(0, 5).Select(k => Math.Log(counts[k])
                    + f[k] - u[k * samples + n])]);
            next[i] = -LogSum(logs);
        }
        for (int i = 0; i < 5; i++)
            Assert.Equal(f[i], next[i] - next[0], 1e-12 * Math.Max(1, 10 * Math.Abs(shift)));
        Assert.Equal(0, f[0]);
    }

    [Fact]
    public void The_order_of_states_does_not_matter()
    {
        // the windows of a ladder given in an order in which neighbours do not overlap
        double[] offsets = [.. Enumerable.Range(0, 12).Select(k => 0.9 * k)];
        int[] order = [5, 0, 11, 3, 8, 1, 10, 6, 2, 9, 4, 7];
        double[] f = [.. Mbar.Solve(Ladder(offsets)).FreeEnergies],
            shuffled = [.. Mbar.Solve(Ladder([.. order.Select(k => offsets[k])])).FreeEnergies];
        for (int i = 0; i < order.Length; i++)
            Assert.Equal(f[order[i]] - f[order[0]], shuffled[i], 0.6); // other random numbers: the errors of the ends are about 0.1
        Assert.Equal(EstimatorStatus.Converged, Mbar.Solve(Ladder([.. order.Select(k => offsets[k])])).Status);
    }

    [Fact]
    public void Weak_links_are_solved_to_the_last_digits()
    {
        // Two states that share hardly any sample: the equation of the link, sum of flows one way = sum of flows the other, is solved here
        // by bisection in log space, which loses nothing
        double[] offsets = [0, 7.5];
        ReducedPotentials table = Ladder(offsets);
        Mbar mbar = Mbar.Solve(table);
        double low = -50, high = 50;
        double[] forward = [.. Enumerable.Range(0, 300).Select(n => table.Of(0, 1)[n] - table.Of(0, 0)[n])],
            reverse = [.. Enumerable.Range(0, 300).Select(n => table.Of(1, 0)[n] - table.Of(1, 1)[n])];
        for (int i = 0; i < 200; i++)
        {
            double c = 0.5 * (low + high);
            if (LogSum([.. forward.Select(w => -LogSum([0, w - c]))]) < LogSum([.. reverse.Select(w => -LogSum([0, w + c]))]))
                low = c;
            else
                high = c;
        }
        output.WriteLine($"{mbar.LastIterate[1]:r} {low:r} ± {mbar.StandardErrors[1]:g3}");
        Assert.True(mbar.StandardErrors[1] > 3);
        Assert.Equal(low, mbar.LastIterate[1], 1e-11);
    }

    [Fact]
    public void Weights_of_a_state_reproduce_its_averages_and_sum_to_one()
    {
        (double[] u, int[] counts) = Samples(9, [4000, 4000, 4000, 4000, 4000]);
        int samples = counts.Sum();
        Mbar mbar = Mbar.Solve(new(u, counts));
        double[] logWeights = mbar.LogWeights(u.AsSpan(0, samples));
        Assert.Equal(1, logWeights.Sum(Math.Exp), 1e-10);
        // <u_0> in state 0 is 1/2 kT
        double mean = Enumerable.Range(0, samples).Sum(n => Math.Exp(logWeights[n]) * u[n]);
        Assert.Equal(0.5, mean, 0.03);
    }

    [Fact]
    public void Statistical_inefficiency_weighs_samples()
    {
        // every sample given g_k times with inefficiency g_k is the same information
        (double[] u, int[] counts) = Samples(5, [60, 40, 80, 50, 30]);
        int[] g = [1, 2, 3, 2, 4];
        Mbar once = Mbar.Solve(new(u, counts)), repeated = Mbar.Solve(Repeated(u, counts, g), [.. g.Select(v => (double)v)]);
        for (int k = 0; k < 5; k++)
        {
            Assert.Equal(once.FreeEnergies[k], repeated.FreeEnergies[k], 1e-12);
            Assert.Equal(once.StandardErrors[k], repeated.StandardErrors[k], 1e-12);
        }
        Assert.Equal(once.Overlap.Scalar, repeated.Overlap.Scalar, 1e-12);
        // with one g for all, errors grow by its root
        Mbar doubled = Mbar.Solve(new(u, counts), [4, 4, 4, 4, 4]);
        Assert.Equal(2 * once.StandardErrors[4], doubled.StandardErrors[4], 1e-12);
    }

    [Fact]
    public void Bootstrap_agrees_with_the_asymptotic_error_and_is_reproducible()
    {
        // the standard deviation of 300 repetitions is known to 1/sqrt(600) = 4 %; five of these
        Mbar mbar = Solve(13, [400, 400, 400, 400, 400]);
        MbarBootstrap bootstrap = mbar.Bootstrap(300, new RandomSource(1));
        Assert.Equal(300, bootstrap.Solutions.Count);
        double ratio = bootstrap.StandardError(0, 4) / mbar.Difference(0, 4).StandardError;
        output.WriteLine($"ratio {ratio:f3}");
        Assert.InRange(ratio, 0.8, 1.2);
        Assert.Equal(bootstrap.Solutions[17], mbar.Bootstrap(18, new RandomSource(1)).Solutions[17]);
        (double low, double high) = bootstrap.Interval(0, 4, 0.95);
        Assert.True(low < mbar.FreeEnergies[4] && mbar.FreeEnergies[4] < high);
    }

    [Fact]
    public void Bootstrap_of_correlated_samples_draws_blocks()
    {
        // An autoregressive series with g = 9 in two harmonic states; the error of blocks of 54 must be near that of effective counts, far
        // from that of single draws (three times smaller).
        const double phi = 0.8;
        const int count = 5000;
        var random = new RandomSource(3).Split("blocks");
        double[] u = new double[4 * count];
        double state = 0;
        for (int n = 0; n < 2 * count; n++)
        {
            state = phi * state + Math.Sqrt(1 - phi * phi) * random.NextNormal();
            double x = state + (n < count ? 0 : 1);
            (u[n], u[2 * count + n]) = (0.5 * x * x, 0.5 * (x - 1) * (x - 1));
        }
        double inefficiency = (1 + phi) / (1 - phi);
        Mbar mbar = Mbar.Solve(new(u, [count, count]), [inefficiency, inefficiency]);
        double ratio = mbar.Bootstrap(200, new RandomSource(4)).StandardError(0, 1) / mbar.Difference(0, 1).StandardError;
        output.WriteLine($"ratio {ratio:f3}");
        Assert.InRange(ratio, 0.7, 1.3);
    }

    [Fact]
    public void Overlap_rows_sum_to_one_and_identical_states_share_everything()
    {
        OverlapMatrix overlap = Solve(2, [300, 0, 100, 200, 300]).Overlap;
        for (int k = 0; k < 5; k++)
            Assert.Equal(1, Enumerable.Range(0, 5).Sum(l => overlap.Values[k, l]), 1e-12);
        Assert.InRange(overlap.Scalar, 0.001, 0.999);
        OverlapMatrix same = Mbar.Solve(Ladder([1, 1, 1])).Overlap;
        Assert.Equal(1, same.Scalar, 1e-12);
        Assert.Equal(1.0 / 3, same.Values[0, 2], 1e-12);
    }

    [Fact]
    public void Many_samples_and_states_are_solved_in_the_same_way_twice()
    {
        ReducedPotentials table = Ladder([.. Enumerable.Range(0, 37).Select(k => 0.2 * k)]);
        Assert.Equal(Mbar.Solve(table).FreeEnergies, Mbar.Solve(table).FreeEnergies);
    }

    [Fact]
    public void States_without_overlap_are_named_and_give_no_weights()
    {
        // two states whose samples are 1e4 kT apart in each other's eyes
        double[] u = [0, 0.1, 0.2, 1e4, 1e4, 1e4, 1e4, 1e4, 1e4, 0, 0.1, 0.2];
        Mbar mbar = Mbar.Solve(new(u, [3, 3], ["free", "bound"]));
        Assert.Equal(EstimatorStatus.NoOverlap, mbar.Status);
        Assert.Contains("free with bound", mbar.Reason, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => mbar.LogWeights(u.AsSpan(0, 6)));
        Assert.Throws<InvalidOperationException>(() => mbar.FreeEnergies);
        Assert.Throws<InvalidOperationException>(() => mbar.Difference(0, 1).Value);
    }

    [Fact]
    public void Connected_parts_keep_their_differences()
    {
        Mbar mbar = Mbar.Solve(Ladder([0, 0.5, 1, 40, 40.5]));
        Assert.Equal(EstimatorStatus.NoOverlap, mbar.Status);
        Assert.Contains("state 0, state 1, state 2 with state 3, state 4", mbar.Reason, StringComparison.Ordinal);
        FreeEnergyDifference within = mbar.Difference(3, 4), across = mbar.Difference(2, 3);
        Assert.True(Math.Abs(within.Value) < 5 * within.StandardError);
        Assert.Equal(EstimatorStatus.NoOverlap, across.Status);
    }

    [Fact]
    public void A_state_that_no_sample_supports_is_not_estimated()
    {
        ReducedPotentials two = Ladder([0, 0.5]);
        double[] far = [.. Enumerable.Range(0, 600).Select(n => 0.5 * Math.Pow(Math.Sqrt(2 * two.Of(0)[n]) - 30, 2))];
        Mbar mbar = Mbar.Solve(new([.. two.Of(0), .. two.Of(1), .. far], [300, 300, 0]));
        Assert.Equal(EstimatorStatus.NoOverlap, mbar.Status);
        Assert.Equal(EstimatorStatus.Converged, mbar.Difference(0, 1).Status);
        Assert.Equal(EstimatorStatus.NoOverlap, mbar.Difference(0, 2).Status);
    }

    [Fact]
    public void A_hard_wall_is_legal_in_other_states()
    {
        // state 1 has a wall at 0; half of state 0's samples are behind it: f = ln 2 for the half line
        var random = new RandomSource(8).Split("wall");
        double[] x = [.. Enumerable.Range(0, 2000).Select(n => n < 1000 ? random.NextNormal() : Math.Abs(random.NextNormal()))];
        Mbar mbar = Mbar.Solve(new([.. x.Select(v => 0.5 * v * v), .. x.Select(v => v < 0 ? double.PositiveInfinity : 0.5 * v * v)],
            [1000, 1000]));
        FreeEnergyDifference d = mbar.Difference(0, 1);
        Assert.True(Math.Abs(d.Value - Math.Log(2)) < 5 * d.StandardError, d.ToString());
        Assert.InRange(d.StandardError, 0.01, 0.06);
    }

    [Fact]
    public void Failures_are_typed()
    {
        (double[] u, int[] counts) = Samples(1, [100, 100, 100, 100, 100]);
        Assert.Equal(EstimatorStatus.MaxIterations, Mbar.Solve(new(u, counts), maxIterations: 1).Status);
        // energies of 1e13 kT leave three digits behind the point
        Assert.Equal(EstimatorStatus.IllConditioned, Mbar.Solve(new([.. u.Select((v, i) => v + 1e13 * (i / 500))], counts)).Status);
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("sample 1 in state 0", Assert.Throws<ArgumentException>(() => new ReducedPotentials([0, double.NaN], [2])).Message,
            StringComparison.Ordinal);
        Assert.Contains("sample 0 in a", Assert.Throws<ArgumentException>(() => new ReducedPotentials([double.PositiveInfinity, 0], [2],
            ["a"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ReducedPotentials([0.0], [2]));
        Assert.Throws<ArgumentException>(() => new ReducedPotentials([], [0]));
        Assert.Throws<ArgumentException>(() => Mbar.Solve(new([0.0, 0.0], [2]), [0]));
    }

    private static (double Mean, double Variance) Moments(double[] z)
    {
        double mean = z.Average();
        return (mean, z.Sum(v => (v - mean) * (v - mean)) / (z.Length - 1));
    }

    private static Mbar Solve(ulong seed, int[] counts)
    {
        (double[] u, int[] n) = Samples(seed, counts);
        return Mbar.Solve(new(u, n));
    }

    /// <summary>300 samples each of unit oscillators at the offsets, in units of their width.</summary>
    private static ReducedPotentials Ladder(double[] offsets)
    {
        var random = new RandomSource(21).Split("ladder");
        int total = 300 * offsets.Length;
        double[] u = new double[offsets.Length * total];
        for (int n = 0; n < total; n++)
        {
            double x = offsets[n / 300] + random.NextNormal();
            for (int k = 0; k < offsets.Length; k++)
                u[k * total + n] = 0.5 * (x - offsets[k]) * (x - offsets[k]);
        }
        return new(u, [.. offsets.Select(_ => 300)]);
    }

    private static ReducedPotentials Repeated(double[] u, int[] counts, int[] times)
    {
        int samples = counts.Sum();
        int[] index = [.. Enumerable.Range(0, 5).SelectMany(k => Enumerable.Range(counts.Take(k).Sum(), counts[k]).SelectMany(n =>
            Enumerable.Repeat(n, times[k])))];
        return new([.. Enumerable.Range(0, 5).SelectMany(k => index.Select(n => u[k * samples + n]))],
            [.. counts.Zip(times, (c, t) => c * t)]);
    }

    private static (double[] ReducedPotentials, int[] Counts) Samples(ulong seed, int[] counts)
    {
        (double[] u, int[] n, _) = SamplesWithPositions(seed, counts);
        return (u, n);
    }

    private static (double[] ReducedPotentials, int[] Counts, double[] Positions) SamplesWithPositions(ulong seed, int[] counts)
    {
        var random = new RandomSource(seed).Split("mbar test");
        int total = counts.Sum(), n = 0;
        double[] u = new double[5 * total], positions = new double[total];
        for (int k = 0; k < 5; k++)
        {
            for (int s = 0; s < counts[k]; s++, n++)
            {
                double x = positions[n] = s_offset[k] + random.NextNormal() / Math.Sqrt(s_stiffness[k]);
                for (int l = 0; l < 5; l++)
                    u[l * total + n] = 0.5 * s_stiffness[l] * (x - s_offset[l]) * (x - s_offset[l]);
            }
        }
        return (u, counts, positions);
    }

    private static double LogSum(double[] logs)
    {
        double top = logs.Max();
        return top + Math.Log(logs.Sum(v => Math.Exp(v - top)));
    }
}
