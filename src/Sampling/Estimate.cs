using System.Globalization;

namespace MolSampling.Sampling;

/// <summary>A value with its standard error.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="StandardError">One standard deviation of the estimate.</param>
public readonly record struct Estimate(double Value, double StandardError)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:g6} ± {StandardError:g2}");
}
