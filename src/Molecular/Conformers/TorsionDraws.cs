using System.Globalization;
using MolSampling.Molecular.Conformers.Proposals;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Molecular.Conformers;

/// <summary>
/// Independent draws of learned torsions with exact weights w = exp(-beta U) / q for p(torsions | local structures): bonds, angles and rings are those of the minima they were taken from. More draws are made until the
/// effective sample size suffices.
/// </summary>
internal static class TorsionDraws
{
    private const int FewestDraws = 4096, MostDraws = 65_536, Groups = 32, SmallestEffectiveSize = 400, Checkpoints = 24;
    private const double LargestShape = 0.7; // of the weights' tail: above, means and errors do not settle (ParetoTail)
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
                if (!finite)
                    energies[n] = double.MaxValue; // of weight zero
            }
            var weights = new ImportanceWeights(logWeights);
            if (weights.EffectiveSize < SmallestEffectiveSize && count < MostDraws && !work.Schedule.UntilAnalysis().IsCancellationRequested)
                continue;
            double divergence = learned.WalkersMean() - weights.LogMean.Value;
            var ensemble = new Ensemble(new(work.Options.Temperature), [.. Enumerable.Range(0, count).Select(n => (ReadOnlyMemory<float>)positions.AsMemory(n * size, size))], energies, logWeights,
                [.. Enumerable.Range(0, count).Select(n => n % Groups)]);
            var analysis = new EnsembleAnalysis(ensemble, work.Input, work.Space, work.Seeds[0]);
            var wants = new List<string>();
            if (weights.EffectiveSize < SmallestEffectiveSize)
                wants.Add(string.Create(CultureInfo.InvariantCulture, $"effective sample size {weights.EffectiveSize:f0} of {count} draws below {SmallestEffectiveSize}"));
            if (weights.Tail.Shape > LargestShape)
                wants.Add(string.Create(CultureInfo.InvariantCulture, $"weights with a heavy tail (Pareto shape {weights.Tail.Shape:f2} above {LargestShape})"));
            if (!(divergence < LargestDivergence))
                wants.Add(string.Create(CultureInfo.InvariantCulture, $"walkers stand where there are hardly any draws (KL {divergence:f2} nats)"));
            var diagnostics = new ConformerDiagnostics
            {
                EffectiveSampleSize = weights.EffectiveSize,
                SplitRhatMax = double.NaN,
                SwapAcceptance = double.NaN,
                SwapAcceptances = [],
                RoundTrips = 0,
                EnergyEvaluations = learned.Evaluations + count,
                TrajectoryAcceptance = double.NaN,
                TorsionMoveAcceptance = double.NaN,
                JumpAcceptance = learned.IndependenceAcceptance,
                Weights = new(count, weights.EffectiveFraction, weights.LargestShare, weights.Tail.Shape, divergence, weights.LogMean.Value, weights.LogMean.StandardError),
                Temperatures = [work.Options.Temperature],
                StereoRejections = outside,
                NonFinite = nonFinite,
                PopulationTrace = analysis.Trace([.. Enumerable.Range(0, count).Select(n => (double)n / count)], Checkpoints),
                Converged = wants.Count == 0,
            };
            return new(analysis, diagnostics, wants.Count == 0 ? "" : "not converged (" + string.Join("; ", wants) + ")", true, count);
        }
    }
}
