using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Independent draws of learned torsions with exact weights w = exp(-beta U) / q for p(torsions | local structures): bonds, angles and
/// rings are those of the minima they were taken from. How many there are follows from a pilot.
/// </summary>
internal sealed class TorsionDraws : ISamplingStrategy
{
    private const int PilotDraws = 4096, MostDraws = 65_536;
    private const double Learning = 0.5; // of the time limit, when it must be done
    private const double LargestDivergence = 0.5; // nats, as the walkers see it
    private static readonly TorusAdaptationSettings s_settings = new();

    /// <inheritdoc/>
    public Attempt Sample(ConformerWork work)
    {
        var tree = new RotorTree(work.Molecule);
        if (tree.Rotors.Count == 0)
            throw new MoleculeFormatException(work.Molecule.Name, 0,
                "no bond turns: there are no torsions to sample (--target all-atom samples rings and vibrations)");
        LearnedTorsions learned = LearnedTorsions.Of(work, tree, s_settings, work.Schedule.Until(Learning));
        work.Progress("drawing", 0);
        var pilot = Drawn.Of(work, learned, PilotDraws, work.Random.Split("pilot"));
        int most = Math.Max(MostDraws, work.Options.Samples);
        // where the pilot says that the most would not do, they are made all the same: the verdict says what is missing
        int count = work.Schedule.UntilAnalysis().IsCancellationRequested ? Math.Max(PilotDraws, work.Options.Samples)
            : WeightedDraws.Enough(new(pilot.LogWeights), Math.Max(PilotDraws, work.Options.Samples), most) ?? most;
        var drawn = Drawn.Of(work, learned, count, work.Random.Split("draws"));
        int size = 3 * work.Potential.AtomCount;
        double divergence = learned.WalkersMean() - new ImportanceWeights(drawn.LogWeights).LogMean.Value;
        var draws = new WeightedDraws([.. Enumerable.Range(0, count).Select(n => (ReadOnlyMemory<float>)drawn.Positions.AsMemory(n * size,
            size))], drawn.Energies, drawn.LogWeights, divergence, LargestDivergence)
        {
            LargestShape = ConvergenceCriteria.LargestShapeUnmoved,
        };
        return new(draws.Analyse(work, ConformerDiagnostics.OfDraws(work.Options.Temperature) with
        {
            EnergyEvaluations = learned.Evaluations + PilotDraws + count,
            JumpAcceptance = learned.IndependenceAcceptance,
            StereoRejections = drawn.Outside,
            NonFinite = drawn.NonFinite,
        }, keepsDraws: true), $"weighted draws of {learned.What}");
    }

    /// <summary>Draws with weights.</summary>
    private sealed record Drawn(float[] Positions, double[] Energies, double[] LogWeights, int Outside, int NonFinite)
    {
        public static Drawn Of(ConformerWork work, LearnedTorsions learned, int count, RandomSource random)
        {
            int size = 3 * work.Potential.AtomCount;
            int[] states = new int[count];
            float[] angles = new float[count * learned.Proposal.Dimension], positions = new float[count * size];
            double[] own = new double[count], energies = new double[count], logWeights = new double[count];
            learned.Proposal.Draw(states, angles, own, random, work.Options.Threads);
            learned.Rotors.Evaluate(states, angles, energies, positions, work.Options.Threads);
            int nonFinite = 0, outside = 0;
            for (int n = 0; n < count; n++)
            {
                bool finite = double.IsFinite(energies[n]), inside = work.Isomer.Contains(positions.AsSpan(n * size, size));
                (nonFinite, outside) = (nonFinite + (finite ? 0 : 1), outside + (inside ? 0 : 1));
                logWeights[n] = finite && inside ? -work.Beta * energies[n] - own[n] : double.NegativeInfinity;
            }
            return new(positions, energies, logWeights, outside, nonFinite);
        }
    }
}
