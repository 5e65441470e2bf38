using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>What a step of training makes smaller.</summary>
public interface IObjective
{
    /// <summary>A scalar whose gradient in the flow's weights is an estimate of the objective's, in the caller's dispose scope.</summary>
    /// <param name="flow">In training.</param>
    /// <param name="batch">B, samples.</param>
    /// <param name="random">Of this step.</param>
    ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random);

    /// <summary>What it remembers from step to step (replay buffers, chains), as tensors of fixed shapes that a checkpoint reads and writes
    /// in place.</summary>
    IEnumerable<(string Name, Tensor Value)> State => [];

    /// <summary>Accepted share of the last Monte Carlo moves that its samples come from; null if there are none.</summary>
    double? Acceptance => null;
}

/// <summary>One evaluation of an objective.</summary>
/// <param name="Loss">Scalar, differentiable in the weights.</param>
/// <param name="EnergyCalls">Energies of the target that it took.</param>
/// <param name="LeftOut">Samples whose density or energy was not finite: they pass no gradient, and are counted.</param>
public readonly record struct ObjectiveValue(Tensor Loss, long EnergyCalls, long LeftOut);

/// <summary>ln p(x) up to a constant, [B, D] to [B], differentiable in x; -infinity where the target does not exist.</summary>
public delegate Tensor LogDensityFunction(Tensor x);
