using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Sampling.Estimators;

/// <summary>What MBAR gives on samples drawn anew.</summary>
/// <param name="Solutions">[repetitions that converged][K] f_k, kT.</param>
/// <param name="Repetitions">Asked for.</param>
public sealed record MbarBootstrap(IReadOnlyList<double[]> Solutions, int Repetitions)
{
    /// <summary>The standard deviation of f_to - f_from, kT; NaN with fewer than two repetitions that converged.</summary>
    /// <param name="from">State.</param>
    /// <param name="to">State.</param>
    public double StandardError(int from, int to)
    {
        double[] values = [.. Solutions.Select(f => f[to] - f[from])];
        double mean = values.DefaultIfEmpty(double.NaN).Average();
        return values.Length < 2 ? double.NaN : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }

    /// <summary>A percentile interval of f_to - f_from.</summary>
    /// <param name="from">State.</param>
    /// <param name="to">State.</param>
    /// <param name="coverage">For example 0.95.</param>
    public (double Low, double High) Interval(int from, int to, double coverage)
    {
        double[] values = [.. Solutions.Select(f => f[to] - f[from]).Order()];
        return values.Length < 2 ? (double.NaN, double.NaN) : (Quantiles.Linear(values, (1 - coverage) / 2),
            Quantiles.Linear(values, (1 + coverage) / 2));
    }
}
