namespace MolSampling.Sampling.Diagnostics;

/// <summary>A confidence interval.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Level">Of confidence, such as 0.95.</param>
public readonly record struct Interval(double Low, double High, double Level)
{
    internal static void RequireLevel(double level)
    {
        if (!(level > 0 && level < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "A level of confidence lies between 0 and 1.");
    }
}
