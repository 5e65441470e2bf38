using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;
using static TorchSharp.torch;

namespace MolSampling.Flows.Distributions;

/// <summary>
/// p(x) = exp(kappa cos t) / (period I_0(kappa)), t = 2 pi (x - mean) / period, on circles, column by column. Written as exp(-2 kappa
/// sin^2(t/2)) over the scaled Bessel function, so that no concentration overflows. Sampling is exact: D. J. Best, N. I. Fisher, Appl.
/// Stat. 28 (1979) 152.
/// </summary>
public sealed class VonMises : Distribution
{
    private readonly double[] _mean, _concentration, _frequency;
    private readonly double _logNorm;

    /// <exception cref="ArgumentException">Not circles, another number of columns, or a concentration that is negative or not
    /// finite.</exception>
    public VonMises(Domain domain, IReadOnlyList<double> mean, IReadOnlyList<double> concentration) : base(domain)
    {
        if (domain.Any(a => a.Kind != AxisKind.Circle) || mean.Count != domain.Count || concentration.Count != domain.Count)
            throw new ArgumentException($"Von Mises takes circles with a mean and a concentration each, not {domain}.");
        if (!mean.All(double.IsFinite) || concentration.Any(k => !double.IsFinite(k) || k < 0))
            throw new ArgumentException("Means are finite; concentrations too, and not negative.");
        (_mean, _concentration) = ([.. mean], [.. concentration]);
        _frequency = [.. domain.Select(a => 2 * Math.PI / a.Span)];
        _logNorm = domain.Select((a, i) => Math.Log(a.Span) + VonMisesMixture.LogScaledBessel(concentration[i])).Sum();
    }

    protected internal override Tensor LogDensityInside(Tensor x)
    {
        Tensor half = (x - Row(_mean, x)) * (Row(_frequency, x) * 0.5);
        return (half.sin().square() * Row(_concentration, x)).sum(1) * -2 - _logNorm;
    }

    protected internal override void Draw(Span<double> row, RandomSource random)
    {
        for (int i = 0; i < row.Length; i++)
        {
            double x = _mean[i] + Angle(_concentration[i], random) / _frequency[i], low = Domain[i].Low, period = Domain[i].Span;
            row[i] = x - period * Math.Floor((x - low) / period);
        }
    }

    private static double Angle(double kappa, RandomSource random)
    {
        if (kappa < 1e-9) // uniform to 1e-9; the formula below would divide by 0
            return 2 * Math.PI * (random.NextDouble() - 0.5);
        double tau = 1 + Math.Sqrt(1 + 4 * kappa * kappa);
        // rho = (tau - sqrt(2 tau)) / (2 kappa) and r = (1 + rho^2) / (2 rho), without cancellation: tau^2 - 2 tau = 4 kappa^2
        double rho = 2 * kappa / (tau + Math.Sqrt(2 * tau)), r = (1 + rho * rho) / (2 * rho);
        while (true)
        {
            double z = Math.Cos(Math.PI * random.NextDouble()), f = (1 + r * z) / (r + z), c = kappa * (r - f), u = random.NextDouble();
            if (c * (2 - c) > u || Math.Log(c / u) + 1 >= c)
                return Math.Acos(Math.Clamp(f, -1, 1)) * (random.NextDouble() < 0.5 ? -1 : 1); // |f| exceeds 1 by rounding only
        }
    }
}
