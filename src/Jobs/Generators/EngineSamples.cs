using MolSampling.Sampling.Samplers;
using TorchSharp;

namespace MolSampling.Jobs.Generators;

/// <summary>Samples of a molecular target; row t M + m is frame t of ladder m. Owns its tensors.</summary>
/// <param name="Q">[S, D] nm and rad, float32.</param>
/// <param name="LogDensity">[S] of the target, float64, at the positions before rounding.</param>
/// <param name="Gradient">[S, D] d log p / dq, float32; null if it was not wanted.</param>
/// <param name="Ladders">M.</param>
/// <param name="EnergyCalls">All: relaxing, burn-in, every rung, and gradients.</param>
/// <param name="Ladder">The temperatures.</param>
/// <param name="SwapAcceptances">Of neighbouring rungs.</param>
/// <param name="TrajectoryAcceptances">Of each rung.</param>
/// <param name="OutsideSupport">Proposals that left the support.</param>
/// <param name="NonFinite">Proposals without a finite energy.</param>
public sealed record EngineSamples(torch.Tensor Q, torch.Tensor LogDensity, torch.Tensor? Gradient, int Ladders, long EnergyCalls,
    Ladder Ladder,
    IReadOnlyList<double> SwapAcceptances, IReadOnlyList<double> TrajectoryAcceptances, long OutsideSupport, long NonFinite) : IDisposable
{
    /// <summary>S, the number of samples.</summary>
    public int Count => (int)Q.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Q.Dispose();
        LogDensity.Dispose();
        Gradient?.Dispose();
    }
}
