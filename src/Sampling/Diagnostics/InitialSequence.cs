namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// Geyer's initial monotone sequence: of a reversible chain the sums over pairs of lags, rho(2t) + rho(2t+1), are positive and fall; they
/// are summed while positive, each at most its forerunner. C. J. Geyer, Stat. Sci. 7 (1992) 473, section 3.3.
/// </summary>
internal static class InitialSequence
{
    /// <param name="correlation">rho at a lag from 1 on; rho(0) is 1.</param>
    /// <param name="length">Lags below this exist.</param>
    /// <returns>1 + 2 sum_t rho(t), without a lower bound, and the last lag in the sum.</returns>
    public static (double Inefficiency, int Window) Integrate(Func<int, double> correlation, int length)
    {
        double g = -1, previous = double.PositiveInfinity;
        int window = 0;
        for (int t = 0; 2 * t + 1 < length; t++)
        {
            double pair = (t == 0 ? 1 : correlation(2 * t)) + correlation(2 * t + 1);
            if (pair <= 0)
                break;
            previous = Math.Min(previous, pair);
            g += 2 * previous;
            window = 2 * t + 1;
        }
        return (g, window);
    }
}
