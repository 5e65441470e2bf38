namespace MolSampling.Sampling;

/// <summary>Rows in proportion to weights, each as often as expected within one, from one random number: J. Carpenter, P. Clifford, P.
/// Fearnhead, IEE Proc. Radar 146 (1999) 2.</summary>
internal static class SystematicResampling
{
    /// <summary>Rows in proportion to their weights, by one random number.</summary>
    /// <param name="weights">[S], not negative, in any scale.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">One number.</param>
    /// <returns>[count] rows, ascending.</returns>
    public static long[] Rows(IReadOnlyList<double> weights, int count, RandomSource random)
    {
        var rows = new long[count];
        double sum = weights.Sum(), start = random.NextDouble(), reached = weights[0] / sum * count;
        for (int i = 0, row = 0; i < count; i++)
        {
            while (reached < start + i && row < weights.Count - 1)
                reached += weights[++row] / sum * count;
            rows[i] = row;
        }
        return rows;
    }
}
