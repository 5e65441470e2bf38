namespace MolSampling.Sampling.Diagnostics;

/// <summary>How long several chains of one quantity remember, by Geyer's initial monotone sequence. C. J. Geyer, Stat. Sci. 7 (1992) 473.</summary>
public static class Autocorrelation
{
    /// <summary>
    /// The statistical inefficiency g = 1 + 2 sum_t rho(t): draws for one independent draw. Covariances are taken about the mean of all chains, so chains that stay in
    /// different places raise it: a chain that never moves is not called fast.
    /// </summary>
    /// <param name="chains">[chains][draws]; lengths may differ.</param>
    /// <returns>At least 1e-3 (negative correlation makes it smaller than 1); 1 for a constant; NaN with fewer than four draws in the longest chain.</returns>
    public static double StatisticalInefficiency(IReadOnlyList<double[]> chains)
    {
        int longest = chains.Count == 0 ? 0 : chains.Max(c => c.Length);
        if (longest < 4)
            return double.NaN;
        double total = chains.Sum(c => (double)c.Length), mean = chains.Sum(c => c.Sum()) / total;
        double[][] centred = [.. chains.Select(c => c.Select(v => v - mean).ToArray())];
        double Covariance(int lag)
        {
            double sum = 0;
            foreach (double[] c in centred)
                for (int t = 0; t + lag < c.Length; t++)
                    sum += c[t] * c[t + lag];
            return sum / total; // divided by all draws at every lag: the positive semidefinite estimate
        }
        double variance = Covariance(0);
        if (!(variance > 1e-24 * mean * mean))
            return 1;
        double g = -1, previous = double.PositiveInfinity;
        for (int t = 0; 2 * t + 1 < longest; t++)
        {
            double pair = (t == 0 ? 1 : Covariance(2 * t) / variance) + Covariance(2 * t + 1) / variance;
            if (pair <= 0)
                break;
            previous = Math.Min(previous, pair);
            g += 2 * previous;
        }
        return Math.Max(g, 1e-3);
    }
}
