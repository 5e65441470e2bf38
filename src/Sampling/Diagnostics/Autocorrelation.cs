namespace MolSampling.Sampling.Diagnostics;

/// <summary>How long chains of one quantity remember. C. J. Geyer, Stat. Sci. 7 (1992) 473. A million draws take tens of milliseconds; see
/// <see cref="LagSums"/>.</summary>
public static class Autocorrelation
{
    private const int ShortestCrossing = 3; // lags summed whatever their sign, as in pymbar

    /// <summary>
    /// The statistical inefficiency g = 1 + 2 sum_t rho(t): draws for one independent draw, by Geyer's initial monotone sequence.
    /// Covariances are taken about the mean of all chains, so chains that stay in different places raise it: a chain that never moves is
    /// not called fast.
    /// </summary>
    /// <param name="chains">[chains][draws]; lengths may differ.</param>
    /// <returns>At least 1e-3 (negative correlation makes it smaller than 1); 1 for a constant; NaN with fewer than four draws in the
    /// longest chain.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static double StatisticalInefficiency(IReadOnlyList<double[]> chains) => Monotone(chains).Inefficiency;

    /// <summary>The statistical inefficiency of one series.</summary>
    /// <param name="series">[T].</param>
    /// <param name="estimator">Where the sum ends.</param>
    /// <returns>1 for a constant; NaN with fewer than four draws.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static double StatisticalInefficiency(ReadOnlySpan<double> series,
        InefficiencyEstimator estimator = InefficiencyEstimator.InitialMonotone) => estimator switch
    {
        InefficiencyEstimator.InitialMonotone => Monotone([series.ToArray()]).Inefficiency,
        InefficiencyEstimator.FirstCrossing => Crossing(series),
        _ => throw new ArgumentOutOfRangeException(nameof(estimator)),
    };

    /// <summary>
    /// The integrated autocorrelation time tau = g/2 = 1/2 + sum_t rho(t), in draws, with a standard error: var tau = 4/N (W + 1/2 - tau)
    /// tau^2, W the last lag in the sum. U. Wolff, Comput. Phys. Commun. 156 (2004) 143, eq. 42. The error holds for the window that was
    /// found; that the window itself is noisy is not in it.
    /// </summary>
    /// <param name="chains">[chains][draws]; lengths may differ.</param>
    /// <returns>0.5 ± 0 for a constant; NaN with fewer than four draws in the longest chain.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static Estimate IntegratedTime(IReadOnlyList<double[]> chains)
    {
        (double g, int window) = Monotone(chains);
        double tau = 0.5 * g, total = chains.Sum(c => (double)c.Length);
        // the first pair, 1 + rho(1), is positive of any series that is not constant: without a window there was nothing to sum
        return new(tau, window == 0 ? 0 * tau : tau * Math.Sqrt(4 * Math.Max(0, window + 0.5 - tau) / total));
    }

    /// <summary>The autocorrelation function rho(0) = 1, rho(1), ... of one series; covariances about its mean, divided by all draws at
    /// every lag (the positive semidefinite estimate).</summary>
    /// <param name="series">[T].</param>
    /// <param name="lags">L, at most T.</param>
    /// <returns>[L]; NaN for a constant, whose correlation is 0/0.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static double[] Function(ReadOnlySpan<double> series, int lags)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lags, series.Length);
        Finite.Require(series, nameof(series));
        (double[] centred, double mean) = Centred(series);
        var sums = new LagSums([centred]);
        _ = sums[lags - 1]; // all of them at once
        double scale = sums[0] > 1e-24 * mean * mean * series.Length ? 1 / sums[0] : double.NaN;
        return [.. Enumerable.Range(0, lags).Select(lag => scale * sums[lag])];
    }

    private static (double Inefficiency, int Window) Monotone(IReadOnlyList<double[]> chains)
    {
        int longest = chains.Count == 0 ? 0 : chains.Max(c => c.Length);
        if (longest < 4)
            return (double.NaN, 0);
        Finite.Require(chains, nameof(chains));
        double total = chains.Sum(c => (double)c.Length), mean = chains.Sum(c => c.Sum()) / total;
        var sums = new LagSums([.. chains.Select(c => Array.ConvertAll(c, v => v - mean))]);
        double square = sums[0];
        if (!(square / total > 1e-24 * mean * mean))
            return (1, 0);
        (double g, int window) = InitialSequence.Integrate(lag => sums[lag] / square, longest);
        return (Math.Max(g, 1e-3), window);
    }

    private static double Crossing(ReadOnlySpan<double> series)
    {
        int length = series.Length;
        if (length < 4)
            return double.NaN;
        Finite.Require(series, nameof(series));
        (double[] centred, double mean) = Centred(series);
        var sums = new LagSums([centred]);
        double variance = sums[0] / length;
        if (!(variance > 1e-24 * mean * mean))
            return 1;
        double g = 1;
        for (int t = 1; t < length - 1; t++)
        {
            double correlation = sums[t] / (length - t) / variance;
            if (correlation <= 0 && t > ShortestCrossing)
                break;
            g += 2 * correlation * (1 - (double)t / length);
        }
        return Math.Max(g, 1);
    }

    private static (double[] Centred, double Mean) Centred(ReadOnlySpan<double> series)
    {
        double mean = 0;
        foreach (double v in series)
            mean += v;
        mean /= series.Length;
        double[] centred = series.ToArray();
        for (int t = 0; t < centred.Length; t++)
            centred[t] -= mean;
        return (centred, mean);
    }
}
