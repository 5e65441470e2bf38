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
/// Independent draws of all atoms with exact weights for p(x). Short chains from learned torsions show how bonds, angles and rings follow
/// the torsions; an <see cref="AtomProposal"/> is fitted to them; its draws are annealed to the target
/// (<see cref="SequentialMonteCarlo"/>), which makes their weights even. The chains need not have converged: they decide how even the
/// weights are, never what they mean.
/// </summary>
internal sealed class AtomDraws
{
    private const int Walkers = 1024, BurnInSteps = 30, StepsPerFrame = 3, FewestFrames = 4, Frames = 16, MostFrames = 48;
    private const double Softening = 4; // kT: angles give way to clashes, which tables of rigid rotors do not know
    private const int FewestPoints = 4; // for each number of a Gaussian, or the state counts as its neighbour
    private const int Trial = 512, MostSteps = 48, Batch = 2048, MostDraws = 65_536, BackwardWalkers = 512;
    private const double FirstBatch = 0.6; // of the time limit
    private const double EvenSteps = 0.96; // of the walkers stay effective in a step of the annealing
    private const double LeftOut = 15; // kJ/mol, six times RT: where a state that low has no part in the draws, they do not serve
    private const double LargestExcess = 0.5; // nats by which KL(p || q) may exceed that of Gaussian log weights

    private readonly ConformerWork _work;
    private readonly RotorTree _tree;
    private readonly HamiltonianMonteCarlo _dynamics;
    private readonly float[] _walkers; // [W, N, 3] nm, where the chains stand
    private readonly AtomProposal _proposal;
    private readonly LocalStructures _local;
    private readonly long _evaluations;

    private AtomDraws(ConformerWork work, RotorTree tree, HamiltonianMonteCarlo dynamics, float[] walkers, AtomProposal proposal,
        LocalStructures local, long evaluations) =>
        (_work, _tree, _dynamics, _walkers, _proposal, _local, _evaluations) = (work, tree, dynamics, walkers, proposal, local,
            evaluations);

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
        if (!learned.Searched)
            return (null, "there was no time to look for local structures");
        if (learned.Local.LowestLeftOut < LeftOut)
            return (null, $"there are {learned.Local.Found} local structures, more than are drawn from");
        if (work.Molecule.Rings.Any(r => r.Length >= MoleculeAdmission.SmallestMacrocycle))
            return (null, "a macrocycle has more conformations than the local structures that were found");
        if (FrameTree.Of(work.Molecule, tree, learned.Local.Structures[0]) is not { } frames)
            return (null, "the molecule lies on a line");
        return Learn(work, tree, frames, learned, end) is { } draws ? draws.Draw(end)
            : (null, end.IsCancellationRequested ? "there was no time to learn how bonds and angles follow torsions"
                : "chains stay in none of the local structures");
    }

    /// <summary>Fits to where chains of all atoms have been.</summary>
    private static AtomDraws? Learn(ConformerWork work, RotorTree tree, FrameTree frames, LearnedTorsions learned,
        CancellationToken cancellation)
    {
        RandomSource random = work.Random.Split("atoms");
        HamiltonianMonteCarlo dynamics = work.Dynamics(1);
        (List<float[]> visits, long evaluations) = Chains(work, dynamics, learned, random, cancellation);
        if (visits.Count < FewestFrames)
            return null;
        int size = 3 * tree.AtomCount, rotors = tree.Rotors.Count;
        ReadOnlyMemory<float>[] positions =
            [.. visits.SelectMany(now => Enumerable.Range(0, Walkers).Select(m => (ReadOnlyMemory<float>)now.AsMemory(m * size, size)))];

        // states that the chains leave are none of their own
        int[] counts = new int[learned.Local.Structures.Count];
        foreach (ReadOnlyMemory<float> x in positions)
            counts[learned.Local.StateOf(x.Span, 1, 0)]++;
        int[] kept = [.. Enumerable.Range(0, counts.Length).Where(s => counts[s] >= FewestPoints * (size - 6 - rotors))];
        if (kept.Length == 0)
            return null;
        LocalStructures local = learned.Local.Keep(kept);
        TorusProposal torsions = learned.Proposal.Soften(kept, Softening);
        int[] states = [.. positions.Select(x => local.StateOf(x.Span, 1, 0))];
        float[] angles = new float[positions.Length * rotors], weights = new float[positions.Length];
        Array.Fill(weights, 1);
        for (int n = 0; n < positions.Length; n++)
            tree.Angles(positions[n].Span, angles.AsSpan(n * rotors, rotors));
        TorusFit.Run(torsions, states, angles, weights, false, new(Epochs: 3, LearningRate: 0.1), random.Split("fit"), work.Options.Threads,
            cancellation);
        Array.Fill(torsions.LogStates, -Math.Log(kept.Length)); // what the states weigh is not known yet
        learned.Refine(local, new(tree, work.Potential, local.Structures), torsions);
        return new(work, tree, dynamics, visits[^1], AtomProposal.Fit(frames, tree, local, torsions, positions, states), local,
            evaluations + learned.Evaluations);
    }

    /// <summary>Chains of all atoms at the asked temperature, as many in each local structure, from draws of learned torsions.</summary>
    /// <returns>[visits][W, N, 3] nm.</returns>
    private static (List<float[]> Visits, long Evaluations) Chains(ConformerWork work, HamiltonianMonteCarlo dynamics,
        LearnedTorsions learned, RandomSource random, CancellationToken cancellation)
    {
        int size = 3 * work.Potential.AtomCount, count = learned.Local.Structures.Count;
        var moves = new List<ExtraMove>(ExtraMove.TorsionMoves(work.Space.Moves, 1));
        if (learned.Proposal.Dimension > 0)
            moves.Add(new(ExtraMove.Jumps, learned.Jump(), 1));
        using var chains = new ReplicaExchange(work.Potential, new([work.Options.Temperature]), Walkers, dynamics, moves, random.Split("chains"), work.Options.Threads);
        float[] starts = learned.SpreadStarts(Walkers, random.Split("starts"));
        for (int m = 0; m < Walkers; m++)
            chains.SetPositions(m, 0, starts.AsSpan(m * size, size));
        chains.Start();
        chains.Minimise(20, cancellation); // out of clashes
        chains.BurnIn(BurnInSteps, cancellation, n => work.Progress("bonds and angles", 0.5 * n / BurnInSteps));
        int frames = Math.Min(MostFrames, (int)(Frames * Math.Sqrt(count))); // more where states share the walkers
        var visits = new List<float[]>();
        while (visits.Count < frames && chains.Advance(StepsPerFrame, cancellation) == StepsPerFrame)
        {
            float[] now = new float[Walkers * size];
            for (int m = 0; m < Walkers; m++)
                chains.CopyPositions(m, 0, now.AsSpan(m * size, size));
            visits.Add(now);
            work.Progress("bonds and angles", 0.5 + 0.5 * visits.Count / frames);
        }
        return (visits, chains.Evaluations);
    }

    private (ConformerFindings?, string?) Draw(CancellationToken planned)
    {
        RandomSource random = _work.Random.Split("annealing");
        int threads = _work.Options.Threads;
        var moves = new List<ExtraMove> { new("dynamics", _dynamics, 1) };
        if (_tree.Rotors.Count > 0)
            moves.Add(new(ExtraMove.Jumps, LearnedTorsions.Jump(_tree, _proposal.Torsions, _local), 1));
        var annealing = new SequentialMonteCarlo(_work.Potential, _work.Beta, _proposal.Density, moves, threads);

        _work.Progress("annealing schedule", 0);
        float[] trial = new float[Trial * Size];
        int[] states = _proposal.Draw(trial, random.Split("trial"), 0, threads);
        (double[] schedule, double[] trialWeights) = annealing.Plan(trial, EvenSteps, MostSteps, random.Split("plan"), planned);
        if (trialWeights.All(double.IsNegativeInfinity))
            return (null, "no draw has an energy");
        WeighStates(states, trialWeights);

        long evaluations = _evaluations + Trial * schedule.Length;
        var positions = new List<ReadOnlyMemory<float>>();
        var energies = new List<double>();
        var logWeights = new List<double>();
        ImportanceWeights? weights = null;
        for (int drawn = 0, most = Math.Max(MostDraws, _work.Options.Samples); drawn < most
            && (weights is null || !WeightedDraws.Suffice(weights) || drawn < _work.Options.Samples); drawn += Batch)
        {
            _work.Progress("drawing", Math.Min(1, (weights?.EffectiveSize ?? 0) / WeightedDraws.SmallestEffectiveSize));
            // where the first takes longer, chains do more with the time
            CancellationToken end = weights is null ? _work.Schedule.Until(FirstBatch) : _work.Schedule.UntilAnalysis();
            float[] x = new float[Batch * Size];
            _proposal.Draw(x, random.Split("draws"), drawn, threads);
            AnnealedPaths paths = annealing.Forward(x, schedule, random.Split("paths").Split(drawn), end);
            evaluations += paths.Evaluations;
            for (int n = 0; n < Batch; n++)
            {
                if (double.IsNaN(paths.LogWeights[n]))
                    continue; // time ran out
                positions.Add(x.AsMemory(n * Size, Size));
                energies.Add(paths.Energies[n]);
                logWeights.Add(paths.LogWeights[n]);
            }
            if (logWeights.TrueForAll(double.IsNegativeInfinity))
                return (null, end.IsCancellationRequested ? "there was no time" : "none has an energy");
            weights = new ImportanceWeights([.. logWeights]);
            if (weights.EffectiveFraction * MostDraws < WeightedDraws.SmallestEffectiveSize && !end.IsCancellationRequested)
                return (null, string.Create(CultureInfo.InvariantCulture, $"only {weights.EffectiveFraction:p2} are effective"));
            if (end.IsCancellationRequested)
                break;
        }
        (double divergence, long more) = Divergence(annealing, schedule, weights!, positions, random.Split("backward"));
        var draws = new WeightedDraws(positions, [.. energies], [.. logWeights], divergence,
            LargestExcess - 0.5 * Math.Log(weights!.EffectiveFraction));
        return (draws.Analyse(_work, ConformerDiagnostics.OfDraws(_work.Options.Temperature) with { EnergyEvaluations = evaluations + more,
            NonFinite = weights.Outside }, keepsDraws: false), null);
    }

    /// <summary>q(s) as the trial's weights have it, none below a quarter of its even share.</summary>
    private void WeighStates(int[] states, double[] logWeights)
    {
        double[] share = new double[_local.Structures.Count];
        double top = logWeights.Max();
        for (int n = 0; n < states.Length; n++)
            share[states[n]] += Math.Exp(logWeights[n] - top);
        double total = share.Sum();
        for (int s = 0; s < share.Length; s++)
            share[s] = Math.Max(share[s] / total, 0.25 / share.Length);
        double norm = share.Sum();
        for (int s = 0; s < share.Length; s++)
            _proposal.Torsions.LogStates[s] = Math.Log(share[s] / norm);
    }

    /// <summary>
    /// KL of the paths, seen from the other side: the mean of ln w over paths back from where the chains stand, less ln Z. Chains do not go
    /// from state to state: those of each count for what the draws say that it weighs. Gaussian ln w of variance v have KL v / 2 and an
    /// effective share exp(-v); much more says that the chains have seen what draws do not reach.
    /// </summary>
    private (double Divergence, long Evaluations) Divergence(SequentialMonteCarlo annealing, double[] schedule, ImportanceWeights weights,
        List<ReadOnlyMemory<float>> positions, RandomSource random)
    {
        float[] back = _walkers[..(BackwardWalkers * Size)];
        int[] states = [.. Enumerable.Range(0, BackwardWalkers).Select(m => _local.StateOf(back.AsSpan(m * Size, Size), 1, 0))];
        double[] population = new double[_local.Structures.Count];
        for (int n = 0; n < weights.Count; n++)
            if (weights.Shares[n] > 0)
                population[_local.StateOf(positions[n].Span, 1, 0)] += weights.Shares[n];
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
