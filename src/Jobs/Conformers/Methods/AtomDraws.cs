using System.Globalization;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Independent draws of all atoms with exact weights for p(x): draws of a learned <see cref="AtomProposal"/>, annealed to the target
/// (<see cref="SequentialMonteCarlo"/>), which makes their weights even. How many there are follows from a pilot whose weights are not used
/// otherwise: to draw until the weights look well biases what they weigh.
/// </summary>
internal sealed class AtomDraws
{
    private const int Trial = 512, MostSteps = 48, Batch = 2048, MostDraws = 65_536, BackwardWalkers = 512;
    private const double Ample = 1.5; // times the draws that the pilot finds enough: it does not know its weights' tail well
    private const double FirstBatch = 0.6; // of the time limit
    private const double EvenSteps = 0.96; // of the walkers stay effective in a step of the annealing
    private const double LargestExcess = 0.5; // nats by which KL(p || q) may exceed that of Gaussian log weights

    private readonly ConformerWork _work;
    private readonly RotorTree _tree;
    private readonly LearnedShapes _shapes;

    private AtomDraws(ConformerWork work, RotorTree tree, LearnedShapes shapes) => (_work, _tree, _shapes) = (work, tree, shapes);

    private int Size => 3 * _tree.AtomCount;

    /// <summary>Learns, draws and analyses.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="tree">Its rotors.</param>
    /// <param name="learned">Its torsions; fitted further, to those of all atoms.</param>
    /// <param name="share">Of the time limit, when the draws must begin.</param>
    /// <returns>Nothing and the reason where draws do not serve.</returns>
    public static (ConformerFindings? Findings, string? Obstacle) Run(ConformerWork work, RotorTree tree, LearnedTorsions learned,
        double share)
    {
        CancellationToken end = work.Schedule.Until(share);
        (LearnedShapes? shapes, string? obstacle) = LearnedShapes.Of(work, tree, learned, end);
        return shapes is null ? (null, obstacle) : new AtomDraws(work, tree, shapes).Draw(end);
    }

    private (ConformerFindings?, string?) Draw(CancellationToken planned)
    {
        RandomSource random = _work.Random.Split("annealing");
        int threads = _work.Options.Threads;
        var moves = new List<ExtraMove> { new("dynamics", _shapes.Dynamics, 1) };
        if (_tree.Rotors.Count > 0)
            moves.Add(new(ExtraMove.Jumps, LearnedTorsions.Jump(_tree, _shapes.Proposal.Torsions, _shapes.Local), 1));
        var annealing = new SequentialMonteCarlo(_work.Potential, _work.Beta, _shapes.Proposal.Density, moves, threads);

        _work.Progress("annealing schedule", 0);
        float[] trial = new float[Trial * Size];
        int[] states = _shapes.Proposal.Draw(trial, random.Split("trial"), 0, threads);
        (double[] schedule, double[] trialWeights) = annealing.Plan(trial, EvenSteps, MostSteps, random.Split("plan"), planned);
        if (trialWeights.All(double.IsNegativeInfinity))
            return (null, "no draw has an energy");
        WeighStates(states, trialWeights);

        AnnealedDraws pilot = Anneal(annealing, schedule, random.Split("pilot"), Batch, _work.Schedule.Until(FirstBatch), _ => { });
        if (pilot.IsDead)
            return (null, pilot.IsCut ? "there was no time" : "none has an energy");
        var trialWeight = new ImportanceWeights([.. pilot.LogWeights]);
        if (trialWeight.EffectiveFraction * MostDraws < WeightedDraws.SmallestEffectiveSize)
            return (null, string.Create(CultureInfo.InvariantCulture, $"only {trialWeight.EffectiveFraction:p2} are effective"));
        double enough = Math.Max(_work.Options.Samples, Ample * WeightedDraws.SmallestEffectiveSize / trialWeight.EffectiveFraction);
        int count = Batch * (int)Math.Ceiling(Math.Min(enough, Math.Max(MostDraws, _work.Options.Samples)) / Batch);
        AnnealedDraws drawn = Anneal(annealing, schedule, random, count, _work.Schedule.UntilAnalysis(), share =>
            _work.Progress("drawing", share));
        if (drawn.IsDead)
            return (null, drawn.IsCut ? "there was no time" : "none has an energy");
        long evaluations = _shapes.Evaluations + Trial * schedule.Length + pilot.Evaluations + drawn.Evaluations;
        var weights = new ImportanceWeights([.. drawn.LogWeights]);
        (double divergence, long more) = Divergence(annealing, schedule, weights, drawn.Positions, random.Split("backward"));
        var draws = new WeightedDraws(drawn.Positions, [.. drawn.Energies], [.. drawn.LogWeights], divergence,
            LargestExcess - 0.5 * Math.Log(weights.EffectiveFraction));
        return (draws.Analyse(_work, ConformerDiagnostics.OfDraws(_work.Options.Temperature) with { EnergyEvaluations = evaluations + more,
            NonFinite = weights.Outside }, keepsDraws: false), null);
    }

    /// <summary>Draws and anneals in batches, which may be cut short.</summary>
    private AnnealedDraws Anneal(SequentialMonteCarlo annealing, double[] schedule, RandomSource random, int count, CancellationToken end,
        Action<double> progress)
    {
        var draws = new AnnealedDraws([], [], []);
        for (int first = 0; first < count && !end.IsCancellationRequested; first += Batch)
        {
            progress((double)first / count);
            float[] x = new float[Batch * Size];
            _shapes.Proposal.Draw(x, random.Split("draws"), first, _work.Options.Threads);
            AnnealedPaths paths = annealing.Forward(x, schedule, random.Split("paths").Split(first), end);
            draws.Evaluations += paths.Evaluations;
            for (int n = 0; n < Batch; n++)
            {
                if (double.IsNaN(paths.LogWeights[n]))
                    continue; // time ran out
                draws.Positions.Add(x.AsMemory(n * Size, Size));
                draws.Energies.Add(paths.Energies[n]);
                draws.LogWeights.Add(paths.LogWeights[n]);
            }
        }
        draws.IsCut = draws.LogWeights.Count < count;
        return draws;
    }

    /// <summary>Draws at the end of their paths.</summary>
    private sealed record AnnealedDraws(List<ReadOnlyMemory<float>> Positions, List<double> Energies, List<double> LogWeights)
    {
        public long Evaluations { get; set; }

        public bool IsCut { get; set; }

        public bool IsDead => LogWeights.TrueForAll(double.IsNegativeInfinity);
    }

    /// <summary>q(s) as the trial's weights have it, none below a quarter of its even share.</summary>
    private void WeighStates(int[] states, double[] logWeights)
    {
        double[] share = new double[_shapes.Local.Structures.Count];
        double top = logWeights.Max();
        for (int n = 0; n < states.Length; n++)
            share[states[n]] += Math.Exp(logWeights[n] - top);
        double total = share.Sum();
        for (int s = 0; s < share.Length; s++)
            share[s] = Math.Max(share[s] / total, 0.25 / share.Length);
        double norm = share.Sum();
        for (int s = 0; s < share.Length; s++)
            _shapes.Proposal.Torsions.LogStates[s] = Math.Log(share[s] / norm);
    }

    /// <summary>
    /// KL of the paths, seen from the other side: the mean of ln w over paths back from where the chains stand, less ln Z. Chains do not go
    /// from state to state: those of each count for what the draws say that it weighs. Gaussian ln w of variance v have KL v / 2 and an
    /// effective share exp(-v); much more says that the chains have seen what draws do not reach.
    /// </summary>
    private (double Divergence, long Evaluations) Divergence(SequentialMonteCarlo annealing, double[] schedule, ImportanceWeights weights,
        List<ReadOnlyMemory<float>> positions, RandomSource random)
    {
        float[] back = _shapes.Positions[..(BackwardWalkers * Size)];
        int[] states = [.. Enumerable.Range(0, BackwardWalkers).Select(m => _shapes.Local.StateOf(back.AsSpan(m * Size, Size), 1, 0))];
        double[] population = new double[_shapes.Local.Structures.Count];
        for (int n = 0; n < weights.Count; n++)
            if (weights.Shares[n] > 0)
                population[_shapes.Local.StateOf(positions[n].Span, 1, 0)] += weights.Shares[n];
        AnnealedPaths paths = annealing.Backward(back, schedule, random, _work.Schedule.UntilAnalysis());
        (double sum, double norm) = (0, 0);
        for (int s = 0; s < population.Length; s++)
        {
            double[] own = [.. Enumerable.Range(0, states.Length).Where(m => states[m] == s
                && !double.IsNaN(paths.LogWeights[m])).Select(m => paths.LogWeights[m])];
            if (own.Length > 0 && population[s] > 0)
                (sum, norm) = (sum + population[s] * own.Average(), norm + population[s]);
        }
        return (sum / norm - weights.LogMean.Value, paths.Evaluations);
    }
}
