namespace MolSampling.Sampling.Diagnostics;

/// <summary>Errors of weighted means from independent groups of samples, leaving out one group at a time. B. Efron, C. Stein, Ann. Stat. 9
/// (1981) 586.</summary>
public static class Jackknife
{
    /// <summary>The standard error of an estimate, from its values without one group each.</summary>
    /// <param name="without">[G]; NaN of one is NaN of the error.</param>
    public static double StandardError(IReadOnlyList<double> without)
    {
        int groups = without.Count;
        double mean = without.Average();
        return Math.Sqrt((groups - 1.0) / groups * without.Sum(f => (f - mean) * (f - mean)));
    }

    /// <summary>The ratio sum_g a_g / sum_g b_g with its standard error over groups, which holds whatever the correlations within a
    /// group.</summary>
    /// <param name="numerators">[G] weighted sums of an observable.</param>
    /// <param name="denominators">[G] sums of weights.</param>
    /// <returns>A standard error of NaN with fewer than two groups.</returns>
    public static Estimate Ratio(ReadOnlySpan<double> numerators, ReadOnlySpan<double> denominators)
    {
        int groups = numerators.Length;
        double a = 0, b = 0;
        for (int g = 0; g < groups; g++)
            (a, b) = (a + numerators[g], b + denominators[g]);
        if (groups < 2)
            return new(a / b, double.NaN);
        double[] without = new double[groups];
        for (int g = 0; g < groups; g++)
            without[g] = (a - numerators[g]) / (b - denominators[g]);
        return new(a / b, StandardError(without));
    }
}
