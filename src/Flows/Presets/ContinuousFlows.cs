using MolSampling.Flows.Continuous;
using MolSampling.Flows.Distributions;
using MolSampling.Sampling;

namespace MolSampling.Flows.Presets;

/// <summary>Continuous flows ready to be trained.</summary>
public static class ContinuousFlows
{
    /// <summary>
    /// A <see cref="PairField"/> on a <see cref="CentredNormal"/>: points in space whose centre is at rest; densities are with respect to
    /// <see cref="Targets.TargetMeasure.CentreAtRest"/>. Scale, in the units of x, should be such that coordinates are of the order of 1:
    /// the base has unit variance.
    /// </summary>
    /// <param name="points">N.</param>
    /// <param name="space">d.</param>
    /// <param name="reach">Distance up to which pairs are told apart: the largest that occurs often, in the base too.</param>
    /// <param name="random">Of initial weights.</param>
    /// <param name="radial">Gaussians between 0 and reach.</param>
    /// <param name="embedding">Width of the description of surroundings; 0 for forces of pairs only.</param>
    /// <param name="hidden">Hidden layers' widths; two of 48 if left out.</param>
    /// <param name="solver">Of the flow, until it is set to another.</param>
    public static NormalizingFlow ForParticles(int points, int space, double reach, RandomSource random, int radial = 24,
        int embedding = 24, IReadOnlyList<int>? hidden = null, OdeSolver? solver = null)
    {
        var flow = new NormalizingFlow(new CentredNormal(points, space),
            new ContinuousFlow(new PairField(points, space, reach, radial, embedding, hidden ?? [48, 48]), solver));
        flow.Initialize(random);
        return flow;
    }
}
