namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// How well a set of generated geometries covers a set of references, from their distances alone (M. Xu et al., ICLR 2021; O. Ganea et al.,
/// NeurIPS 2021): recall looks from each reference at the nearest generated one, precision from each generated one at the nearest
/// reference. Coverage is the share of these least distances below a threshold, AMR (average minimum RMSD) their mean.
/// </summary>
/// <param name="CoverageRecall">Share of the references that are covered, 0 to 1; 0 where nothing was generated.</param>
/// <param name="AmrRecall">In the distances' unit; NaN where nothing was generated.</param>
/// <param name="CoveragePrecision">Share of the generated that are near a reference, 0 to 1; NaN where nothing was generated.</param>
/// <param name="AmrPrecision">In the distances' unit; NaN where nothing was generated.</param>
public sealed record EnsembleCoverage(double CoverageRecall, double AmrRecall, double CoveragePrecision, double AmrPrecision)
{
    /// <summary>Judges a set.</summary>
    /// <param name="distances">[references, generated], none negative.</param>
    /// <param name="threshold">In the distances' unit; a distance equal to it does not cover.</param>
    /// <exception cref="ArgumentException">No references, or a distance that is not a number.</exception>
    public static EnsembleCoverage Of(double[,] distances, double threshold)
    {
        (int references, int generated) = (distances.GetLength(0), distances.GetLength(1));
        if (references == 0)
            throw new ArgumentException("Coverage needs references.");
        if (generated == 0)
            return new(0, double.NaN, double.NaN, double.NaN);
        double[] recall = [.. Enumerable.Repeat(double.PositiveInfinity, references)],
            precision = [.. Enumerable.Repeat(double.PositiveInfinity, generated)];
        for (int r = 0; r < references; r++)
        {
            for (int g = 0; g < generated; g++)
            {
                double distance = distances[r, g];
                if (!(distance >= 0))
                    throw new ArgumentException($"The distance of reference {r} to geometry {g} is {distance}.");
                recall[r] = Math.Min(recall[r], distance);
                precision[g] = Math.Min(precision[g], distance);
            }
        }
        return new(Share(recall, threshold), recall.Average(), Share(precision, threshold), precision.Average());
    }

    private static double Share(double[] least, double threshold) => (double)least.Count(d => d < threshold) / least.Length;
}
