using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>Objectives side by side, each with a weight. Each draws its own samples.</summary>
/// <param name="terms">Name, for its state; weight; objective.</param>
public sealed class WeightedSum(params (string Name, double Weight, IObjective Objective)[] terms) : IObjective
{
    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State =>
        terms.SelectMany(t => t.Objective.State.Select(s => ($"{t.Name}.{s.Name}", s.Value)));

    /// <inheritdoc/>
    public double? Acceptance => terms.Select(t => t.Objective.Acceptance).FirstOrDefault(a => a is not null);

    /// <inheritdoc/>
    public ObjectiveValue Evaluate(NormalizingFlow flow, int batch, RandomSource random)
    {
        Tensor? sum = null;
        (long calls, long leftOut) = (0, 0);
        foreach ((string name, double weight, IObjective objective) in terms)
        {
            ObjectiveValue value = objective.Evaluate(flow, batch, random.Split(name));
            sum = sum is null ? weight * value.Loss : sum + weight * value.Loss;
            (calls, leftOut) = (calls + value.EnergyCalls, leftOut + value.LeftOut);
        }
        return new(sum!, calls, leftOut);
    }
}
