namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// Whether the beginning of a series differs from its end: J. Geweke, in Bayesian Statistics 4 (Oxford, 1992) 169. z = (mean of the first
/// tenth - mean of the last half) / error, with errors from the variance and the statistical inefficiency of the last half, where a drift
/// has died away. A drift that is small beside the noise hardly changes (T - t0)/g, which <see cref="EquilibrationScan"/> looks at, but
/// moves a mean by many of its errors.
/// </summary>
public static class Drift
{
    private const double Head = 0.1, Tail = 0.5;

    /// <summary>z, standard normal for a stationary series.</summary>
    /// <param name="series">[T].</param>
    /// <returns>0 for a series that is constant or shorter than 20.</returns>
    public static double Score(ReadOnlySpan<double> series)
    {
        if (series.Length < 20)
            return 0;
        ReadOnlySpan<double> head = series[..(int)(Head * series.Length)], tail = series[(int)(Tail * series.Length)..];
        (double first, _) = Moments(head);
        (double last, double variance) = Moments(tail);
        double g = Math.Max(1, Autocorrelation.StatisticalInefficiency(tail));
        return variance > 0 ? (first - last) / Math.Sqrt(variance * g * (1.0 / head.Length + 1.0 / tail.Length)) : 0;
    }

    private static (double Mean, double Variance) Moments(ReadOnlySpan<double> x)
    {
        double mean = 0, squares = 0;
        foreach (double v in x)
            mean += v / x.Length;
        foreach (double v in x)
            squares += (v - mean) * (v - mean);
        return (mean, squares / (x.Length - 1));
    }
}
