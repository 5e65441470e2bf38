using MolSampling.Flows.Training;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows;

/// <summary>How good a flow is as a proposal for a target.</summary>
/// <param name="Reverse">Weights ln p~(x) - ln q(x) of the flow's own samples: log Z, ELBO, reverse effective size, k-hat.</param>
/// <param name="Forward">The same at samples of the target, if there are any: EUBO, forward effective size. A mode that the flow has missed
/// shows here only.</param>
/// <param name="NonFinite">Samples of the flow that overflowed, or whose energy was not a number; they carry no weight.</param>
public sealed record FlowEvaluation(ImportanceWeights Reverse, ForwardWeights? Forward, long NonFinite)
{
    private const int Batch = 4096;

    /// <summary>ELBO, log Z and EUBO side by side; null without samples of the target.</summary>
    public EvidenceBounds? Bounds => Forward is null ? null : EvidenceBounds.Of(Reverse, Forward);

    /// <summary>Judges. Takes one energy a sample.</summary>
    /// <param name="flow">The proposal.</param>
    /// <param name="target">ln p up to a constant.</param>
    /// <param name="samples">Of the flow.</param>
    /// <param name="random">Noise.</param>
    /// <param name="targetSamples">[S, D] independent samples of the target, if there are any.</param>
    /// <exception cref="InvalidOperationException">No sample of the flow has a weight.</exception>
    public static FlowEvaluation Of(NormalizingFlow flow, LogDensityFunction target, int samples, RandomSource random,
        Tensor? targetSamples = null)
    {
        using IDisposable constant = no_grad();
        double[] reverse = new double[samples];
        long nonFinite = 0;
        for (int start = 0, part = 0; start < samples; start += Batch, part++)
        {
            using DisposeScope scope = NewDisposeScope();
            FlowSamples drawn = flow.Sample(Math.Min(Batch, samples - start), random.Split(part));
            double[] logP = target(drawn.X).to(ScalarType.Float64).data<double>().ToArray(),
                logQ = drawn.LogDensity.data<double>().ToArray();
            for (int b = 0; b < logP.Length; b++)
            {
                bool legal = IsLegal(logQ[b], logP[b]);
                nonFinite += legal ? 0 : 1;
                reverse[start + b] = legal ? logP[b] - logQ[b] : double.NegativeInfinity;
            }
        }
        return Of(reverse, nonFinite, targetSamples is null ? null : AtTarget(flow, target, targetSamples));
    }

    /// <summary>Judges by weights that are there already.</summary>
    /// <param name="reverse">[S] ln p - ln q of the flow's own samples, -inf for those that are not legal.</param>
    /// <param name="nonFinite">How many of them are not.</param>
    /// <param name="forward">[S'] ln p - ln q of independent samples of the target, if there are any.</param>
    /// <exception cref="InvalidOperationException">No sample of the flow has a weight.</exception>
    public static FlowEvaluation Of(double[] reverse, long nonFinite, double[]? forward) =>
        !Array.Exists(reverse, double.IsFinite)
            ? throw new InvalidOperationException($"No sample of the flow is finite, of {reverse.Length}: the weights are damaged, or the training went astray.")
            : new(new ImportanceWeights(reverse), forward is null ? null : new ForwardWeights(forward), nonFinite);

    /// <summary>Whether a sample has a weight: it did not overflow, and its energy is a number or plus infinity.</summary>
    public static bool IsLegal(double logQ, double logP) => double.IsFinite(logQ)
        && (double.IsFinite(logP) || double.IsNegativeInfinity(logP));

    private static double[] AtTarget(NormalizingFlow flow, LogDensityFunction target, Tensor samples)
    {
        var weights = new List<double>();
        for (long start = 0; start < samples.shape[0]; start += Batch)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = samples.narrow(0, start, Math.Min(Batch, samples.shape[0] - start));
            weights.AddRange((target(x).to(ScalarType.Float64) - flow.LogDensity(x).LogDensity).data<double>().ToArray());
        }
        return [.. weights];
    }
}
