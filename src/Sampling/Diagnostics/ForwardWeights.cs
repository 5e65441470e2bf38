namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The weights w = p~(x)/q(x) at draws x from the target p = p~/Z ("forward"): what the proposal's own draws cannot show. A mode that q
/// misses has w very large there.
/// <para>
/// E_q[w] = Z and E_q[w^2] = Z E_p[w], so the share of effective draws is E_q[w]^2/E_q[w^2] = Z/E_p[w]; and 1/Z = E_p[1/w] wherever p
/// covers q. Together: ESS/S = 1/(E_p[w] E_p[1/w]), from draws of the target alone. Where q has mass outside the target's support, E_p[1/w]
/// counts only the share of q inside, and the figure is that of q restricted to the support: larger by one over that share. With log Z
/// known from elsewhere, <see cref="EffectiveFractionGiven"/> does without E_p[1/w].
/// </para>
/// </summary>
public sealed class ForwardWeights
{
    private readonly double[] _log;

    /// <summary>Takes log weights.</summary>
    /// <param name="logWeights">[S] log p~(x) - log q(x), x from the target. +infinity says that q(x) = 0: legal, counted in
    /// <see cref="Uncovered"/>.</param>
    /// <param name="inefficiency">g of the target's draws, if they are a chain's: standard errors grow by its root.</param>
    /// <exception cref="ArgumentException">NaN or -infinity (a draw of the target where the target is zero) - the message counts both and
    /// names the first -, or no draws.</exception>
    public ForwardWeights(ReadOnlySpan<double> logWeights, double inefficiency = 1)
    {
        if (!(inefficiency > 0) || double.IsInfinity(inefficiency))
            throw new ArgumentException($"A statistical inefficiency is positive and finite, not {inefficiency}.", nameof(inefficiency));
        int first = -1, undefined = 0, impossible = 0;
        for (int i = 0; i < logWeights.Length; i++)
        {
            undefined += double.IsNaN(logWeights[i]) ? 1 : 0;
            impossible += double.IsNegativeInfinity(logWeights[i]) ? 1 : 0;
            Uncovered += double.IsPositiveInfinity(logWeights[i]) ? 1 : 0;
            first = first < 0 && undefined + impossible > 0 ? i : first;
        }
        if (first >= 0)
            throw new ArgumentException($"Of {logWeights.Length} log weights {undefined} are NaN and {impossible} -infinity, the first at logWeights[{first}].", nameof(logWeights));
        if (logWeights.IsEmpty)
            throw new ArgumentException("There are no weights.", nameof(logWeights));
        _log = logWeights.ToArray();

        // means of exp(+-log w) about their largest terms; the share of a draw in each is its influence
        int count = _log.Length;
        (double logInverse, double[] inverse) = Normalise(Array.ConvertAll(_log, w => -w));
        LogZ = new(-logInverse, Math.Sqrt(inefficiency) * Error(inverse));
        if (Uncovered > 0)
        {
            Eubo = new(double.PositiveInfinity, double.NaN);
            EffectiveFraction = new(0, double.NaN);
            LogMean = double.PositiveInfinity;
            return;
        }
        Eubo = SampleMean.Of(_log, inefficiency);
        (LogMean, double[] direct) = Normalise(_log);
        double fraction = Math.Exp(-LogMean - logInverse);
        EffectiveFraction = new(fraction, fraction * Math.Sqrt(inefficiency) * Error([.. direct.Zip(inverse, (d, i) => d + i)]));
        LargestShare = direct.Max();

        // standard error of a logarithm of means from the sum of their terms' shares, each times S an influence
        double Error(double[] shares)
        {
            double mean = shares.Average();
            return count < 2 || mean == 0 ? double.NaN : Math.Sqrt(shares.Sum(s => (s - mean) * (s - mean)) * count / (count - 1));
        }
    }

    /// <summary>S, the number of samples.</summary>
    public int Count => _log.Length;

    /// <summary>Draws of the target where the proposal is zero.</summary>
    public int Uncovered { get; }

    /// <summary>[S] as given.</summary>
    public ReadOnlySpan<double> LogWeights => _log;

    /// <summary>The evidence upper bound E_p[log w] = log Z + KL(p||q); +infinity (error NaN) if a draw is uncovered.</summary>
    public Estimate Eubo { get; }

    /// <summary>
    /// The forward ESS, 1/(E_p[w] E_p[1/w]), between 0 and 1, with the delta method's error: the two means are of the same draws, and their
    /// correlation is in it. 0 if a draw is uncovered. A few draws in a missed mode rule E_p[w]: see <see cref="LargestShare"/>.
    /// </summary>
    public Estimate EffectiveFraction { get; }

    /// <summary>-log E_p[1/w]: the harmonic mean, whose 1/w may have no variance where q is wider than p. A check on log Z, not a way to
    /// it.</summary>
    public Estimate LogZ { get; }

    /// <summary>log E_p[w].</summary>
    public double LogMean { get; }

    /// <summary>The largest weight over the sum of weights: near 1, E_p[w] is one draw's. NaN if a draw is uncovered.</summary>
    public double LargestShare { get; } = double.NaN;

    /// <summary>Z/E_p[w], with log Z from elsewhere: for instance <see cref="ImportanceWeights.LogMean"/>. May exceed 1 by the errors of
    /// the two.</summary>
    /// <param name="logZ">Natural logarithm.</param>
    public double EffectiveFractionGiven(double logZ) => Math.Exp(logZ - LogMean);

    private static (double LogMean, double[] Shares) Normalise(double[] log)
    {
        double largest = log.Max();
        if (double.IsNegativeInfinity(largest))
            return (double.NegativeInfinity, new double[log.Length]);
        double[] shares = Array.ConvertAll(log, w => Math.Exp(w - largest));
        double sum = shares.Sum();
        return (largest + Math.Log(sum / log.Length), Array.ConvertAll(shares, s => s / sum));
    }
}
