using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// KL(q || p) + const = E_q[ln q(x) - ln p(x)], from the flow's own samples x = f(z) and the target's energy alone, with the path gradient:
/// the weights act through x only, since the score term has mean zero and only adds noise ("sticking the landing": G. Roeder, Y. Wu, D.
/// Duvenaud, NeurIPS 2017; for flows L. Vaitl, K. A. Nicoli, S. Nakajima, P. Kessel, 2022). At q = p the gradient is zero sample by sample.
/// It drops modes without a sign in its own loss: judge with samples of the target where there are any.
/// </summary>
/// <param name="target">ln p up to a constant.</param>
/// <param name="inverseTemperature">Of an annealing ladder: the target is p to this power.</param>
public sealed class ReverseKl(LogDensityFunction target, double inverseTemperature = 1) : IObjective
{
    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        Tensor x = flow.Sample(batch, random).X, logQ;
        using (flow.WithoutWeights())
            logQ = flow.LogDensity(x).LogDensity; // a second pass, from x to z, in which the weights are constants
        (Tensor mean, long leftOut) = FiniteMean.Of(logQ - inverseTemperature * target(x).to(ScalarType.Float64));
        return new(mean, batch, leftOut);
    }
}
