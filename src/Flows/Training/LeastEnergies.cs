using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// A target for training only, that leaves the highest energies of every batch out, as if they were outside its support: a few clashes
/// among a flow's early samples would otherwise rule the gradient of <see cref="ReverseKl"/>. It biases the objective, shows in
/// <see cref="ObjectiveValue.LeftOut"/>, and is no density: judge with the target itself. H. Schopmans, P. Friederich, ICML 2025,
/// "Temperature-annealed Boltzmann generators".
/// </summary>
public static class LeastEnergies
{
    /// <summary>ln p, -infinity for the lowest.</summary>
    /// <param name="target">ln p up to a constant.</param>
    /// <param name="leftOut">Rows of a batch; those that are not finite are the first of them.</param>
    public static LogDensityFunction Of(LogDensityFunction target, int leftOut)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(leftOut);
        return x =>
        {
            Tensor logP = target(x), ranked = logP.detach();
            ranked = where(isfinite(ranked), ranked, full_like(ranked, double.NegativeInfinity));
            Tensor lowest = ranked.topk((int)Math.Min(leftOut, ranked.shape[0]), largest: false).indexes;
            return logP.index_fill(0, lowest, double.NegativeInfinity);
        };
    }
}
