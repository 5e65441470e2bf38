namespace MolSampling.Sampling.Diagnostics;

/// <summary>Errors of weighted means from independent groups of samples, leaving out one group at a time. B. Efron, C. Stein, Ann. Stat. 9
/// (1981) 586.</summary>
public static class Jackknife
{
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
        double mean = 0, squares = 0;
        for (int g = 0; g < groups; g++)
            mean += (a - numerators[g]) / (b - denominators[g]) / groups;
        for (int g = 0; g < groups; g++)
        {
            double deviation = (a - numerators[g]) / (b - denominators[g]) - mean;
            squares += deviation * deviation;
        }
        return new(a / b, Math.Sqrt((groups - 1.0) / groups * squares));
    }
}
