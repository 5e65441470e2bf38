using MolSampling.Sampling;
using MolSampling.Sampling.Proposals;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Minus the entropy of a chosen coordinate over the flow's samples, E[ln p(R(x))]: a small share of it in a <see cref="WeightedSum"/>
/// keeps the coordinate spread out while the flow learns. It moves the optimum: take it away at the end, or reweight. The density is a
/// kernel estimate over the batch without the point itself: Gaussian, or von Mises of the same width on a circle. F. Noe, S. Olsson, J.
/// Koehler, H. Wu, Science 365 (2019) eaaw1147.
/// </summary>
public sealed class ReactionCoordinateEntropy : IObjective
{
    private readonly Func<Tensor, Tensor> _coordinate;
    private readonly double _bandwidth;
    private readonly double? _period;

    /// <summary>Of a coordinate.</summary>
    /// <param name="coordinate">[B, D] to [B], differentiable.</param>
    /// <param name="bandwidth">Standard deviation of a kernel, in units of the coordinate.</param>
    /// <param name="period">Of the coordinate, or none.</param>
    public ReactionCoordinateEntropy(Func<Tensor, Tensor> coordinate, double bandwidth, double? period = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bandwidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(period ?? 1);
        (_coordinate, _bandwidth, _period) = (coordinate, bandwidth, period);
    }

    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        Tensor all = _coordinate(flow.Sample(batch, random).X).to(ScalarType.Float64), r = all.masked_select(isfinite(all.detach()));
        long count = r.shape[0];
        Tensor logKernels = LogKernel(r.unsqueeze(1) - r).masked_fill(eye(count, dtype: ScalarType.Bool, device: r.device),
            double.NegativeInfinity);
        return new((logsumexp(logKernels, 1) - Math.Log(count - 1)).mean(), 0, batch - count);
    }

    private Tensor LogKernel(Tensor distance)
    {
        if (_period is not { } period)
            return -0.5 * (distance / _bandwidth).square() - Math.Log(_bandwidth * Math.Sqrt(2 * Math.PI));
        double frequency = 2 * Math.PI / period, concentration = 1 / (_bandwidth * _bandwidth * frequency * frequency);
        return -2 * concentration * (0.5 * frequency * distance).sin().square() - Math.Log(period) - VonMisesMixture.LogScaledBessel(concentration);
    }
}
