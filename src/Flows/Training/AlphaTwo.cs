using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// ln E_q[(p/q)^2], the logarithm of the second moment of the importance weights, from the flow's own samples: its gradient is -E_g[grad ln
/// q] with g = p^2 / q, by self-normalised weights (p/q)^2 on samples held fixed (biased by 1/B). Where q has no samples it sees nothing:
/// <see cref="AnnealedSampling.FlowAnnealedBootstrap"/> is the remedy, and this its baseline. T. Mueller et al., ACM Trans. Graph. 38
/// (2019) 145.
/// </summary>
/// <param name="target">ln p up to a constant.</param>
public sealed class AlphaTwo(LogDensityFunction target) : IObjective
{
    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        Tensor x, logP;
        using (no_grad())
        {
            x = flow.Sample(batch, random).X;
            logP = target(x).to(ScalarType.Float64);
        }
        Tensor logQ = flow.LogDensity(x).LogDensity, finite = isfinite(logQ.detach()) & isfinite(logP);
        logQ = logQ.masked_select(finite);
        Tensor twice = 2 * (logP.masked_select(finite) - logQ.detach()), surrogate = -(softmax(twice, 0) * logQ).sum();
        // the value of the one, the gradient of the other; what is left out has weight 0
        return new(surrogate - surrogate.detach() + logsumexp(twice, 0) - Math.Log(batch), batch, batch - logQ.shape[0]);
    }
}
