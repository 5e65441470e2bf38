namespace MolSampling.Sampling.Diagnostics;

/// <summary>Sample quantiles.</summary>
internal static class Quantiles
{
    /// <summary>Linear between order statistics, the smallest at 0 and the largest at 1 (type 7 of R. J. Hyndman, Y. Fan, Am. Stat. 50
    /// (1996) 361).</summary>
    public static double Linear(double[] ascending, double probability)
    {
        double place = probability * (ascending.Length - 1), rest = place - Math.Floor(place);
        int below = (int)place;
        return rest > 0 ? ascending[below] + rest * (ascending[below + 1] - ascending[below]) : ascending[below];
    }
}
