using MolSampling.Flows.Targets;
using MolSampling.Molecular;

namespace MolSampling.Jobs.Generators;

/// <summary>What the numbers of a training would take, before anything is allocated. Lower bounds: what passes may still be slow, what does
/// not cannot run.</summary>
internal static class TrainingMemory
{
    private const double Single = 4, Optimised = 4 * Single; // bytes; a weight has its gradient and two moments

    /// <summary>Throws if the samples or the flow of some setting cannot fit into this machine.</summary>
    /// <exception cref="ArgumentException">One line with both sizes, or a number that must not be negative.</exception>
    public static void Require(TrainingConfig config, Target target)
    {
        double row = Single * target.Dimension;
        FlowConfig flow = config.Flow;
        foreach ((string name, int value) in new[] { ("layers", flow.Layers), ("bins", flow.Bins), ("marginalBins", flow.MarginalBins),
            ("blocks", flow.Blocks), ("components", flow.Components), ("harmonics", flow.Harmonics) })
            if (value < 0)
                throw new ArgumentException($"flow.{name} must not be negative, as {value} is");
        if (flow.Hidden.Count == 0 || flow.Hidden.Any(h => h < 1))
            throw new ArgumentException("flow.hidden needs at least one width, all of them positive");
        MachineMemory.Require($"judgements of {config.JudgeSamples:n0} samples of {target.Dimension} coordinates",
            config.JudgeSamples * row);
        if (config.Data is { } data)
        {
            MachineMemory.Require($"{data.Samples:n0} samples of {target.Dimension} coordinates", data.Samples * row);
            MachineMemory.Require($"{data.Walkers:n0} walkers of {target.Dimension} coordinates", 3.0 * data.Walkers * row);
        }
        if (config.Chains is { } chains)
            MachineMemory.Require($"{chains.Rungs:n0} rungs of {chains.Walkers:n0} walkers of {target.Dimension} coordinates",
                3.0 * chains.Rungs * chains.Walkers * row);
        foreach (StageConfig stage in config.Stages)
        {
            MachineMemory.Require($"batches of {stage.Batch:n0} samples of {target.Dimension} coordinates in {flow.Layers:n0} layers",
                Math.Max(1.0, flow.Layers) * stage.Batch * row);
            MachineMemory.Require($"rounds of {stage.RoundDraws:n0} samples of {target.Dimension} coordinates", stage.RoundDraws * row);
        }
        double wide = flow.Hidden.Zip(flow.Hidden.Skip(1), (a, b) => (double)a * b).Sum(),
            last = flow.Hidden[^1] * (flow.Bins * 3.0 * target.Dimension / 2);
        double weights = Math.Max(1.0, flow.Layers) * (wide + last) + (double)flow.Components * target.Dimension
            + 3.0 * flow.MarginalBins * target.Dimension;
        MachineMemory.Require($"{weights:n0} weights of the flow", Optimised * weights);
    }
}
