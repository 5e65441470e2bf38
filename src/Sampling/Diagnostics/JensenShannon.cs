namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The Jensen-Shannon divergence, the mean of KL(P||M) and KL(Q||M) with M = (P + Q)/2: finite without a floor, symmetric, between 0 and ln
/// 2. In nats. J. Lin, IEEE Trans. Inf. Theory 37 (1991) 145.
/// </summary>
public static class JensenShannon
{
    /// <summary>The divergence in nats.</summary>
    /// <param name="first">[cells] shares that sum to one.</param>
    /// <param name="second">[cells] likewise.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a histogram is no law: negative, not finite, or not of sum 1.</exception>
    public static double Divergence(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        HistogramGrid.RequireLaws(first, second);
        double sum = 0;
        for (int c = 0; c < first.Length; c++)
        {
            double p = first[c], q = second[c], middle = 0.5 * (p + q);
            sum += (p > 0 ? p * Math.Log(p / middle) : 0) + (q > 0 ? q * Math.Log(q / middle) : 0);
        }
        return Math.Max(0, 0.5 * sum); // equal laws may come out at -1e-17
    }

    /// <summary>The root of the divergence in nats, which is a metric (D. M. Endres, J. E. Schindelin, IEEE Trans. Inf. Theory 49 (2003)
    /// 1858); between 0 and sqrt(ln 2).</summary>
    /// <inheritdoc cref="Divergence"/>
    public static double Distance(ReadOnlySpan<double> first, ReadOnlySpan<double> second) => Math.Sqrt(Divergence(first, second));

    /// <summary>The divergence of two samples' histograms beside its noise floor.</summary>
    /// <param name="grid">Of both.</param>
    /// <param name="first">First sample.</param>
    /// <param name="second">Second sample.</param>
    /// <param name="permutations">Of the floor.</param>
    /// <param name="random">For the floor.</param>
    public static DistanceScore Score(HistogramGrid grid, Draws first, Draws second, int permutations, RandomSource random) =>
        grid.Score(first, second, (p, q) => Divergence(p, q), permutations, random);
}
