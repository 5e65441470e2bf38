using System.Globalization;

namespace MolSampling.Sampling.Estimators;

/// <summary>
/// One-sided free energy difference by exponential averaging (R. W. Zwanzig, J. Chem. Phys. 22 (1954) 1420; for works C. Jarzynski, Phys. Rev. Lett. 78 (1997) 2690):
/// f_1 - f_0 = -ln &lt;exp(-w)&gt;_0, w = u_1 - u_0 in kT. A work of +infinity is legal: it has weight zero and counts as a sample.
/// The estimate is biased towards the side it was sampled from; <see cref="EffectiveSamples"/>, <see cref="LargestWeight"/> and <see cref="Pi"/> tell how far to trust it.
/// </summary>
public sealed class ExponentialAverage
{
    // The delta method linearises ln(1 + e), where e has the standard deviation 1/sqrt(ESS). From 1/2 on e is no small number, and neither the value nor the error means anything.
    private const double FewestEffectiveSamples = 4;

    private ExponentialAverage(FreeEnergyDifference difference, double effectiveSamples, double largestWeight, double? pi) =>
        (Difference, EffectiveSamples, LargestWeight, Pi) = (difference, effectiveSamples, largestWeight, pi);

    /// <summary>f_1 - f_0, kT; <see cref="EstimatorStatus.NoOverlap"/> where fewer than four independent samples carry the average.
    /// The standard error is that of the delta method, sqrt(1/ESS - g/n).</summary>
    public FreeEnergyDifference Difference { get; }

    /// <summary>Kish's effective number of samples, (sum w)^2 / (sum w^2), divided by the statistical inefficiency; zero if every work is infinite.</summary>
    public double EffectiveSamples { get; }

    /// <summary>The largest sample's share of the sum, 1/n .. 1.</summary>
    public double LargestWeight { get; }

    /// <summary>
    /// How many standard deviations the smallest of n Gaussian works lies beyond the works that carry the average: sqrt(W((n/g - 1)^2 / 2 pi)) - sqrt(2 s), W Lambert's function,
    /// s = &lt;w&gt; - (f_1 - f_0) the dissipation, taken as equal in both directions (D. Wu, D. A. Kofke, J. Chem. Phys. 123 (2005) 084109). Below 1/2 expect bias. s comes from the same
    /// samples, so a value that is
    /// too small to be trusted still looks better than it is. None with an infinite work.
    /// </summary>
    public double? Pi { get; }

    /// <summary>From samples of state 0.</summary>
    /// <param name="forward">[n] w_F = u_1 - u_0, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is NaN or -infinity (its index is named), or g below 1.</exception>
    public static ExponentialAverage Forward(ReadOnlySpan<double> forward, double inefficiency = 1) => Average(forward, inefficiency, 1, nameof(forward));

    /// <summary>From samples of state 1: f_1 - f_0 = +ln &lt;exp(-w_R)&gt;_1.</summary>
    /// <param name="reverse">[n] w_R = u_0 - u_1, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is NaN or -infinity (its index is named), or g below 1.</exception>
    public static ExponentialAverage Reverse(ReadOnlySpan<double> reverse, double inefficiency = 1) => Average(reverse, inefficiency, -1, nameof(reverse));

    /// <summary>
    /// Second cumulant, exact if works are Gaussian: f_1 - f_0 = &lt;w&gt; - s^2/2, variance s^2 g/n + s^4 / 2(n/g - 1), s^2 the unbiased variance.
    /// </summary>
    /// <param name="forward">[n] w_F = u_1 - u_0, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is not finite (a cumulant has no weight to make it zero), or g below 1.</exception>
    public static FreeEnergyDifference GaussianForward(ReadOnlySpan<double> forward, double inefficiency = 1) => Gaussian(forward, inefficiency, 1, nameof(forward));

    /// <summary>Second cumulant from samples of state 1: f_1 - f_0 = -(&lt;w_R&gt; - s^2/2).</summary>
    /// <param name="reverse">[n] w_R = u_0 - u_1, kT.</param>
    /// <param name="inefficiency">g: n/g samples are independent.</param>
    /// <exception cref="ArgumentException">No works, one that is not finite, or g below 1.</exception>
    public static FreeEnergyDifference GaussianReverse(ReadOnlySpan<double> reverse, double inefficiency = 1) => Gaussian(reverse, inefficiency, -1, nameof(reverse));

    private static ExponentialAverage Average(ReadOnlySpan<double> works, double inefficiency, int sign, string name)
    {
        WorkData.Check(works, name, infinityAllowed: true);
        WorkData.CheckInefficiency(inefficiency, nameof(inefficiency));
        double smallest = double.PositiveInfinity, sum = 0, workSum = 0;
        foreach (double work in works)
            smallest = Math.Min(smallest, work);
        if (double.IsPositiveInfinity(smallest))
            return new(FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, $"All {works.Length} {name} works are infinite."), 0, 1.0 / works.Length, null);
        foreach (double work in works)
        {
            sum += Math.Exp(smallest - work);
            workSum += work - smallest;
        }
        double mean = sum / works.Length, squares = 0; // squares of deviations of w / <w>: 1/ESS - 1/n without a cancellation
        foreach (double work in works)
        {
            double deviation = Math.Exp(smallest - work) / mean - 1;
            squares += deviation * deviation;
        }
        double relative = squares / works.Length / works.Length;
        double effective = 1 / (relative + 1.0 / works.Length) / inefficiency;
        double value = smallest - Math.Log(mean);
        double? pi = double.IsPositiveInfinity(workSum)
            ? null
            // s >= 0 up to rounding (Jensen)
            : Math.Sqrt(LambertW(Math.Pow(Math.Max(works.Length / inefficiency - 1, 0), 2) / (2 * Math.PI))) - Math.Sqrt(2 * Math.Max(workSum / works.Length + Math.Log(mean), 0));
        FreeEnergyDifference difference = effective < FewestEffectiveSamples
            ? FreeEnergyDifference.Failed(EstimatorStatus.NoOverlap, string.Create(CultureInfo.InvariantCulture,
                $"{effective:g3} independent samples carry the exponential average of {works.Length} {name} works."))
            : FreeEnergyDifference.Of(sign * value, Math.Sqrt(inefficiency * relative));
        return new(difference, effective, 1 / sum, pi);
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
        return FreeEnergyDifference.Of(sign * (mean - 0.5 * variance), Math.Sqrt(variance / independent + 0.5 * variance * variance / (independent - 1)));
    }

    /// <summary>The principal branch for x >= 0: w exp(w) = x, by Halley's method.</summary>
    internal static double LambertW(double x)
    {
        double w = Math.Log(1 + x); // above the root, from where Halley's method descends
        for (int i = 0; i < 50 && w > 0; i++)
        {
            double residual = w - x * Math.Exp(-w), step = residual / (w + 1 - residual * (w + 2) / (2 * w + 2));
            w -= step;
            if (Math.Abs(step) <= 1e-15 * w)
                break;
        }
        return w;
    }
}
