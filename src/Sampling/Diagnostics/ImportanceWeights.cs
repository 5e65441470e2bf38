using MathNet.Numerics.Distributions;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// Importance weights w = p~(x)/q(x) of independent draws x from a proposal q, for an unnormalised target p~ = Z p: what can be known from
/// the proposal's side ("reverse"). All of it is blind to a mode of the target where q has no draws: set <see cref="ForwardWeights"/>
/// beside it. Nothing is clipped, smoothed or left out unless a method of that name is asked.
/// </summary>
public sealed class ImportanceWeights
{
    private readonly double[] _log, _shares;

    /// <summary>Takes log weights.</summary>
    /// <param name="logWeights">[S] log p~(x) - log q(x), x from q. -infinity is a draw outside the target's support: a weight of zero,
    /// counted in <see cref="Outside"/> and in every mean.</param>
    /// <exception cref="ArgumentException">NaN or +infinity (the message counts both and names the first), all weights zero, or
    /// none.</exception>
    public ImportanceWeights(ReadOnlySpan<double> logWeights)
    {
        int first = -1, undefined = 0, infinite = 0;
        double largest = double.NegativeInfinity;
        for (int i = 0; i < logWeights.Length; i++)
        {
            double w = logWeights[i];
            undefined += double.IsNaN(w) ? 1 : 0;
            infinite += double.IsPositiveInfinity(w) ? 1 : 0;
            Outside += double.IsNegativeInfinity(w) ? 1 : 0;
            first = first < 0 && (double.IsNaN(w) || double.IsPositiveInfinity(w)) ? i : first;
            largest = Math.Max(largest, w);
        }
        if (first >= 0)
            throw new ArgumentException($"Of {logWeights.Length} log weights {undefined} are NaN and {infinite} +infinity, the first at logWeights[{first}].", nameof(logWeights));
        if (Outside == logWeights.Length)
            throw new ArgumentException(Outside == 0 ? "There are no weights." : $"All {Outside} weights are zero.", nameof(logWeights));

        _log = logWeights.ToArray();
        _shares = Array.ConvertAll(_log, w => Math.Exp(w - largest));
        double sum = _shares.Sum(), squares = 0, entropy = 0, spread = 0;
        for (int i = 0; i < _shares.Length; i++)
        {
            double share = _shares[i] /= sum;
            squares += share * share;
            spread += (share - 1.0 / Count) * (share - 1.0 / Count);
            entropy -= share > 0 ? share * Math.Log(share) : 0;
        }
        EffectiveSize = 1 / squares;
        LargestShare = 1 / sum;
        Perplexity = Math.Exp(entropy);
        // var(mean w)/mean^2, by the delta method that of its logarithm
        LogMean = new(largest + Math.Log(sum / Count), Count < 2 ? double.NaN : Math.Sqrt(spread * Count / (Count - 1)));
        Tail = FitTail(largest);
    }

    /// <summary>S, the number of samples.</summary>
    public int Count => _log.Length;

    /// <summary>Draws of weight zero.</summary>
    public int Outside { get; }

    /// <summary>[S] as given.</summary>
    public ReadOnlySpan<double> LogWeights => _log;

    /// <summary>[S] weights that sum to one.</summary>
    public ReadOnlySpan<double> Shares => _shares;

    /// <summary>Kish's effective sample size, (sum w)^2/sum w^2.</summary>
    public double EffectiveSize { get; }

    /// <summary>Of S: the reverse ESS.</summary>
    public double EffectiveFraction => EffectiveSize / Count;

    /// <summary>The largest weight over the sum.</summary>
    public double LargestShare { get; }

    /// <summary>exp of the entropy of the shares: another effective size, less ruled by the largest weight. O. Cappé, R. Douc, A. Guillin,
    /// J.-M. Marin, C. P. Robert, Stat. Comput. 18 (2008) 447.</summary>
    public double Perplexity { get; }

    /// <summary>log Z = log of the mean weight, with the delta method's standard error. Biased low by about half its squared error; the
    /// error means nothing where <see cref="Tail"/> is unreliable.</summary>
    public Estimate LogMean { get; }

    /// <summary>The evidence lower bound E_q[log w] = log Z - KL(q||p), with its standard error; -infinity (error NaN) if a draw lies
    /// outside the support.</summary>
    public Estimate Elbo => Outside > 0 ? new(double.NegativeInfinity, double.NaN) : SampleMean.Of(_log);

    /// <summary>The upper tail.</summary>
    public ParetoTail Tail { get; }

    /// <summary>Percentile interval of log Z by a bootstrap over draws. Costs S times the number of resamples.</summary>
    /// <param name="level">Of confidence, in (0, 1).</param>
    /// <param name="resamples">Of the draws, with replacement; 1000 for 95 %.</param>
    /// <param name="random">Resample b draws from its child b.</param>
    public Interval LogMeanBootstrap(double level, int resamples, RandomSource random)
    {
        Interval.RequireLevel(level);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 2);
        var logarithms = new double[resamples];
        Parallel.For(0, resamples, ParallelWork.Options(), b =>
        {
            RandomSource own = random.Split(b);
            double sum = 0;
            for (int i = 0; i < _shares.Length; i++)
                sum += _shares[own.NextInt(_shares.Length)];
            logarithms[b] = LogMean.Value + Math.Log(sum);
        });
        Array.Sort(logarithms);
        return new(Quantiles.Linear(logarithms, 0.5 - 0.5 * level), Quantiles.Linear(logarithms, 0.5 + 0.5 * level), level);
    }

    /// <summary>Interval of log Z as of a Gaussian of the delta method's error, hence log-normal in Z.</summary>
    /// <param name="level">Of confidence, in (0, 1).</param>
    public Interval LogMeanInterval(double level)
    {
        Interval.RequireLevel(level);
        double reach = Normal.InvCDF(0, 1, 0.5 + 0.5 * level) * LogMean.StandardError;
        return new(LogMean.Value - reach, LogMean.Value + reach, level);
    }

    /// <summary>
    /// The largest weights lowered to the smallest among them, as some published figures have it: then every figure of the clipped weights
    /// is biased, log Z downwards and the effective size upwards. Both are returned, to be shown side by side.
    /// </summary>
    /// <param name="fraction">Of the draws, such as 1e-4; floor(fraction S) weights are clipped, which may be none.</param>
    public ClippedWeights Clip(double fraction)
    {
        if (!(fraction >= 0 && fraction < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The clipped fraction lies in [0, 1).");
        int count = (int)Math.Floor(fraction * Count);
        if (count == 0)
            return new(this, this, fraction, 0, double.PositiveInfinity);
        double[] sorted = [.. _log.Order()];
        double ceiling = sorted[Count - count];
        return double.IsNegativeInfinity(ceiling)
            ? throw new ArgumentException($"The {count} largest of {Count} weights reach down to zero: clipping would leave none.",
                nameof(fraction))
            : new(this, new(Array.ConvertAll(_log, w => Math.Min(w, ceiling))), fraction, count, ceiling);
    }

    /// <summary>The tail replaced by the expected order statistics of the fitted Pareto law, none above the largest raw weight. The method
    /// of the paper of <see cref="ParetoTail"/>. The shape to report is that of the raw weights.</summary>
    /// <exception cref="InvalidOperationException">The tail has no fit.</exception>
    public ImportanceWeights Smooth()
    {
        if (!double.IsFinite(Tail.Shape))
            throw new InvalidOperationException($"The tail of {Tail.TailSize} weights has no Pareto fit (k = {Tail.Shape}).");
        int[] order = [.. Enumerable.Range(0, Count)];
        Array.Sort([.. _log], order);
        double largest = _log[order[^1]], threshold = Math.Exp(Tail.LogThreshold - largest);
        double[] smoothed = [.. _log];
        for (int i = 0; i < Tail.TailSize; i++)
            smoothed[order[Count - Tail.TailSize + i]] = largest
                + Math.Min(0, Math.Log(threshold + Tail.Quantile((i + 0.5) / Tail.TailSize)));
        return new(smoothed);
    }

    private ParetoTail FitTail(double largest)
    {
        double[] sorted = [.. _log.Order()];
        int size = Math.Min((int)Math.Ceiling(Math.Min(0.2 * Count, 3 * Math.Sqrt(Count))), Count - Outside - 1);
        double threshold = size < 1 ? double.NaN : sorted[Count - size - 1];
        if (threshold == largest && size >= ParetoTail.FewestDraws)
            return new(double.NegativeInfinity, double.NaN, threshold, size, Count);
        double[] exceedances = [.. sorted.AsSpan(Count - Math.Max(0, size)).ToArray().Select(w =>
            Math.Exp(w - largest) - Math.Exp(threshold - largest)).Where(e => e > 0)];
        if (exceedances.Length < ParetoTail.FewestDraws)
            return new(double.NaN, double.NaN, threshold, exceedances.Length, Count);
        (double shape, double scale) = ParetoTail.Fit(exceedances);
        return new(shape, scale, threshold, exceedances.Length, Count);
    }
}

/// <summary>Weights as they are and with the largest lowered.</summary>
/// <param name="Unclipped">As they are.</param>
/// <param name="Clipped">Lowered.</param>
/// <param name="Fraction">That was asked.</param>
/// <param name="Count">Weights at the ceiling by being among the largest.</param>
/// <param name="LogCeiling">The log weight they were lowered to; +infinity if none.</param>
public sealed record ClippedWeights(ImportanceWeights Unclipped, ImportanceWeights Clipped, double Fraction, int Count, double LogCeiling);
