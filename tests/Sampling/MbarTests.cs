using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;
using Xunit.Abstractions;

namespace MolSampling.Tests.Sampling;

public sealed class MbarTests(ITestOutputHelper output)
{
    // harmonic oscillators u_k(x) = K_k/2 (x - O_k)^2 (kT): f_k = ln(K_k)/2 up to a constant
    private static readonly double[] s_stiffness = [25, 16, 9, 4, 1], s_offset = [0, 0.3, 0.6, 1.0, 1.5];

    [Fact]
    public void Harmonic_oscillators_agree_with_the_closed_form()
    {
        // Over 60 seeds the mean of f_4 - f_0 must lie within 4.5 of its standard errors: false alarm 7e-6.
        double exact = 0.5 * Math.Log(s_stiffness[4] / s_stiffness[0]);
        double[] values = [.. Enumerable.Range(0, 60).Select(seed => Solve((ulong)seed, [200, 200, 200, 200, 200]).FreeEnergies[4])];
        double mean = values.Average(), error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / 59 / 60);
        output.WriteLine($"{mean:f4} ± {error:f4} for {exact:f4}");
        Assert.True(Math.Abs(mean - exact) < 4.5 * error + 2e-3); // 2e-3: MBAR's bias at finite samples, below 1/N
        Assert.True(error < 0.02);
    }

    [Fact]
    public void A_state_without_samples_is_still_estimated()
    {
        Mbar mbar = Solve(3, [2000, 2000, 0, 2000, 2000]);
        Assert.Equal(MbarStatus.Converged, mbar.Status);
        Assert.Equal(0.5 * Math.Log(s_stiffness[2] / s_stiffness[0]), mbar.FreeEnergies[2], 0.1);
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
        Mbar mbar = Mbar.Solve(u, counts);
        Assert.Equal(MbarStatus.Converged, mbar.Status);
        double[] f = [.. mbar.FreeEnergies];
        int samples = counts.Sum();
        double[] next = new double[5];
        for (int i = 0; i < 5; i++)
        {
            double[] logs = new double[samples];
            for (int n = 0; n < samples; n++)
                logs[n] = -u[i * samples + n] - LogSum([.. Enumerable.Range(0, 5).Select(k => Math.Log(counts[k]) + f[k] - u[k * samples + n])]);
            next[i] = -LogSum(logs);
        }
        for (int i = 0; i < 5; i++)
            Assert.Equal(f[i], next[i] - next[0], 1e-7 * Math.Max(1, Math.Abs(shift) * 1e-3));
        Assert.Equal(0, f[0]);
    }

    [Fact]
    public void Weights_of_a_state_reproduce_its_averages_and_sum_to_one()
    {
        (double[] u, int[] counts) = Samples(9, [4000, 4000, 4000, 4000, 4000]);
        int samples = counts.Sum();
        Mbar mbar = Mbar.Solve(u, counts);
        double[] logWeights = mbar.LogWeights(u.AsSpan(0, samples));
        Assert.Equal(1, logWeights.Sum(Math.Exp), 1e-10);
        // <u_0> in state 0 is 1/2 kT
        double mean = Enumerable.Range(0, samples).Sum(n => Math.Exp(logWeights[n]) * u[n]);
        Assert.Equal(0.5, mean, 0.03);
    }

    [Fact]
    public void States_without_overlap_are_named_as_such_and_give_no_weights()
    {
        // two states whose samples are 1e4 kT apart in each other's eyes
        double[] u = [0, 0.1, 0.2, 1e4, 1e4, 1e4, 1e4, 1e4, 1e4, 0, 0.1, 0.2];
        Mbar mbar = Mbar.Solve(u, [3, 3]);
        Assert.NotEqual(MbarStatus.Converged, mbar.Status);
        Assert.Throws<InvalidOperationException>(() => mbar.LogWeights(u.AsSpan(0, 6)));
    }

    [Fact]
    public void Bad_input_is_named()
    {
        Assert.Contains("sample 1 in state 0", Assert.Throws<ArgumentException>(() => Mbar.Solve([0, double.NaN], [2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Mbar.Solve([0.0], [2]));
        Assert.Throws<ArgumentException>(() => Mbar.Solve([], [0]));
    }

    private static Mbar Solve(ulong seed, int[] counts)
    {
        (double[] u, int[] n) = Samples(seed, counts);
        return Mbar.Solve(u, n);
    }

    private static (double[] ReducedPotentials, int[] Counts) Samples(ulong seed, int[] counts)
    {
        var random = new RandomSource(seed).Split("mbar test");
        int total = counts.Sum(), n = 0;
        double[] u = new double[5 * total];
        for (int k = 0; k < 5; k++)
        {
            for (int s = 0; s < counts[k]; s++, n++)
            {
                double x = s_offset[k] + random.NextNormal() / Math.Sqrt(s_stiffness[k]);
                for (int l = 0; l < 5; l++)
                    u[l * total + n] = 0.5 * s_stiffness[l] * (x - s_offset[l]) * (x - s_offset[l]);
            }
        }
        return (u, counts);
    }

    private static double LogSum(double[] logs)
    {
        double top = logs.Max();
        return top + Math.Log(logs.Sum(v => Math.Exp(v - top)));
    }
}
