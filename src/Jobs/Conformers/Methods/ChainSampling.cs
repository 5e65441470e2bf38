using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Sampling of all atoms by Markov chains: Hamiltonian Monte Carlo and torsion moves, jumps where something has been learned to jump by, at
/// one temperature or on a ladder of them. Rounds double in length; each is judged on its own, so all earlier ones are burn-in.
/// </summary>
internal sealed class ChainSampling : IDisposable
{
    private const int BurnInSteps = 100, TrialSteps = 5, FirstRound = 100, FirstRoundOfJumps = 128, FewestFrames = 4, MostTorsionMoves = 4,
        Jumps = 8, JumpsOnLadder = 2, Chains = 64;
    private const int ManyAtoms = 120; // of which fewer ladders fill the machine
    private const double PairBudget = 1.5e11; // pair evaluations: some minutes on two cores, whatever the molecule
    private const double MostIndependent = 0.5; // of the frames kept: beyond, a longer round hardly makes them more independent
    private const long FrameFloats = 120_000_000;

    private readonly ConformerWork _work;
    private readonly LearnedMoves _learned;
    private readonly ReplicaExchange _exchange;
    private readonly bool _relaxes;
    private readonly int _firstRound; // one temperature costs little a step, and an analysis as much as a round

    /// <summary>Prepares.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="learned">What is jumped by and started from.</param>
    /// <param name="ladder">Whether a ladder up to the highest temperature is used, or the asked temperature alone.</param>
    public ChainSampling(ConformerWork work, LearnedMoves learned, bool ladder)
    {
        (_work, _learned, _relaxes, _firstRound) = (work, learned, ladder || work.Given.Count > 0, ladder ? FirstRound : FirstRoundOfJumps);
        int atoms = work.Potential.AtomCount;
        Ladder temperatures = ladder
            ? Ladder.Geometric(work.Options.Temperature, Math.Max(work.Options.HighestTemperature, work.Options.Temperature), 3 * atoms - 6)
            : new([work.Options.Temperature]);
        int ladders = !ladder ? Chains : atoms > ManyAtoms ? 16 : 32;
        HamiltonianMonteCarlo dynamics = work.Dynamics(temperatures.Count);
        IReadOnlyList<ExtraMove> moves = ExtraMove.TorsionMoves(work.Space.Moves, Math.Min(MostTorsionMoves, work.Space.Moves.Count));
        if (work.Space.Pyramids.Count > 0)
            moves = [.. moves, new(ExtraMove.Inversions, new PyramidInversion(work.Space.Pyramids), 1)];
        if (learned.Jump is { } jump)
            moves = [.. moves, new(ExtraMove.Jumps, jump, ladder ? JumpsOnLadder : Jumps)];
        _exchange = new ReplicaExchange(work.Potential, temperatures, ladders, dynamics, moves, work.Random.Split("replica exchange"),
            work.Options.Threads);
        for (int m = 0; m < ladders; m++)
            for (int k = 0; k < temperatures.Count; k++)
                _exchange.SetPositions(m, k, work.GivenStart(m) is { } given ? given : learned.Start(m, k, temperatures.Count));
    }

    /// <summary>Accepted share of jumps at the asked temperature; NaN without jumps.</summary>
    public double JumpAcceptance => _exchange.MoveAcceptance(ExtraMove.Jumps, 0);

    /// <summary>Relaxes clashes of embeddings and of draws (walkers have none) and burns in.</summary>
    /// <param name="share">Of the time limit, when it must be done.</param>
    public void BurnIn(double share)
    {
        CancellationToken end = _work.Schedule.Until(share);
        _exchange.Start();
        if (_relaxes)
            _exchange.Minimise(60, _work.Schedule.Until(0.4 * share));
        _exchange.BurnIn(BurnInSteps / 2, end, n => _work.Progress("burn-in", (double)n / BurnInSteps));
        _learned.Tune(_exchange);
        _exchange.BurnIn(BurnInSteps / 2, end, n => _work.Progress("burn-in", 0.5 + (double)n / BurnInSteps));
        _exchange.Advance(TrialSteps, end); // counts begin after burn-in
    }

    /// <summary>Runs rounds until one has converged and is large enough, or time or the evaluation budget is used up.</summary>
    /// <returns>Null if there was no time for a few frames.</returns>
    public ConformerFindings? Run()
    {
        int atoms = _work.Potential.AtomCount, ladders = _exchange.Ladders, rungs = _exchange.Rungs;
        double pairs = Math.Max(1000, 0.5 * atoms * atoms);
        int capacity = (int)Math.Clamp(FrameFloats / (3L * atoms * ladders * rungs), 8, 128);
        ConformerFindings? best = null;
        long longest = 0;
        for (int round = 0, steps = _firstRound; ; round++, steps *= 2)
        {
            var trajectory = new LadderTrajectory(ladders, rungs, 3 * atoms, capacity);
            string stage = $"round {round + 1}";
            int length = steps;
            _exchange.Run(steps, trajectory, _work.Schedule.UntilAnalysis(), n => _work.Progress(stage, (double)n / length));
            if (best is null && trajectory.FrameCount < FewestFrames)
                // little is better than nothing, and soon analysed
                _exchange.Run(FewestFrames - trajectory.FrameCount, trajectory, _work.Schedule.UntilEnergies());
            if (trajectory.FrameCount >= FewestFrames && (long)trajectory.FrameCount * trajectory.Stride >= longest)
            {
                longest = (long)trajectory.FrameCount * trajectory.Stride;
                _work.Progress("analysis", 0);
                best = _work.Schedule.Analysing(() => Analyse(trajectory));
            }
            double reachable = MostIndependent * trajectory.FrameCount * ladders;
            if (best is { Shortcoming: "" } && best.Diagnostics.EffectiveSampleSize >= Math.Min(_work.EffectiveSize, reachable))
                return best;
            if (_work.Schedule.UntilAnalysis().IsCancellationRequested)
                return best;
            if (_exchange.Evaluations * pairs > _work.Effort * PairBudget)
                return best;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _exchange.Dispose();

    /// <summary>Weights of all samples of a round at the asked temperature, and whether the round converged.</summary>
    private ConformerFindings Analyse(LadderTrajectory trajectory)
    {
        int rungs = trajectory.Rungs, ladders = trajectory.Ladders, frames = trajectory.FrameCount;
        (Ensemble ensemble, EstimatorStatus status) = trajectory.ToEnsemble(_exchange.Ladder, _work.Options.Temperature);
        int[][] walks = trajectory.Walks();
        var analysis = new EnsembleAnalysis(ensemble, _work, walks);
        double[] swaps = [.. _exchange.SwapAcceptances], time = [.. Enumerable.Range(0, ensemble.Count).Select(n =>
            (double)(n / ladders % frames) / frames)];
        int trips = ReplicaMixing.RoundTrips(trajectory.RungHistory, rungs);
        (double rhat, double size) = ChainMixing.OfObservables(analysis.Observables(), ladders, frames);
        double walkers = rungs > 1 ? ChainMixing.OfWalkers(analysis.Letters(), walks) : rhat;
        string[] wants = [.. ConvergenceCriteria.OfChains(rhat, size, walkers, swaps, trips, ladders)];
        if (status != EstimatorStatus.Converged)
            wants = [.. wants, $"MBAR over the temperatures did not converge ({status}): only samples of the asked temperature were used"];
        var diagnostics = new ConformerDiagnostics
        {
            EffectiveSampleSize = size,
            SplitRhatMax = rhat,
            SwapAcceptance = swaps.Length == 0 ? 1 : swaps.Average(),
            SwapAcceptances = swaps,
            RoundTrips = trips,
            EnergyEvaluations = _exchange.Evaluations,
            TrajectoryAcceptance = _exchange.TrajectoryAcceptance(0),
            TorsionMoveAcceptance = _exchange.MoveAcceptance(ExtraMove.Torsions, 0),
            JumpAcceptance = JumpAcceptance,
            Temperatures = _exchange.Ladder.Temperatures,
            StereoRejections = _exchange.OutsideSupport,
            NonFinite = _exchange.NonFinite,
            Converged = wants.Length == 0,
        };
        return new(analysis, diagnostics, ConvergenceCriteria.Shortcoming(wants), false, time);
    }
}
