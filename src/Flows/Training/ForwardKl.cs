using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// KL(p || q) = E_p[ln p(x) - ln q(x)] from samples of the target: it covers all modes that the samples have.
/// <para>
/// Without an energy this is maximum likelihood, -E_p[ln q]. With one, a share of the gradient takes the path: with z = f^-1(x), KL(p || q)
/// is the divergence of the pulled back density p_z(z) = p(f(z)) |det df/dz| from the base, so the weights may act through z only. Sample
/// by sample that gradient is zero at q = p, whatever samples there are, where maximum likelihood learns a finite table by heart. But it is
/// local: the relative weights of modes apart are seen by the likelihood alone, so both are mixed. L. Vaitl, L. Winkler, L. Richter, P.
/// Kessel, ICLR 2024 (arXiv 2403.15881), "Fast and unified path gradient estimators for normalizing flows".
/// </para>
/// </summary>
public sealed class ForwardKl : IObjective
{
    private readonly ISampleSource _source;
    private readonly LogDensityFunction? _target;
    private readonly double _pathShare;

    /// <summary>Maximum likelihood.</summary>
    /// <param name="source">Samples of the target.</param>
    public ForwardKl(ISampleSource source) => _source = source;

    /// <summary>With path gradients.</summary>
    /// <param name="source">Samples of the target.</param>
    /// <param name="target">ln p up to a constant.</param>
    /// <param name="pathShare">Weight of the path gradient, from 0 to 1; the rest is the likelihood's.</param>
    public ForwardKl(ISampleSource source, LogDensityFunction target, double pathShare = 0.5) : this(source) =>
        (_target, _pathShare) = (target, pathShare is >= 0 and <= 1 ? pathShare
            : throw new ArgumentException($"A share lies between 0 and 1: {pathShare}."));

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => _source.State;

    /// <inheritdoc/>
    public double? Acceptance => _source.Acceptance;

    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        (Tensor x, long calls) = _source.Next(flow, batch, random);
        if (_target is null || _pathShare == 0)
        {
            (Tensor mean, long leftOut) = FiniteMean.Of(-flow.LogDensity(x).LogDensity);
            return new(mean, calls, leftOut);
        }
        (Tensor z, Tensor logDet) = flow.Bijection.Inverse(x);
        Tensor likelihood = (flow.Base.LogDensity(z) + logDet).to(ScalarType.Float64), path;
        using (flow.WithoutWeights())
        {
            // back from z to x, the weights constants: p_z has none of its own to be moved by
            (Tensor again, Tensor forward) = flow.Bijection.Forward(z);
            path = _target(again).to(ScalarType.Float64) + forward.to(ScalarType.Float64) - flow.Base.LogDensity(z).to(ScalarType.Float64);
        }
        (Tensor loss, long left) = FiniteMean.Of(_pathShare * path - (1 - _pathShare) * likelihood);
        return new(loss, calls + batch, left);
    }
}
