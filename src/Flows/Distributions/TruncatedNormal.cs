using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>
/// The normal distribution of a mean and a deviation, cut to an interval, column by column: bonds and angles. Sampling is exact by
/// rejection: C. P. Robert, Stat. Comput. 5 (1995) 121, "Simulation of truncated normal variables".
/// </summary>
public sealed class TruncatedNormal : Distribution
{
    private readonly double[] _mean, _deviation;
    private readonly double _logNorm;

    /// <exception cref="ArgumentException">Not intervals, another number of columns, or a deviation that is not positive.</exception>
    public TruncatedNormal(Domain domain, IReadOnlyList<double> mean, IReadOnlyList<double> deviation) : base(domain)
    {
        if (domain.Any(a => a.Kind != AxisKind.Interval) || mean.Count != domain.Count || deviation.Count != domain.Count)
            throw new ArgumentException($"Truncated normals take intervals with a mean and a deviation each, not {domain}.");
        if (!mean.All(double.IsFinite) || deviation.Any(s => !double.IsFinite(s) || s <= 0))
            throw new ArgumentException("Means are finite; deviations too, and positive.");
        (_mean, _deviation) = ([.. mean], [.. deviation]);
        _logNorm = domain.Select((a, i) => Math.Log(deviation[i]) + StandardNormal.HalfLogTwoPi + LogMass((a.Low - mean[i]) / deviation[i],
            (a.High - mean[i]) / deviation[i])).Sum();
    }

    protected internal override Tensor LogDensityInside(Tensor x) =>
        ((x - Row(_mean, x)) / Row(_deviation, x)).square().sum(1) * -0.5 - _logNorm;

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        for (int i = 0; i < row.Length; i++)
        {
            double low = (Domain[i].Low - _mean[i]) / _deviation[i], high = (Domain[i].High - _mean[i]) / _deviation[i];
            double t = high < 0 ? -Cut(-high, -low, random) : Cut(low, high, random); // the tail to the right
            row[i] = Math.Min(Math.Max(_mean[i] + _deviation[i] * t, Domain[i].Low), Domain[i].High); // rounding only
        }
    }

    /// <summary>log (Phi(b) - Phi(a)). In a tail, log phi(a) + log of the integral of exp(-a t - t^2 / 2) over 0 .. b - a, by Simpson's
    /// rule as far as it counts.</summary>
    internal static double LogMass(double a, double b)
    {
        if (b < 0)
            (a, b) = (-b, -a);
        if (a <= 0)
        {
            using Tensor ends = tensor(new[] { a / Math.Sqrt(2), b / Math.Sqrt(2) }), erf = ends.erf();
            return Math.Log(0.5 * (erf.data<double>()[1] - erf.data<double>()[0]));
        }
        const int panels = 2000;
        double h = Math.Min(b - a, Math.Min(9, 40 / a)) / (2 * panels), sum = 0; // exp(-40) is beyond double precision
        for (int k = 0; k <= 2 * panels; k++)
            sum += (k is 0 or 2 * panels ? 1 : k % 2 == 1 ? 4 : 2) * Math.Exp(-k * h * (a + 0.5 * k * h));
        return Math.Log(sum * h / 3) - 0.5 * a * a - StandardNormal.HalfLogTwoPi;
    }

    /// <summary>A standard normal number within [a, b], b >= 0.</summary>
    private static double Cut(double a, double b, RandomSource random)
    {
        double mode = Math.Max(a, 0); // the density's largest value in [a, b] is there
        double rate = 0.5 * (mode + Math.Sqrt(mode * mode + 4)); // of the best exponential envelope of a tail
        bool wide = a <= 0 ? b - a > Math.Sqrt(2 * Math.PI) : b - a > 1 / rate;
        while (true)
        {
            if (!wide)
            {
                double t = a + (b - a) * random.NextDouble();
                if (Math.Log(random.NextDouble()) <= 0.5 * (mode - t) * (mode + t))
                    return t;
            }
            else if (a <= 0)
            {
                double t = random.NextNormal();
                if (t >= a && t <= b)
                    return t;
            }
            else
            {
                double t = a - Math.Log(random.NextDouble()) / rate;
                if (t <= b && Math.Log(random.NextDouble()) <= -0.5 * (t - rate) * (t - rate))
                    return t;
            }
        }
    }
}
