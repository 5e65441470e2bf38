namespace MolSampling.Sampling.Diagnostics;

/// <summary>A mean with its textbook standard error.</summary>
internal static class SampleMean
{
    /// <param name="values">[S].</param>
    /// <param name="inefficiency">g: draws for one independent draw.</param>
    /// <returns>An error of NaN with one draw.</returns>
    public static Estimate Of(double[] values, double inefficiency = 1)
    {
        double mean = values.Average(), squares = values.Sum(v => (v - mean) * (v - mean));
        return new(mean, values.Length < 2 ? double.NaN : Math.Sqrt(inefficiency * squares / (values.Length - 1) / values.Length));
    }
}
