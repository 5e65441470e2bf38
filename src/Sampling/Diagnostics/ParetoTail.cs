namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The upper tail of importance weights as a generalised Pareto law, whose shape k-hat says how many moments the weights have (fewer than
/// 1/k) and so whether an average over them can be trusted. A. Vehtari, D. Simpson, A. Gelman, Y. Yao, J. Gabry, J. Mach. Learn. Res. 25
/// (2024) 72 (Pareto smoothed importance sampling); fit of J. Zhang, M. A. Stephens, Technometrics 51 (2009) 316.
/// </summary>
/// <param name="Shape">k-hat, after the weakly informative prior. -infinity if the whole tail has one value (bounded weights); NaN if the
/// tail is too short to say: fewer than five draws above the threshold.</param>
/// <param name="Scale">sigma of the law of what exceeds the threshold, in units of the largest weight.</param>
/// <param name="LogThreshold">Log weight of the largest draw outside the tail.</param>
/// <param name="TailSize">M = ceil(min(S/5, 3 sqrt S)), or fewer where weights are zero or tied with the threshold.</param>
/// <param name="Draws">S, zero weights included.</param>
public sealed record ParetoTail(double Shape, double Scale, double LogThreshold, int TailSize, int Draws)
{
    /// <summary>Draws that a fit needs in the tail.</summary>
    public const int FewestDraws = 5;

    private const double PriorStrength = 10, PriorShape = 0.5, ProfilePrior = 3; // the last is the 3 of Zhang and Stephens

    /// <summary>The largest k-hat at which S draws still average reliably: min(1 - 1/log10 S, 0.7).</summary>
    public double Limit => Math.Min(1 - 1 / Math.Log10(Draws), 0.7);

    /// <summary>k-hat is known and within <see cref="Limit"/>.</summary>
    public bool IsReliable => Shape <= Limit;

    /// <summary>Fits the tail of log weights.</summary>
    /// <param name="logWeights">[S]; -infinity is a weight of zero. A common constant does not matter.</param>
    /// <exception cref="ArgumentException">NaN, +infinity, or all weights are zero.</exception>
    public static ParetoTail Of(ReadOnlySpan<double> logWeights) => new ImportanceWeights(logWeights).Tail;

    /// <summary>Shape and scale of exceedances over a threshold: a profile likelihood averaged over a grid (Zhang and Stephens), then k' =
    /// (M k + 10/2)/(M + 10).</summary>
    /// <param name="exceedances">[M] ascending and positive, M at least five.</param>
    /// <exception cref="ArgumentException">Too few, not ascending, or not positive and finite.</exception>
    public static (double Shape, double Scale) Fit(ReadOnlySpan<double> exceedances)
    {
        int m = exceedances.Length;
        if (m < FewestDraws)
            throw new ArgumentException($"A Pareto fit needs {FewestDraws} exceedances, not {m}.", nameof(exceedances));
        for (int i = 0; i < m; i++)
            if (!(exceedances[i] > 0) || !double.IsFinite(exceedances[i]) || i > 0 && exceedances[i] < exceedances[i - 1])
                throw new ArgumentException($"exceedances[{i}] is {exceedances[i]}: they ascend, positive and finite.",
                    nameof(exceedances));

        // density (1 - theta x)^(-1/k - 1)/sigma with theta = -k/sigma: the likelihood of theta alone has k(theta) = mean log(1 - theta x)
        int grid = 30 + (int)Math.Sqrt(m);
        double quartile = exceedances[(int)(m / 4.0 + 0.5) - 1], largest = exceedances[^1];
        var thetas = new double[grid];
        var likelihoods = new double[grid];
        for (int j = 0; j < grid; j++)
        {
            double theta = 1 / largest + (1 - Math.Sqrt(grid / (j + 0.5))) / (ProfilePrior * quartile), k = MeanLog(exceedances, theta);
            thetas[j] = theta;
            likelihoods[j] = m * (Math.Log(-theta / k) - k - 1);
        }
        double best = likelihoods.Max(), sum = 0, mean = 0;
        for (int j = 0; j < grid; j++)
        {
            double weight = Math.Exp(likelihoods[j] - best);
            sum += weight;
            mean += weight * thetas[j];
        }
        mean /= sum;
        double shape = MeanLog(exceedances, mean), scale = -shape / mean;
        return ((m * shape + PriorStrength * PriorShape) / (m + PriorStrength), scale);
    }

    /// <summary>The value of the fitted law that a share p of exceedances stays below.</summary>
    internal double Quantile(double p) => Math.Abs(Shape) < 1e-12 ? -Scale * Math.Log(1 - p)
        : Scale * (Math.Exp(-Shape * Math.Log(1 - p)) - 1) / Shape;

    private static double MeanLog(ReadOnlySpan<double> x, double theta)
    {
        double sum = 0;
        foreach (double v in x)
            sum += Math.Log(1 - theta * v);
        return sum / x.Length;
    }
}
