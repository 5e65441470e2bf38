using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>A force field that was fitted to an energy, and what it samples.</summary>
/// <param name="Potential">U_s, on the isomer.</param>
/// <param name="Samples">Its ensemble, by chains.</param>
/// <param name="How">These, in words.</param>
/// <param name="Share">Effective share of the weights of some of these samples, which are not averaged; NaN where there was no time for
/// them.</param>
/// <param name="InPilot">Which.</param>
/// <param name="Walkers">What judges from the other side; null where there was no time for it.</param>
internal sealed record Surrogate(Potential Potential, ConformerFindings Samples, string How, double Share, int[] InPilot,
    JudgingWalkers? Walkers)
{
    /// <summary>Temperature of the samples over that of the ensemble: weights are bounded where the samples spread more widely than the
    /// ensemble, and have a heavy tail where they spread less. It costs D / 2 (1 - 1 / 1.05)^2 nats, a tenth for 33 atoms.</summary>
    public const double Wider = 1.05;

    /// <summary>ln w, up to a constant: -beta U + beta_s U_s.</summary>
    /// <param name="beta">Of the ensemble, mol/kJ.</param>
    /// <param name="energy">U, kJ/mol.</param>
    /// <param name="surrogate">U_s, kJ/mol.</param>
    public static double LogWeight(double beta, double energy, double surrogate) => -beta * (energy - surrogate / Wider);

    /// <summary>Takes samples in proportion to their weights, evenly along the chains, none of the pilot.</summary>
    /// <returns>Which, ascending, and how often each.</returns>
    public (int Sample, int Multiplicity)[] Take(int count, RandomSource random)
    {
        Ensemble all = Samples.Analysis.Ensemble;
        double[] logWeights = [.. all.LogWeights];
        foreach (int sample in InPilot)
            logWeights[sample] = double.NegativeInfinity;
        return Take(new(all.State, all.Positions, [.. all.Energies], logWeights, [.. all.Groups]), count, random);
    }

    /// <summary>The same of any ensemble.</summary>
    public static (int Sample, int Multiplicity)[] Take(Ensemble ensemble, int count, RandomSource random) =>
        [.. ensemble.Resample(Math.Min(count, ensemble.Count), random)];
}
