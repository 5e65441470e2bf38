using MolSampling.Flows.Continuous;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Regression of a continuous flow's velocity on x1 - x0 at x = (1 - t) x0 + t x1, x0 from the base, x1 from samples of the target, t
/// uniform: no equation is solved in training. The minimum carries base to target. Y. Lipman et al., ICLR 2023; A. Tong et al., TMLR 2024.
/// It needs the same samples as maximum likelihood, and is not a bound of anything: judge by densities.
/// </summary>
public sealed class FlowMatching : IObjective, IDisposable
{
    private readonly Tensor _samples;
    private readonly ParticlePairing? _pairing;

    /// <summary>Copies the samples.</summary>
    /// <param name="samples">[S, D] draws of the target; for a base with its centre at rest, theirs must be too.</param>
    /// <param name="pairing">Turns and relabels x1 towards x0: straighter paths, for targets that are invariant under both.</param>
    /// <exception cref="ArgumentException">No samples, or another shape.</exception>
    public FlowMatching(Tensor samples, ParticlePairing? pairing = null)
    {
        if (samples.dim() != 2 || samples.shape[0] == 0 || pairing is not null && samples.shape[1] != pairing.Dimension)
            throw new ArgumentException($"Samples are [S, {pairing?.Dimension.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "D"}], not [{string.Join(", ", samples.shape)}].");
        (_samples, _pairing) = (samples.detach().clone().DetachFromDisposeScope(), pairing);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The flow's map is not a <see cref="ContinuousFlow"/>.</exception>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        VectorField field = (flow.Bijection as ContinuousFlow ?? throw new ArgumentException($"Flow matching trains a continuous flow, not {flow.Bijection.GetType().Name}.")).Field;
        long[] rows = new long[batch];
        double[] times = new double[batch];
        for (int b = 0; b < batch; b++)
            (rows[b], times[b]) = (random.NextInt((int)_samples.shape[0]), (b + random.NextDouble()) / batch); // strata of [0, 1]
        Tensor x0 = flow.Base.Sample(batch, random), x1 = _samples.index_select(0, tensor(rows, device: _samples.device)).to(flow.Type,
            flow.Device), t = tensor(times).to(flow.Type, flow.Device);
        if (_pairing is not null)
            x1 = _pairing.Nearest(x0, x1);
        Tensor way = x1 - x0;
        (Tensor mean, long leftOut) =
            FiniteMean.Of((field.Velocity(x0 + way * t.unsqueeze(1), t) - way).square().mean([1L]).to(ScalarType.Float64));
        return new(mean, 0, leftOut);
    }

    /// <inheritdoc/>
    public void Dispose() => _samples.Dispose();
}
