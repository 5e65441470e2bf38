using MolSampling.Flows.Targets;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Fresh exact samples at every step, for targets that can be drawn from; they take no energy.</summary>
/// <param name="target">Has <see cref="Target.Sample"/>.</param>
public sealed class ExactSamples(Target target) : ISampleSource
{
    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The target cannot be drawn from.</exception>
    public (Tensor X, long EnergyCalls) Next(NormalizingFlow flow, int count, RandomSource random) =>
        ((target.Sample(count,
            random) ?? throw new InvalidOperationException($"{target.Name} cannot be drawn from exactly.")).to(flow.Type), 0);
}
