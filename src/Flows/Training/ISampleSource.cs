using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Where samples of a target (or of a density on the way to it) come from: a table, exact draws, Markov chains, the flow's own
/// reweighted samples.</summary>
public interface ISampleSource
{
    /// <summary>The next samples, [count, D] of the flow's type, constants, in the caller's dispose scope; and how many energies they
    /// took.</summary>
    /// <param name="flow">In training; it may propose.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">Of this step.</param>
    (Tensor X, long EnergyCalls) Next(NormalizingFlow flow, int count, RandomSource random);

    /// <summary>As <see cref="IObjective.State"/>.</summary>
    IEnumerable<(string Name, Tensor Value)> State => [];

    /// <summary>As <see cref="IObjective.Acceptance"/>.</summary>
    double? Acceptance => null;
}
