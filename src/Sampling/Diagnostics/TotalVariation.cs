namespace MolSampling.Sampling.Diagnostics;

/// <summary>The total variation distance, half the sum of |p - q| over cells: the share of draws that would have to move to another cell.
/// Between 0 and 1.</summary>
public static class TotalVariation
{
    /// <summary>Of two histograms.</summary>
    /// <param name="first">[cells] shares that sum to one.</param>
    /// <param name="second">[cells] likewise.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a histogram is no law: negative, not finite, or not of sum 1.</exception>
    public static double Distance(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        HistogramGrid.RequireLaws(first, second);
        double sum = 0;
        for (int c = 0; c < first.Length; c++)
            sum += Math.Abs(first[c] - second[c]);
        return 0.5 * sum;
    }

    /// <summary>Of two samples' histograms beside its noise floor.</summary>
    /// <param name="grid">Of both.</param>
    /// <param name="first">First sample.</param>
    /// <param name="second">Second sample.</param>
    /// <param name="permutations">Of the floor.</param>
    /// <param name="random">For the floor.</param>
    public static DistanceScore Score(HistogramGrid grid, Draws first, Draws second, int permutations, RandomSource random) =>
        grid.Score(first, second, (p, q) => Distance(p, q), permutations, random);
}
