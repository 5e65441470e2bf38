using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// KL(p || q) from samples of the target and of the flow in equal parts, with a gradient that is zero sample by sample at q = p. Since
/// E_q[grad ln q] = 0, q is a control variate of the likelihood's gradient:
/// <para>grad KL(p || q) = -E_p[grad ln q] + E_q[grad ln q] = -2 E_m[t grad ln q], m = (p + q) / 2, t = (p - q) / (p + q) = tanh((ln p - ln
/// q - ln Z) / 2).</para>
/// </summary>
/// <remarks>
/// The weights t lie between -1 and 1 whatever the samples, and neither forces nor second derivatives of the flow are needed. What a sample
/// teaches is how far ln q is from ln p at its place, not only that it occurred, so a finite table of samples is not learned by heart as by
/// maximum likelihood. ln Z of p is the number for which the weights of a batch sum to zero: Bennett's acceptance ratio, J. Comput. Phys.
/// 22 (1976) 245.
/// </remarks>
/// <param name="source">Samples of the target.</param>
/// <param name="target">ln p up to a constant.</param>
public sealed class BridgedForwardKl(ISampleSource source, LogDensityFunction target) : IObjective
{
    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => source.State;

    /// <inheritdoc/>
    public double? Acceptance => source.Acceptance;

    /// <inheritdoc/>
    /// <returns>The loss's value is the batch's KL(p || q), nats.</returns>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        int own = batch / 2, given = batch - own;
        (Tensor x, long calls) = source.Next(flow, given, random.Split("target"));
        double[] logP;
        using (no_grad())
        {
            x = cat([x, flow.Sample(own, random.Split("flow")).X], 0);
            logP = [.. target(x).to(ScalarType.Float64).data<double>()];
        }
        Tensor logQ = flow.LogDensity(x).LogDensity;
        double[] q = [.. logQ.detach().data<double>()];
        long[] kept = [.. Enumerable.Range(0, batch).Where(b => double.IsFinite(q[b])).Select(b => (long)b)];
        // the flow's samples where there is no target weigh -1 and are pushed away from
        double[] ratio = [.. kept.Select(b => double.IsFinite(logP[b]) ? logP[b] - q[b] : double.NegativeInfinity)];
        int targets = kept.Count(b => b < given);
        double logZ = Bridge(ratio[..targets], ratio[targets..]);
        double divergence = kept.Zip(ratio).Where(s => s.First < given && double.IsFinite(s.Second)).Select(s =>
            s.Second - logZ).DefaultIfEmpty(double.NaN).Average();
        Tensor pull = -2 * (tensor(Array.ConvertAll(ratio, r => Math.Tanh(0.5 * (r - logZ)))) * logQ.index_select(0, tensor(kept))).mean();
        return new(pull - pull.detach() + divergence, calls + batch, batch - kept.Length);
    }

    /// <summary>
    /// ln Z, the root of Bennett's equation for the two parts of the batch, whatever they share: at the beginning of a training that is
    /// nothing. NaN if no ratio is finite.
    /// </summary>
    /// <param name="ofTarget">ln p - ln q of the target's samples.</param>
    /// <param name="ofFlow">ln p - ln q of the flow's samples; -infinity where there is no target.</param>
    private static double Bridge(double[] ofTarget, double[] ofFlow)
    {
        double[] finite = [.. ofTarget.Where(double.IsFinite)];
        double root = BennettEquation.Root(finite, [.. ofFlow.Select(r => -r)], 0, 1e-9);
        return double.IsFinite(root) ? root
            : finite.Concat(ofFlow.Where(double.IsFinite)).DefaultIfEmpty(double.NaN).Min() - 40; // a part without a density: every finite ratio counts as +1
    }
}
