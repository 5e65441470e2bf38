namespace MolSampling.Sampling.Diagnostics;

/// <summary>The standard error of a mean as blocks of one length have it.</summary>
/// <param name="BlockSize">Draws in a block.</param>
/// <param name="Blocks">Of them.</param>
/// <param name="StandardError">sqrt(c0/(n - 1)), c0 the mean square deviation of the n block means.</param>
/// <param name="Uncertainty">Of that standard error, StandardError/sqrt(2(n - 1)): it holds for independent Gaussian blocks.</param>
public readonly record struct BlockLevel(int BlockSize, int Blocks, double StandardError, double Uncertainty);

/// <summary>
/// Block averages: the standard error of the mean grows with the length of the blocks until these are independent. Neighbours are averaged
/// in pairs, so lengths are powers of two; a block left over at the end goes. H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91 (1989) 461.
/// </summary>
/// <param name="Mean">Of all draws.</param>
/// <param name="Levels">By ascending block length, down to two blocks.</param>
/// <param name="Plateau">
/// The level that is taken: the shortest block with B^3 > 2 T (error_B/error_1)^4, which balances bias and noise of the error. U. Wolff,
/// Comput. Phys. Commun. 156 (2004) 143; R. M. Lee et al., Phys. Rev. E 83 (2011) 066706. null if no level fulfils it: the series is too
/// short for an error.
/// </param>
public sealed record BlockAverages(double Mean, IReadOnlyList<BlockLevel> Levels, BlockLevel? Plateau)
{
    /// <summary>The mean with the error of the plateau; NaN without one.</summary>
    public Estimate Estimate => new(Mean, Plateau?.StandardError ?? double.NaN);

    /// <summary>Averages blocks of 1, 2, 4, ... draws, while there are two of them.</summary>
    /// <param name="series">[T], two draws or more.</param>
    /// <exception cref="ArgumentException">A draw is not finite, or there are fewer than two.</exception>
    public static BlockAverages Of(ReadOnlySpan<double> series)
    {
        Finite.Require(series, nameof(series));
        if (series.Length < 2)
            throw new ArgumentException($"Block averages need two draws or more, not {series.Length}.", nameof(series));
        double[] means = series.ToArray();
        double mean = means.Average(), draws = means.Length;
        var levels = new List<BlockLevel>();
        for (int size = 1, blocks = means.Length; blocks >= 2; size *= 2, blocks /= 2)
        {
            double level = 0, square = 0;
            for (int b = 0; b < blocks; b++)
                level += means[b] / blocks;
            for (int b = 0; b < blocks; b++)
                square += (means[b] - level) * (means[b] - level) / blocks;
            double error = Math.Sqrt(square / (blocks - 1));
            levels.Add(new(size, blocks, error, error / Math.Sqrt(2.0 * (blocks - 1))));
            for (int b = 0; b < blocks / 2; b++)
                means[b] = 0.5 * (means[2 * b] + means[2 * b + 1]);
        }
        double first = levels[0].StandardError;
        int plateau = first > 0 ? levels.FindIndex(l => Math.Pow(l.BlockSize, 3) > 2 * draws * Math.Pow(l.StandardError / first, 4)) : 0;
        return new(mean, levels, plateau < 0 ? null : levels[plateau]);
    }
}
