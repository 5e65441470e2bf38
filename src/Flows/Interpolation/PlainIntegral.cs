using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>
/// The estimator of arXiv 2410.15815: f_1 - f_0 = E dU(x_t, t)/dt over t and interpolated pairs, no simulation between the ends. It is
/// right only where exp(-U(., t)) is the law of x_t; its error, over groups of independent samples, does not know how far that is
/// from true.
/// </summary>
/// <param name="Difference">f_1 - f_0, kT, with the error over groups.</param>
/// <param name="Times">[bins] their middles.</param>
/// <param name="Means">[bins] of dU/dt, kT.</param>
/// <param name="Deviations">[bins] of dU/dt, kT: how it scatters, which says where windows have to be dense.</param>
/// <param name="EnergyCalls">One a pair.</param>
/// <param name="LeftOut">Pairs whose dU/dt was not finite.</param>
public sealed record PlainIntegral(Estimate Difference, IReadOnlyList<double> Times, IReadOnlyList<double> Means,
    IReadOnlyList<double> Deviations, long EnergyCalls, long LeftOut)
{
    private const int Bins = 20;

    /// <summary>Of held-out samples.</summary>
    /// <param name="path">Trained.</param>
    /// <param name="groups">[G] objectives over the samples of independent chains, which training has not seen.</param>
    /// <param name="pairs">A group.</param>
    /// <param name="batch">Pairs at once.</param>
    /// <param name="random">Of pairs and times.</param>
    public static PlainIntegral Of(LearnedPath path, IReadOnlyList<TargetScoreMatching> groups, int pairs, int batch, RandomSource random)
    {
        double[] sums = new double[groups.Count], counts = new double[groups.Count];
        double[] binned = new double[Bins], squares = new double[Bins], inBin = new double[Bins];
        long leftOut = 0, calls = 0;
        for (int g = 0; g < groups.Count; g++)
            for (int part = 0; part * batch < pairs; part++)
            {
                using DisposeScope scope = NewDisposeScope();
                (Tensor x, Tensor t, _) = groups[g].Pairs(batch, random.Split(g).Split(part));
                double[] rates = [.. path.Derivatives(x, t, forTraining: false).Rate.contiguous().data<double>()],
                    times = [.. t.data<double>()];
                calls += batch;
                for (int b = 0; b < batch; b++)
                {
                    if (!double.IsFinite(rates[b]))
                    {
                        leftOut++;
                        continue;
                    }
                    int bin = Math.Min(Bins - 1, (int)(times[b] * Bins));
                    (sums[g], counts[g]) = (sums[g] + rates[b], counts[g] + 1);
                    (binned[bin], squares[bin], inBin[bin]) = (binned[bin] + rates[b], squares[bin] + rates[b] * rates[b],
                        inBin[bin] + 1);
                }
            }
        double[] means = [.. binned.Select((s, k) => s / inBin[k])];
        return new(Jackknife.Ratio(sums, counts), [.. Enumerable.Range(0, Bins).Select(k => (k + 0.5) / Bins)], means,
            [.. squares.Select((s, k) => Math.Sqrt(Math.Max(0, s / inBin[k] - means[k] * means[k])))], calls, leftOut);
    }
}
