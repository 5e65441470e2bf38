using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>A table of samples, drawn from with replacement.</summary>
public sealed class FixedSamples : ISampleSource, IDisposable
{
    private readonly Tensor _samples;

    /// <summary>Copies the samples.</summary>
    /// <param name="samples">[S, D] draws of the target.</param>
    /// <exception cref="ArgumentException">No samples, or another shape.</exception>
    public FixedSamples(Tensor samples)
    {
        if (samples.dim() != 2 || samples.shape[0] == 0)
            throw new ArgumentException($"Samples are [S, D], not [{string.Join(", ", samples.shape)}].");
        _samples = samples.detach().clone().DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public (Tensor X, long EnergyCalls) Next(NormalizingFlow flow, int count, RandomSource random) =>
        (Rows(_samples, count, random).to(flow.Type), 0);

    /// <inheritdoc/>
    public void Dispose() => _samples.Dispose();

    /// <summary>Rows of a table, with replacement.</summary>
    internal static Tensor Rows(Tensor table, int count, RandomSource random)
    {
        long[] rows = new long[count];
        for (int b = 0; b < count; b++)
            rows[b] = random.NextInt((int)table.shape[0]);
        return table.index_select(0, tensor(rows, device: table.device));
    }
}
