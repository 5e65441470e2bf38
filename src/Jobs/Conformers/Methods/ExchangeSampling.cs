using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Sampling of all atoms by Markov chains: Hamiltonian Monte Carlo and torsion moves on a ladder of temperatures and, where torsions have
/// been learned, jumps of all of them; then often one temperature is enough. Rounds double in length; each is judged on its own, so all
/// earlier ones are burn-in.
/// </summary>
internal sealed class ExchangeSampling : IDisposable
{
    private const int BurnInSteps = 100, TrialSteps = 5, FirstRound = 100, FirstRoundOfJumps = 200, FewestFrames = 4, MostTorsionMoves = 4,
        Jumps = 4, JumpsOnLadder = 1;
    private const double PairBudget = 1.5e11; // pair evaluations: some minutes on two cores, whatever the molecule
    private const long FrameFloats = 120_000_000;
    private const double LargestRhat = 1.03, SmallestSwapAcceptance = 0.05;
    private const int SmallestEffectiveSize = 400, Checkpoints = 24;

    private readonly ConformerWork _work;
    private readonly ReplicaExchange _exchange;
    private readonly bool _relaxes;
    private readonly int _firstRound; // one temperature costs little a step, and an analysis as much as a round

    /// <summary>Prepares.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="learned">Torsions to jump by and to start from; null for none.</param>
    /// <param name="shapes">Whole shapes to jump by and to start from, in place of torsions alone; null for none.</param>
    /// <param name="ladder">Whether a ladder up to the highest temperature is used, or the asked temperature alone.</param>
    public ExchangeSampling(ConformerWork work, LearnedTorsions? learned, LearnedShapes? shapes, bool ladder)
    {
        (_work, _relaxes, _firstRound) = (work, ladder, ladder ? FirstRound : FirstRoundOfJumps);
        int atoms = work.Potential.AtomCount;
        Ladder temperatures = ladder
            ? Ladder.Geometric(work.Options.Temperature, Math.Max(work.Options.HighestTemperature, work.Options.Temperature), 3 * atoms - 6)
            : new([work.Options.Temperature]);
        int ladders = !ladder ? 64 : atoms > 120 ? 16 : 32;
        HamiltonianMonteCarlo dynamics = work.Dynamics(temperatures.Count);
        IReadOnlyList<ExtraMove> moves = ExtraMove.TorsionMoves(work.Space.Moves, Math.Min(MostTorsionMoves, work.Space.Moves.Count));
        if (work.Space.Pyramids.Count > 0)
            moves = [.. moves, new(ExtraMove.Inversions, new PyramidInversion(work.Space.Pyramids), 1)];
        Kernel? jump = shapes is { CanJump: true } ? new ShapeJump(shapes.Proposal) : learned?.Jump();
        if (jump is not null)
            moves = [.. moves, new(ExtraMove.Jumps, jump, ladder ? JumpsOnLadder : Jumps)];
        _exchange = new ReplicaExchange(work.Potential, temperatures, ladders, dynamics, moves, work.Random.Split("replica exchange"),
            work.Options.Threads);
        for (int m = 0; m < ladders; m++)
            for (int k = 0; k < temperatures.Count; k++)
                _exchange.SetPositions(m, k, Start(m, k, temperatures.Count, learned, shapes));
    }

    /// <summary>Where a walker starts. All of a ladder start alike, in one local structure where they are known, and ladders unlike: what
    /// the walkers never leave stays in the ladder, and R-hat compares ladders.</summary>
    private ReadOnlySpan<float> Start(int ladder, int rung, int rungs, LearnedTorsions? learned, LearnedShapes? shapes)
    {
        int size = 3 * _work.Potential.AtomCount;
        if (shapes is not null)
            return shapes.Start(ladder, rung);
        return learned is not null ? learned.Start(ladder * rungs + rung) : _work.Seeds[ladder % _work.Seeds.Count];
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
        _exchange.BurnIn(BurnInSteps, end, n => _work.Progress("burn-in", (double)n / BurnInSteps));
        _exchange.Advance(TrialSteps, end); // counts begin after burn-in
    }

    /// <summary>Runs rounds until one has converged, or time or the evaluation budget is used up.</summary>
    /// <returns>Null if there was no time for a few frames.</returns>
    public ConformerFindings? Run()
    {
        int atoms = _work.Potential.AtomCount, ladders = _exchange.Ladders, rungs = _exchange.Rungs;
        double pairs = Math.Max(1000, 0.5 * atoms * atoms);
        int capacity = (int)Math.Clamp(FrameFloats / (3L * atoms * ladders * rungs), 8, 128);
        ConformerFindings? best = null;
        for (int round = 0, steps = _firstRound; ; round++, steps *= 2)
        {
            var trajectory = new LadderTrajectory(ladders, rungs, 3 * atoms, capacity);
            string stage = $"round {round + 1}";
            int length = steps;
            _exchange.Run(steps, trajectory, _work.Schedule.UntilAnalysis(), n => _work.Progress(stage, (double)n / length));
            if (best is null && trajectory.FrameCount < FewestFrames)
                // little is better than nothing, and soon analysed
                _exchange.Run(FewestFrames - trajectory.FrameCount, trajectory, _work.Schedule.UntilEnergies());
            if (trajectory.FrameCount >= FewestFrames && (best is null || (long)trajectory.FrameCount * trajectory.Stride >= best.Size))
            {
                _work.Progress("analysis", 0);
                best = _work.Schedule.Analysing(() => Analyse(trajectory));
            }
            if (best is { Shortcoming: "" } || _work.Schedule.UntilAnalysis().IsCancellationRequested)
                return best;
            if (_exchange.Evaluations * pairs > PairBudget)
                return best;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _exchange.Dispose();

    /// <summary>MBAR weights of all samples of a round at the asked temperature, and whether the round converged.</summary>
    private ConformerFindings Analyse(LadderTrajectory trajectory)
    {
        int rungs = trajectory.Rungs, ladders = trajectory.Ladders, frames = trajectory.FrameCount, perRung = frames * ladders;
        // samples in the order rung, frame, ladder: MBAR wants them state by state
        var positions = new ReadOnlyMemory<float>[rungs * perRung];
        double[] energies = new double[positions.Length], time = new double[positions.Length];
        var groups = new int[positions.Length];
        for (int k = 0, n = 0; k < rungs; k++)
            for (int t = 0; t < frames; t++)
                for (int m = 0; m < ladders; m++, n++)
                    (positions[n], energies[n], groups[n], time[n]) = (trajectory.Positions(t, m, k), trajectory.Energy(t, m, k), m,
                        (double)t / frames);

        Mbar mbar = Mbar.SolveTemperatures(_exchange.Ladder.Beta, energies, [.. Enumerable.Repeat(perRung, rungs)]);
        var state = new ThermodynamicState(_work.Options.Temperature);
        // without a solution the samples of the asked temperature alone remain, and the result says so
        bool solved = mbar.Status == EstimatorStatus.Converged;
        double[] logWeights = solved
            ? mbar.LogWeights([.. energies.Select(u => state.Beta * u)])
            : [.. Enumerable.Range(0, energies.Length).Select(n => n < perRung ? 0.0 : double.NegativeInfinity)];
        var analysis = new EnsembleAnalysis(new(state, positions, energies, logWeights, groups), _work.Input, _work.Space, _work.Seeds[0]);

        (double rhat, double size) = Convergence(analysis, ladders, frames);
        double[] swaps = [.. _exchange.SwapAcceptances];
        int trips = ReplicaMixing.RoundTrips(trajectory.RungHistory, rungs);
        var wants = new List<string>();
        if (!(rhat <= LargestRhat))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"split R-hat {rhat:f3} above {LargestRhat}"));
        if (!(size >= SmallestEffectiveSize))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"effective sample size {size:f0} below {SmallestEffectiveSize}"));
        if (swaps.Length > 0 && !(swaps.Min() >= SmallestSwapAcceptance))
            wants.Add(string.Create(CultureInfo.InvariantCulture, $"swap acceptance {swaps.Min():f2} below {SmallestSwapAcceptance}"));
        if (swaps.Length > 0 && trips < ladders)
            wants.Add($"{trips} round trips of {ladders} ladders");
        if (!solved)
            wants.Add($"MBAR over the temperatures did not converge ({mbar.Status}): only samples of the asked temperature were used");
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
            PopulationTrace = analysis.Trace(time, Math.Min(Checkpoints, frames)),
            Converged = wants.Count == 0,
        };
        return new(analysis, diagnostics, wants.Count == 0 ? "" : "not converged (" + string.Join("; ", wants) + ")", false,
            (long)frames * trajectory.Stride);
    }

    /// <summary>The largest R-hat and the smallest bulk ESS of the observables, on the chains of the asked temperature, whose samples come
    /// first.</summary>
    private static (double Rhat, double Size) Convergence(EnsembleAnalysis analysis, int ladders, int frames)
    {
        double worst = 1, least = double.PositiveInfinity;
        foreach (double[] observable in analysis.Observables())
        {
            double[][] chains = [.. Enumerable.Range(0, ladders).Select(m => Enumerable.Range(0, frames).Select(t =>
                observable[t * ladders + m]).ToArray())];
            double[] all = [.. chains.SelectMany(c => c)];
            if (all.Max() - all.Min() < 1e-4)
                continue; // constant by symmetry up to rounding
            double rhat = ChainDiagnostics.SplitRhat(chains);
            worst = double.IsNaN(rhat) ? double.NaN : Math.Max(worst, rhat);
            least = Math.Min(least, ChainDiagnostics.BulkEffectiveSize(chains));
        }
        return (worst, double.IsInfinity(least) ? frames * ladders : least);
    }
}
