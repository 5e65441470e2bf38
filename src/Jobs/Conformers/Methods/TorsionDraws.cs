using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Independent draws of learned torsions with exact weights w = exp(-beta U) / q for p(torsions | local structures): bonds, angles and
/// rings are those of the minima they were taken from. More draws are made until the effective sample size suffices.
/// </summary>
internal static class TorsionDraws
{
    private const int FewestDraws = 4096, MostDraws = 65_536;
    private const double LargestDivergence = 0.5; // nats, as the walkers see it

    /// <summary>Draws and analyses.</summary>
    public static ConformerFindings Run(ConformerWork work, LearnedTorsions learned)
    {
        int size = 3 * work.Potential.AtomCount, rotors = learned.Proposal.Dimension;
        for (int count = Math.Max(FewestDraws, work.Options.Samples); ; count *= 2)
        {
            work.Progress("drawing", 0);
            int[] states = new int[count];
            float[] angles = new float[count * rotors], positions = new float[count * size];
            double[] own = new double[count], energies = new double[count], logWeights = new double[count];
            learned.Proposal.Draw(states, angles, own, work.Random.Split("draws"), work.Options.Threads);
            learned.Rotors.Evaluate(states, angles, energies, positions, work.Options.Threads);
            int nonFinite = 0, outside = 0;
            for (int n = 0; n < count; n++)
            {
                bool finite = double.IsFinite(energies[n]), inside = work.Isomer.Contains(positions.AsSpan(n * size, size));
                (nonFinite, outside) = (nonFinite + (finite ? 0 : 1), outside + (inside ? 0 : 1));
                logWeights[n] = finite && inside ? -work.Beta * energies[n] - own[n] : double.NegativeInfinity;
            }
            var weights = new ImportanceWeights(logWeights);
            if (weights.EffectiveSize < WeightedDraws.SmallestEffectiveSize && count < MostDraws
                && !work.Schedule.UntilAnalysis().IsCancellationRequested)
                continue;
            return new WeightedDraws([.. Enumerable.Range(0, count).Select(n => (ReadOnlyMemory<float>)positions.AsMemory(n * size, size))],
                energies, logWeights, learned.WalkersMean() - weights.LogMean.Value, LargestDivergence).Analyse(work,
                ConformerDiagnostics.OfDraws(work.Options.Temperature) with
            {
                EnergyEvaluations = learned.Evaluations + count,
                JumpAcceptance = learned.IndependenceAcceptance,
                StereoRejections = outside,
                NonFinite = nonFinite,
            }, keepsDraws: true);
        }
    }
}
