using MolSampling.Flows.Splines;
using MolSampling.Flows.Transformers;

namespace MolSampling.Flows.Presets;

/// <summary>
/// Where to put a circle's seam, and the spline that takes the uniform distribution to that of samples: bins of equal probability, whose
/// ends are quantiles, with slopes between those of the neighbouring bins.
/// </summary>
/// <param name="Turn">rad to add to the spline's output.</param>
/// <param name="Parameters">Of a periodic <see cref="SplineTransformer"/> on [-pi, pi).</param>
internal sealed record CircleMarginal(double Turn, double[] Parameters)
{
    private const double Period = 2 * Math.PI;

    /// <summary>From samples.</summary>
    /// <param name="samples">rad, any branch.</param>
    /// <param name="bins">K.</param>
    /// <exception cref="ArgumentException">None, or not finite.</exception>
    public static CircleMarginal Of(ReadOnlySpan<double> samples, int bins)
    {
        double seam = EmptiestPlace(samples);
        double[] sorted = new double[samples.Length]; // distance from the seam, in turns
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = Fraction((samples[i] - seam) / Period);
        Array.Sort(sorted);
        double[] knots = [.. Enumerable.Range(0, bins + 1).Select(k => k == 0 ? 0 : k == bins ? 1
            : sorted[(int)((long)k * sorted.Length / bins)])];
        double least = 2 * SplineShape.Least;
        double[] heights = [.. Enumerable.Range(0, bins).Select(k => Math.Max(least, knots[k + 1] - knots[k]))];
        double sum = heights.Sum();
        double[] shares = [.. heights.Select(h => least + (h - least) / (sum - bins * least) * (1 - bins * least))];
        double[] parameters = new double[3 * bins + 1];
        for (int k = 0; k < bins; k++)
        {
            parameters[bins + k] = Math.Log((shares[k] - SplineShape.Least) / (1 - bins * SplineShape.Least));
            double slope = bins * Math.Sqrt(shares[k] * shares[(k + bins - 1) % bins]); // at the left end of bin k
            parameters[2 * bins + k] = SplineTransformer.SlopeParameter(slope);
        }
        return new(Fraction((seam + Math.PI) / Period) * Period, parameters);
    }

    /// <summary>The middle of the widest run of the fewest samples, in 72 parts of the circle.</summary>
    private static double EmptiestPlace(ReadOnlySpan<double> samples)
    {
        const int Parts = 72;
        int[] count = new int[Parts];
        foreach (double x in samples)
            count[double.IsFinite(x) ? Math.Min(Parts - 1, (int)(Fraction(x / Period) * Parts))
                : throw new ArgumentException("An angle is not finite.", nameof(samples))]++;
        int least = count.Min();
        (int Start, int Length) best = (0, 0);
        for (int start = 0; start < Parts; start++)
        {
            int length = 0;
            while (length < Parts && count[(start + length) % Parts] == least)
                length++;
            best = length > best.Length ? (start, length) : best;
        }
        return Period * (best.Start + 0.5 * best.Length) / Parts;
    }

    private static double Fraction(double x) => x - Math.Floor(x);
}
