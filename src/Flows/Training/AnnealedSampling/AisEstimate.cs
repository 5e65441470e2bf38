using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>
/// log Z by annealed importance sampling from a flow. The mean weight is an unbiased estimate of Z = integral of p~ (its logarithm is low
/// by half its variance), and weights of annealed samples are importance weights on the space of paths, so that all of
/// <see cref="ImportanceWeights"/> holds. As there, a mode that no path reaches goes unseen.
/// </summary>
/// <param name="Weights">ln w, one a path.</param>
/// <param name="EnergyCalls">What it took.</param>
/// <param name="LeftOut">Paths of weight 0: they began where a density is not finite.</param>
public sealed record AisEstimate(ImportanceWeights Weights, long EnergyCalls, long LeftOut)
{
    private const int Batch = 1024;

    /// <summary>ln of the mean weight, with its error.</summary>
    public Estimate LogZ => Weights.LogMean;

    /// <summary>Estimates ln of the integral of p~^alpha q^(1 - alpha); ln Z for alpha = 1.</summary>
    /// <param name="flow">q.</param>
    /// <param name="target">ln p~.</param>
    /// <param name="settings">Of the path. Step sizes adapt from batch to batch, never within one: the mean weight stays unbiased.</param>
    /// <param name="samples">Paths.</param>
    /// <param name="random">Noise.</param>
    /// <exception cref="ArgumentException">Every path has weight 0.</exception>
    public static AisEstimate Of(NormalizingFlow flow, LogDensityFunction target, AnnealingSettings settings, int samples,
        RandomSource random)
    {
        using var sampling = new AnnealedImportanceSampling(target, settings);
        return Of(flow, sampling, samples, random);
    }

    /// <summary>The same with a sampler that is ready.</summary>
    public static AisEstimate Of(NormalizingFlow flow, AnnealedImportanceSampling sampling, int samples, RandomSource random)
    {
        List<double> logWeights = [];
        (long calls, long leftOut) = (0, 0);
        for (int part = 0; logWeights.Count < samples; part++)
        {
            using DisposeScope scope = NewDisposeScope();
            AnnealedSamples drawn = sampling.Draw(flow, Math.Min(Batch, samples - logWeights.Count), random.Split(part));
            logWeights.AddRange(drawn.LogWeights.data<double>().ToArray());
            (calls, leftOut) = (calls + drawn.EnergyCalls, leftOut + drawn.LeftOut);
        }
        return new(new ImportanceWeights([.. logWeights]), calls, leftOut);
    }
}
