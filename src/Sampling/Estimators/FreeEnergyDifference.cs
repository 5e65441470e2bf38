using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>A free energy difference in kT with its standard error, or the reason why there is none. Value and error cannot be read by
/// mistake: they throw unless <see cref="Status"/> is <see cref="EstimatorStatus.Converged"/>.</summary>
public sealed class FreeEnergyDifference
{
    private readonly double _value, _standardError;

    private FreeEnergyDifference(EstimatorStatus status, double value, double standardError, string reason) =>
        (Status, _value, _standardError, Reason) = (status, value, standardError, reason);

    /// <summary>To be looked at first.</summary>
    public EstimatorStatus Status { get; }

    /// <summary>Why there is no value, in words; empty when converged.</summary>
    public string Reason { get; }

    /// <summary>f_1 - f_0 = -ln(Z_1/Z_0), kT.</summary>
    /// <exception cref="InvalidOperationException">There is none: <see cref="Status"/>.</exception>
    public double Value => Checked(_value);

    /// <summary>One standard deviation, kT.</summary>
    /// <exception cref="InvalidOperationException">There is none: <see cref="Status"/>.</exception>
    public double StandardError => Checked(_standardError);

    /// <summary>A difference and its error.</summary>
    /// <param name="value">kT.</param>
    /// <param name="standardError">kT.</param>
    public static FreeEnergyDifference Of(double value, double standardError) => new(EstimatorStatus.Converged, value, standardError, "");

    /// <summary>No difference, and why.</summary>
    /// <param name="status">Not <see cref="EstimatorStatus.Converged"/>.</param>
    /// <param name="reason">One sentence.</param>
    /// <exception cref="ArgumentException">A failure that claims to have converged.</exception>
    public static FreeEnergyDifference Failed(EstimatorStatus status, string reason) => status == EstimatorStatus.Converged
        ? throw new ArgumentException("A failure has not converged.", nameof(status))
        : new(status, double.NaN, double.NaN, reason);

    /// <inheritdoc/>
    public override string ToString() => Status == EstimatorStatus.Converged
        ? string.Create(CultureInfo.InvariantCulture, $"{_value:f4} ± {_standardError:f4} kT")
        : $"{Status}: {Reason}";

    private double Checked(double number) => Status == EstimatorStatus.Converged ? number
        : throw new InvalidOperationException($"There is no free energy difference ({Status}): {Reason}");
}
