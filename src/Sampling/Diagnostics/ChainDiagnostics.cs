using MathNet.Numerics.Distributions;

namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// Convergence of several chains of one quantity: rank-normalised split R-hat, bulk and tail effective sample size.
/// A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, Bayesian Analysis 16 (2021) 667.
/// </summary>
public static class ChainDiagnostics
{
    /// <summary>The larger of the R-hats of the ranks and of the folded ranks (distances from the median), chains split in halves. 1 when
    /// they agree.</summary>
    /// <param name="chains">[chains][draws], of equal length.</param>
    /// <returns>NaN with fewer than four draws a chain; 1 if the quantity is constant.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static double SplitRhat(IReadOnlyList<double[]> chains)
    {
        double[][] halves = Split(chains);
        if (halves.Length == 0 || halves[0].Length < 2)
            return double.NaN;
        double[] pooled = [.. halves.SelectMany(h => h).Order()];
        if (pooled[0] == pooled[^1])
            return 1;
        double median = 0.5 * (pooled[(pooled.Length - 1) / 2] + pooled[pooled.Length / 2]);
        double[][] folded = [.. halves.Select(h => h.Select(v => Math.Abs(v - median)).ToArray())];
        return Math.Max(Rhat(RankNormalised(halves)), Rhat(RankNormalised(folded)));
    }

    /// <summary>Independent draws that the chains' ranks are worth (bulk ESS), by Geyer's initial monotone sequence over split
    /// chains.</summary>
    /// <param name="chains">[chains][draws], of equal length.</param>
    /// <returns>NaN with fewer than four draws a chain; all draws if the quantity is constant.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static double BulkEffectiveSize(IReadOnlyList<double[]> chains)
    {
        double[][] halves = Split(chains);
        if (halves.Length == 0 || halves[0].Length < 2)
            return double.NaN;
        double first = halves[0][0];
        return halves.All(h => h.All(v => v == first)) ? halves.Length * halves[0].Length : EffectiveSize(RankNormalised(halves));
    }

    /// <summary>
    /// Independent draws that the tails are worth: the smaller effective size of the indicators x &lt;= q, q the 5 % and the 95 % quantile
    /// of all draws (linear interpolation between order statistics), over split chains. A chain may know its middle well and its tails not
    /// at all. From the same paper.
    /// </summary>
    /// <param name="chains">[chains][draws], of equal length.</param>
    /// <returns>NaN with fewer than four draws a chain; all draws if the quantity is constant. If one quantile is the largest value, so
    /// that nothing lies above it, the other alone counts.</returns>
    /// <exception cref="ArgumentException">A draw is not finite.</exception>
    public static double TailEffectiveSize(IReadOnlyList<double[]> chains)
    {
        double[][] halves = Split(chains);
        if (halves.Length == 0 || halves[0].Length < 2)
            return double.NaN;
        double[] pooled = [.. chains.SelectMany(c => c).Order()];
        double size = double.PositiveInfinity;
        foreach (double probability in (ReadOnlySpan<double>)[0.05, 0.95])
        {
            double quantile = Quantiles.Linear(pooled, probability);
            if (quantile < pooled[^1])
                size = Math.Min(size, EffectiveSize([.. halves.Select(h => Array.ConvertAll(h, v => v <= quantile ? 1.0 : 0))]));
        }
        return double.IsFinite(size) ? size : halves.Length * halves[0].Length;
    }

    private static double[][] Split(IReadOnlyList<double[]> chains)
    {
        Finite.Require(chains, nameof(chains));
        int half = chains.Count == 0 ? 0 : chains.Min(c => c.Length) / 2;
        return [.. chains.SelectMany(c => new[] { c[..half], c[^half..] })];
    }

    private static double[][] RankNormalised(double[][] chains)
    {
        int length = chains[0].Length, total = chains.Length * length;
        double[] values = [.. chains.SelectMany(c => c)];
        int[] order = [.. Enumerable.Range(0, total)];
        Array.Sort([.. values], order);
        var ranks = new double[total];
        for (int i = 0; i < total;)
        {
            int end = i;
            while (end < total && values[order[end]] == values[order[i]])
                end++;
            for (int k = i; k < end; k++)
                ranks[order[k]] = 0.5 * (i + end - 1) + 1; // ties share their mean rank
            i = end;
        }
        return [.. Enumerable.Range(0, chains.Length).Select(c =>
            ranks[(c * length)..((c + 1) * length)].Select(r => Normal.InvCDF(0, 1, (r - 0.375) / (total + 0.25))).ToArray())];
    }

    private static (double Within, double Between) Variances(double[][] chains)
    {
        int n = chains[0].Length;
        double[] means = [.. chains.Select(c => c.Average())];
        double grand = means.Average();
        double within = chains.Select((c, m) => c.Sum(v => (v - means[m]) * (v - means[m])) / (n - 1)).Average();
        double between = chains.Length < 2 ? 0 : n * means.Sum(m => (m - grand) * (m - grand)) / (chains.Length - 1);
        return (within, between);
    }

    private static double Rhat(double[][] chains)
    {
        (double within, double between) = Variances(chains);
        int n = chains[0].Length;
        double pooled = (n - 1.0) / n * within + between / n;
        return within > 0 ? Math.Sqrt(pooled / within) : pooled > 0 ? double.PositiveInfinity : 1;
    }

    private static double EffectiveSize(double[][] chains)
    {
        int n = chains[0].Length, total = chains.Length * n;
        (double within, double between) = Variances(chains);
        double pooled = (n - 1.0) / n * within + between / n;
        if (!(pooled > 0))
            return total;
        double[] means = [.. chains.Select(c => c.Average())];
        var sums = new LagSums([.. chains.Select((c, m) => Array.ConvertAll(c, v => v - means[m]))]);
        double biased = within * (n - 1.0) / n;
        (double tau, _) = InitialSequence.Integrate(lag => 1 - (biased - sums[lag] / total) / pooled, n);
        tau = Math.Max(tau, 1 / Math.Log10(total));
        return total / tau;
    }
}
