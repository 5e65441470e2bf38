using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// One-sided free energy difference by exponential averaging (R. W. Zwanzig, J. Chem. Phys. 22 (1954) 1420; for works C. Jarzynski, Phys.
/// Rev. Lett. 78 (1997) 2690): f_1 - f_0 = -ln &lt;exp(-w)&gt;_0, w = u_1 - u_0 in kT. A work of +infinity is legal: it has weight zero and
/// counts as a sample. The estimate is biased towards the side it was sampled from; <see cref="EffectiveSamples"/> and
/// <see cref="LargestWeight"/> tell how far to trust it.
/// </summary>
public sealed class ExponentialAverage
{
    // The delta method linearises ln(1 + e), where e has the standard deviation 1/sqrt(ESS). From 1/2 on e is no small number, and neither
    // the value nor the error means anything.
    private const double FewestEffectiveSamples = 4;

    private ExponentialAverage(FreeEnergyDifference difference, double effectiveSamples, double largestWeight) =>
        (Difference, EffectiveSamples, LargestWeight) = (difference, effectiveSamples, largestWeight);

    /// <summary>f_1 - f_0, kT; <see cref="EstimatorStatus.NoOverlap"/> where fewer than four independent samples carry the average.
    /// The standard error is that of the delta method, sqrt(1/ESS - g/n).</summary>
    public FreeEnergyDifference Difference { get; }

    /// <summary>Kish's effective number of samples, (sum w)^2 / (sum w^2), divided by the statistical inefficiency; zero if every work is
    /// infinite.</summary>
    public double EffectiveSamples { get; }

    /// <summary>The largest sample's share of the sum, 1/n .. 1.</summary>
    public double LargestWeight { get; }

    /// <summary>From samples of state 0.</summary>
    /// <param name="forward">[n] w_F = u_1 - u_0, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is NaN or -infinity (its index is named), or g below 1.</exception>
    public static ExponentialAverage Forward(ReadOnlySpan<double> forward, double inefficiency = 1) => Average(forward, inefficiency, 1,
        nameof(forward));

    /// <summary>From samples of state 1: f_1 - f_0 = +ln &lt;exp(-w_R)&gt;_1.</summary>
    /// <param name="reverse">[n] w_R = u_0 - u_1, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is NaN or -infinity (its index is named), or g below 1.</exception>
    public static ExponentialAverage Reverse(ReadOnlySpan<double> reverse, double inefficiency = 1) => Average(reverse, inefficiency, -1,
        nameof(reverse));

    /// <summary>
    /// Second cumulant, exact if works are Gaussian: f_1 - f_0 = &lt;w&gt; - s^2/2, variance s^2 g/n + s^4 / 2(n/g - 1), s^2 the unbiased
    /// variance.
    /// </summary>
    /// <param name="forward">[n] w_F = u_1 - u_0, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is not finite (a cumulant has no weight to make it zero), or g below
    /// 1.</exception>
    public static FreeEnergyDifference GaussianForward(ReadOnlySpan<double> forward, double inefficiency = 1) =>
        Gaussian(forward, inefficiency, 1, nameof(forward));

    /// <summary>Second cumulant from samples of state 1: f_1 - f_0 = -(&lt;w_R&gt; - s^2/2).</summary>
    /// <param name="reverse">[n] w_R = u_0 - u_1, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is not finite, or g below 1.</exception>
    public static FreeEnergyDifference GaussianReverse(ReadOnlySpan<double> reverse, double inefficiency = 1) =>
        Gaussian(reverse, inefficiency, -1, nameof(reverse));

    private static ExponentialAverage Average(ReadOnlySpan<double> works, double inefficiency, int sign, string name)
    {
        WorkData.Check(works, name, infinityAllowed: true);
        WorkData.CheckInefficiency(inefficiency, nameof(inefficiency));
        double smallest = double.PositiveInfinity, sum = 0;
        foreach (double work in works)
            smallest = Math.Min(smallest, work);
        if (double.IsPositiveInfinity(smallest))
            return new(FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, $"All {works.Length} {name} works are infinite."), 0,
                1.0 / works.Length);
        foreach (double work in works)
            sum += Math.Exp(smallest - work);
        double mean = sum / works.Length, squares = 0; // squares of deviations of w / <w>: 1/ESS - 1/n without a cancellation
        foreach (double work in works)
        {
            double deviation = Math.Exp(smallest - work) / mean - 1;
            squares += deviation * deviation;
        }
        double relative = squares / works.Length / works.Length;
        double effective = 1 / (relative + 1.0 / works.Length) / inefficiency;
        double value = smallest - Math.Log(mean);
        FreeEnergyDifference difference = effective < FewestEffectiveSamples
            ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, string.Create(CultureInfo.InvariantCulture,
                $"{effective:g3} independent samples carry the exponential average of {works.Length} {name} works."))
            : FreeEnergyDifference.Of(sign * value, Math.Sqrt(inefficiency * relative));
        return new(difference, effective, 1 / sum);
    }

    private static FreeEnergyDifference Gaussian(ReadOnlySpan<double> works, double inefficiency, int sign, string name)
    {
        WorkData.Check(works, name, infinityAllowed: false);
        WorkData.CheckInefficiency(inefficiency, nameof(inefficiency));
        double independent = works.Length / inefficiency;
        if (independent <= 1 || works.Length < 2)
            return FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, string.Create(CultureInfo.InvariantCulture,
                $"A variance needs more than the {independent:g3} independent samples there are."));
        (double mean, double squares) = WorkData.Moments(works);
        double variance = squares / (works.Length - 1.0);
        return FreeEnergyDifference.Of(sign * (mean - 0.5 * variance),
            Math.Sqrt(variance / independent + 0.5 * variance * variance / (independent - 1)));
    }
}
