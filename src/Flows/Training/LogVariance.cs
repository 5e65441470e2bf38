using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Var_r[ln q - ln p] / 2 over samples of r held fixed: of the flow itself, when the expected gradient is that of KL(q || p), or of any
/// source that covers the target. The unknown norm of p drops out, and at q = p the gradient is zero sample by sample. L. Richter, A.
/// Boustati, N. Nuesken, F. J. R. Ruiz, O. D. Akyildiz, NeurIPS 2020, "VarGrad".
/// </summary>
/// <param name="target">ln p up to a constant.</param>
/// <param name="source">Of the samples; the flow if left out.</param>
public sealed class LogVariance(LogDensityFunction target, ISampleSource? source = null) : IObjective
{
    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => source?.State ?? [];

    /// <inheritdoc/>
    public double? Acceptance => source?.Acceptance;

    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        Tensor x, logP;
        long calls = batch;
        if (source is not null)
        {
            (x, long taken) = source.Next(flow, batch, random);
            calls += taken;
        }
        else
        {
            using IDisposable constant = no_grad();
            x = flow.Sample(batch, random).X;
        }
        using (no_grad())
            logP = target(x).to(ScalarType.Float64);
        Tensor difference = flow.LogDensity(x).LogDensity - logP, finite = isfinite(difference.detach()),
            kept = difference.masked_select(finite);
        return new(0.5 * kept.var(), calls, batch - kept.shape[0]);
    }
}
