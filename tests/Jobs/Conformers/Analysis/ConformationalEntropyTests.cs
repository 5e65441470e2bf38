using MolSampling.Jobs.Conformers.Analysis;

namespace MolSampling.Tests.Jobs.Conformers.Analysis;

/// <summary>-R sum p ln p against its closed form, and its error against its spread.</summary>
public sealed class ConformationalEntropyTests
{
    private const double R = 8.31446261815324; // J/mol/K

    [Fact]
    public void Known_shares()
    {
        int[] thirds = [.. Enumerable.Range(0, 300).Select(s => s / 10 % 3)];
        Assert.Equal(R * Math.Log(3), ConformationalEntropy.Of(Even(300), thirds).Value, 1e-9);
        Assert.Equal(0, ConformationalEntropy.Of(Even(300), new int[300]).Value, 1e-12);
        Assert.Equal(0, ConformationalEntropy.Of(Even(300), new int[300]).StandardError, 1e-12);
        // by weights, not by numbers: three quarters and a quarter
        var weighted = new Ensemble(new(300), [default, default], [0, 0], [Math.Log(3), 0], [0, 1]);
        Assert.Equal(-R * (0.75 * Math.Log(0.75) + 0.25 * Math.Log(0.25)), ConformationalEntropy.Of(weighted, [1, 0]).Value, 1e-12);
        Assert.True(double.IsNaN(ConformationalEntropy.Of(new(new(300), [default], [0], [0], [0]), [0]).StandardError));
    }

    /// <summary>Independent chains of independent draws: the spread over runs is that of the errors, and the bias Miller's.</summary>
    [Theory]
    [InlineData(20, 0.7, 0.2, 0.1)]
    [InlineData(20, 0.9, 0.09, 0.01)]
    [InlineData(5, 0.5, 0.3, 0.2)]
    public void The_error_is_the_spread_over_runs(int frames, params double[] p)
    {
        const int chains = 64, runs = 300;
        double exact = -R * p.Sum(v => v * Math.Log(v)), squares = 0, bias = 0;
        var errors = new double[runs];
        int within = 0;
        for (int r = 0; r < runs; r++)
        {
            RandomSource random = new RandomSource(11).Split(r);
            int[] parts = [.. Enumerable.Range(0, chains * frames).Select(_ =>
            {
                double u = random.NextDouble();
                return u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
            })];
            Estimate s = ConformationalEntropy.Of(Even(chains * frames, n => n % chains), parts);
            (squares, bias) = (squares + (s.Value - exact) * (s.Value - exact) / runs, bias + (s.Value - exact) / runs);
            errors[r] = s.StandardError;
            within += Math.Abs(s.Value - exact) < 2 * s.StandardError ? 1 : 0;
        }
        double spread = Math.Sqrt(squares);
        Assert.InRange(Math.Sqrt(errors.Average(e => e * e)), 0.9 * spread, 1.15 * spread);
        Assert.Equal(-R * (p.Length - 1) / (2.0 * chains * frames), bias, 4 * spread / Math.Sqrt(runs));
        Assert.InRange((double)within / runs, 0.91, 0.99);
    }

    private static Ensemble Even(int count, Func<int, int>? group = null) => new(new(300),
        [.. Enumerable.Repeat(ReadOnlyMemory<float>.Empty, count)], new double[count], new double[count],
        [.. Enumerable.Range(0, count).Select(group ?? (n => n % 10))]);
}
