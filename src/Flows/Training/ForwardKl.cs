using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Maximum likelihood: KL(p || q) + const = -E_p[ln q(x)], from samples of the target. It covers all modes that the samples have.</summary>
public sealed class ForwardKl : IObjective, IDisposable
{
    private readonly Tensor _samples;

    /// <summary>Copies the samples.</summary>
    /// <param name="samples">[S, D] independent draws of the target.</param>
    /// <exception cref="ArgumentException">No samples, or another shape.</exception>
    public ForwardKl(Tensor samples)
    {
        if (samples.dim() != 2 || samples.shape[0] == 0)
            throw new ArgumentException($"Samples are [S, D], not [{string.Join(", ", samples.shape)}].");
        _samples = samples.detach().clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        long[] rows = new long[batch];
        for (int b = 0; b < batch; b++)
            rows[b] = random.NextInt((int)_samples.shape[0]);
        Tensor logDensity = flow.LogDensity(_samples.index_select(0, tensor(rows))).LogDensity;
        (Tensor mean, long leftOut) = FiniteMean.Of(logDensity);
        return new(-mean, 0, leftOut);
    }

    /// <inheritdoc/>
    public void Dispose() => _samples.Dispose();
}
