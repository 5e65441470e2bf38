using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Tests.Sampling;

public sealed class DiagnosticsTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Effective_size_of_autoregressive_chains_is_known(double phi)
    {
        // x' = phi x + noise: tau = (1 + phi)/(1 - phi)
        double[][] chains = [.. Enumerable.Range(0, 16).Select(c => Autoregressive(phi, 4000, (ulong)c))];
        double expected = 16 * 4000 * (1 - phi) / (1 + phi);
        Assert.InRange(ChainDiagnostics.BulkEffectiveSize(chains), 0.85 * expected, 1.15 * expected);
        Assert.InRange(ChainDiagnostics.SplitRhat(chains), 0.99, 1.02);
    }

    [Fact]
    public void A_chain_in_another_place_or_of_another_width_raises_Rhat()
    {
        double[][] chains = [.. Enumerable.Range(0, 4).Select(c => Autoregressive(0.3, 500, (ulong)c))];
        double[][] shifted = [.. chains[..3], [.. chains[3].Select(v => v + 1.5)]];
        double[][] wide = [.. chains[..3], [.. chains[3].Select(v => 4 * v)]];
        Assert.True(ChainDiagnostics.SplitRhat(shifted) > 1.1);
        Assert.True(ChainDiagnostics.SplitRhat(wide) > 1.1); // only the folded ranks see it
        Assert.True(ChainDiagnostics.BulkEffectiveSize(shifted) < 100);
    }

    [Fact]
    public void Constants_and_short_chains_are_said()
    {
        Assert.Equal(1, ChainDiagnostics.SplitRhat([[2, 2, 2, 2], [2, 2, 2, 2]]));
        Assert.True(double.IsNaN(ChainDiagnostics.SplitRhat([[1, 2], [2, 1]])));
        Assert.True(double.IsNaN(ChainDiagnostics.BulkEffectiveSize([])));
    }

    [Fact]
    public void Jackknife_of_a_mean_is_the_textbook_standard_error()
    {
        double[] values = [1, 4, 2, 8, 5], ones = [1, 1, 1, 1, 1];
        Estimate estimate = Jackknife.Ratio(values, ones);
        Assert.Equal(4, estimate.Value, 1e-12);
        Assert.Equal(Math.Sqrt(values.Sum(v => (v - 4) * (v - 4)) / 4 / 5), estimate.StandardError, 1e-12);
        Assert.True(double.IsNaN(Jackknife.Ratio([1], [2]).StandardError));
    }

    [Fact]
    public void Ensembles_reweigh_resample_and_count()
    {
        var random = new RandomSource(2);
        double[] energies = [.. Enumerable.Range(0, 5000).Select(_ => -2 * Math.Log(random.NextDouble()))]; // exponential of mean 2 kJ/mol
        var state = new ThermodynamicState(1 / (0.5 * Units.GasConstant)); // beta = 1/2
        ReadOnlyMemory<float>[] positions = [.. energies.Select(e => (ReadOnlyMemory<float>)new[] { (float)e })];
        var ensemble = new Ensemble(state, positions, energies, new double[5000], [.. Enumerable.Range(0, 5000).Select(i => i % 20)]);
        Assert.Equal(5000, ensemble.EffectiveSampleSize, 1e-6);
        Ensemble colder = ensemble.ReweightTo(new ThermodynamicState(1 / Units.GasConstant)); // beta = 1: mean 1
        Estimate mean = colder.Expectation(energies);
        Assert.True(Math.Abs(mean.Value - 1) < 4.5 * mean.StandardError);
        Assert.Equal(5000 * 0.75, colder.EffectiveSampleSize, 150.0); // (sum w)^2 / sum w^2 = 3/4 in closed form
        var drawn = colder.Resample(1000, new RandomSource(1));
        Assert.Equal(1000, drawn.Sum(d => d.Multiplicity));
        Assert.Equal(1, drawn.Sum(d => d.Multiplicity * energies[d.Sample]) / 1000, 0.15);
        Assert.Throws<ArgumentException>(() => new Ensemble(state, positions, energies, [double.NaN, .. new double[4999]], new int[5000]));
    }

    private static double[] Autoregressive(double phi, int length, ulong seed)
    {
        RandomSource random = new RandomSource(seed).Split("chain");
        var x = new double[length];
        x[0] = random.NextNormal() / Math.Sqrt(1 - phi * phi);
        for (int t = 1; t < length; t++)
            x[t] = phi * x[t - 1] + random.NextNormal();
        return x;
    }
}
