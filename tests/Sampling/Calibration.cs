namespace MolSampling.Tests.Sampling;

/// <summary>Are error bars what they claim? z = (estimate - truth)/error of independent repetitions must have mean 0 and variance
/// 1.</summary>
internal static class Calibration
{
    /// <summary>Both within 4.5 standard deviations (1.4e-5 false alarm together, for normal z) and an allowance for what first-order error
    /// formulas and bias leave at finite samples.</summary>
    public static bool Holds(double[] z, double meanAllowance = 0.1, double varianceAllowance = 0.1)
    {
        (double mean, double variance) = Moments(z);
        return Math.Abs(mean) < 4.5 / Math.Sqrt(z.Length) + meanAllowance && Math.Abs(variance - 1) < 4.5 * Math.Sqrt(2.0 / z.Length)
            + varianceAllowance;
    }

    public static (double Mean, double Variance) Moments(double[] z)
    {
        double mean = z.Average();
        return (mean, z.Sum(v => (v - mean) * (v - mean)) / (z.Length - 1));
    }

    public static string Words(double[] z)
    {
        (double mean, double variance) = Moments(z);
        return $"z: mean {mean:f3}, variance {variance:f3} of {z.Length}";
    }
}
