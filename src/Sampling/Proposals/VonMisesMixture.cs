namespace MolSampling.Sampling.Proposals;

/// <summary>
/// A mixture of von Mises laws of one angle, p(t) = sum_k w_k exp(kappa_k cos(t - mu_k)) / (2 pi I_0(kappa_k)), fitted by expectation
/// maximisation (A. Banerjee, I. S. Dhillon, J. Ghosh, S. Sra, J. Mach. Learn. Res. 6 (2005) 1345).
/// Concentrations have no cap but that of a mode as narrow as <see cref="LargestConcentration"/>.
/// </summary>
public sealed class VonMisesMixture
{
    /// <summary>A standard deviation of 2.6 degrees: below the distance of the nodes that proposals are kept at.</summary>
    public const double LargestConcentration = 500;

    private const int Iterations = 60;

    private readonly double[] _logWeight, _mean, _concentration;

    private VonMisesMixture(double[] logWeight, double[] mean, double[] concentration) => (_logWeight, _mean, _concentration) =
        (logWeight, mean, concentration);

    /// <summary>Components.</summary>
    public int Count => _mean.Length;

    /// <summary>Fits to angles.</summary>
    /// <param name="angles">rad, at least one.</param>
    /// <param name="components">K; they start at the K likeliest of 24 sectors that are no neighbours where possible.</param>
    public static VonMisesMixture Fit(ReadOnlySpan<double> angles, int components)
    {
        (double[] weight, double[] mean, double[] kappa) = Start(angles, components);
        var mixture = new VonMisesMixture([.. weight.Select(w => Math.Log(w))], mean, kappa);
        double[] terms = new double[components], sums = new double[components], cosines = new double[components],
            sines = new double[components];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(sums);
            Array.Clear(cosines);
            Array.Clear(sines);
            foreach (double angle in angles)
            {
                double total = mixture.Terms(angle, terms);
                (double s, double c) = Math.SinCos(angle);
                for (int k = 0; k < components; k++)
                {
                    double share = Math.Exp(terms[k] - total);
                    sums[k] += share;
                    cosines[k] += share * c;
                    sines[k] += share * s;
                }
            }
            for (int k = 0; k < components; k++)
            {
                // an empty component stays where it is, with a weight that does no harm
                double r = sums[k] > 1e-9 ? Math.Min(Math.Sqrt(cosines[k] * cosines[k] + sines[k] * sines[k]) / sums[k], 1 - 1e-9) : 0;
                mixture._logWeight[k] = Math.Log((sums[k] + 1e-6) / (angles.Length + 1e-6 * components));
                if (sums[k] <= 1e-9)
                    continue;
                mixture._mean[k] = Math.Atan2(sines[k], cosines[k]);
                // A^-1(r), Banerjee et al., eq. 4.4
                mixture._concentration[k] = Math.Min(LargestConcentration, r * (2 - r * r) / (1 - r * r));
            }
        }
        return mixture;
    }

    /// <summary>log p(t).</summary>
    public double LogDensity(double angle) => Terms(angle, stackalloc double[Count]);

    private double Terms(double angle, Span<double> terms)
    {
        double top = double.NegativeInfinity;
        for (int k = 0; k < terms.Length; k++)
        {
            double half = Math.Sin(0.5 * (angle - _mean[k]));
            terms[k] = _logWeight[k] - 2 * _concentration[k] * half * half - Math.Log(2 * Math.PI) - LogScaledBessel(_concentration[k]);
            top = Math.Max(top, terms[k]);
        }
        double sum = 0;
        foreach (double term in terms)
            sum += Math.Exp(term - top);
        return top + Math.Log(sum);
    }

    private static (double[] Weight, double[] Mean, double[] Kappa) Start(ReadOnlySpan<double> angles, int components)
    {
        const int sectors = 24;
        double[] counts = new double[sectors];
        foreach (double angle in angles)
            counts[(int)Math.Floor((angle + Math.PI) / (2 * Math.PI) * sectors) is var s && s < 0 ? 0 : Math.Min(s, sectors - 1)]++;
        var chosen = new List<int>();
        foreach (int sector in Enumerable.Range(0, sectors).OrderByDescending(s => counts[s]).ThenBy(s => s))
            if (chosen.Count < components && !chosen.Any(c => Math.Abs(c - sector) is 1 or sectors - 1))
                chosen.Add(sector);
        for (int sector = 0; chosen.Count < components; sector++)
            if (!chosen.Contains(sector % sectors))
                chosen.Add(sector % sectors);
        return ([.. chosen.Select(c => (counts[c] + 1) / (chosen.Sum(o => counts[o]) + components))],
            [.. chosen.Select(c => -Math.PI + (c + 0.5) * 2 * Math.PI / sectors)], [.. chosen.Select(_ => 10.0)]);
    }

    /// <summary>log (exp(-k) I_0(k)): the power series, whose terms are positive, below 25; the asymptotic one above, whose smallest term
    /// is there below 1e-20.</summary>
    internal static double LogScaledBessel(double k)
    {
        double sum = 1, term = 1;
        if (k < 25)
        {
            for (int n = 1; term > 1e-17 * sum; n++)
                sum += term *= k * k / (4.0 * n * n);
            return Math.Log(sum) - k;
        }
        for (int n = 1; n < 50 && Math.Abs(term) > 1e-17; n++)
            sum += term *= (2.0 * n - 1) * (2 * n - 1) / (8 * k * n);
        return Math.Log(sum) - 0.5 * Math.Log(2 * Math.PI * k);
    }
}
