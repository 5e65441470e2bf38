using System.Diagnostics;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Molecular.Conformers;

/// <summary>
/// From a molecule to its Boltzmann ensemble: ETKDG seeds, replica exchange (Hamiltonian Monte Carlo and torsion moves, every temperature in one batch), MBAR weights,
/// basins with free energies. The run goes in rounds of doubling length; each round is judged on its own, so all earlier rounds are burn-in, and it ends when a
/// round has converged, or time or the evaluation budget is used up.
/// </summary>
public sealed class ConformerSampler(ConformerOptions options)
{
    private const int Seeds = 16, BurnInSteps = 100, FirstRound = 100, FewestFrames = 4, LeapfrogSteps = 6, MostTorsionMoves = 4; // short trajectories: the ladder, not the dynamics, is what mixes
    private const double HeavyMass = 12, HydrogenMass = 6; // Da; configurations do not depend on masses: these let the step be long
    private const double FirstStepSize = 1e-3; // ps
    private const double PairBudget = 1.5e11; // pair evaluations: some minutes on two cores, whatever the molecule
    private const long FrameFloats = 120_000_000;

    /// <summary>Samples one molecule.</summary>
    /// <param name="input">The molecule; not disposed.</param>
    /// <param name="inputSmiles">As the user wrote it.</param>
    /// <param name="progress">Told where the run stands; may be null.</param>
    /// <param name="cancellation">Ends the run early: what is there becomes a partial result.</param>
    public ConformerResult Run(RDKitMolecule input, string inputSmiles, Action<TaskProgress>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        Molecule molecule = input.Molecule;
        ConformerResult result = new() { Name = molecule.Name, InputSmiles = inputSmiles, Molecule = molecule, Status = ConformerStatus.Failed };
        try
        {
            MoleculeAdmission.ThrowIfUnsuitable(molecule);
            result = Sample(input, result, clock, progress, cancellation);
        }
        catch (Exception e) when (e is ParameterizationException or MoleculeFormatException)
        {
            result = result with { Reason = e.Message, IsInputError = true };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // one molecule's accident must not cost the others of a long run
            result = result with { Status = ConformerStatus.Failed, Reason = $"internal error, please report it: {e.GetType().Name}: {e.Message.Split('\n')[0]}" };
        }
        return result with { WallSeconds = clock.Elapsed.TotalSeconds };
    }

    private ConformerResult Sample(RDKitMolecule input, ConformerResult result, Stopwatch clock, Action<TaskProgress>? progress, CancellationToken cancellation)
    {
        Molecule molecule = input.Molecule;
        double limit = options.TimeLimit?.TotalSeconds ?? double.PositiveInfinity;
        double[] masses = [.. molecule.Atoms.Select(a => a.Mass)];
        var potential = new ForceFieldPotential(Mmff94.Parameterise(masses, input.MmffTerms(options.ForceField)));
        var space = new TorsionSpace(molecule);
        result = result with { RotatableBonds = space.RotatableBonds };

        progress?.Invoke(new("embedding", 0));
        int seed = (int)(options.Seed % 1_000_000_007);
        Embedding embedding = input.Embed(Seeds, seed, TimeSpan.FromSeconds(Math.Min(0.3 * limit, 120)));
        if (embedding.Conformers.Count == 0)
            return result with
            {
                Reason = embedding.Status == EmbeddingStatus.OutOfTime ? "no 3D embedding was found within the time limit" : $"no 3D embedding was found in {embedding.Attempts} attempts",
            };
        var notes = MoleculeAdmission.Notes(molecule, embedding.SampledSmiles);
        var isomer = new Stereoisomer(molecule, embedding.Conformers[0]);
        float[][] seeds = [.. embedding.Conformers.Where(c => isomer.Contains(c))];

        TemperatureLadder ladder = TemperatureLadder.Geometric(options.Temperature, Math.Max(options.HighestTemperature, options.Temperature), 3 * masses.Length - 6);
        int ladders = masses.Length > 120 ? 16 : 32;
        var dynamics = new HamiltonianMonteCarlo([.. molecule.Atoms.Select(a => a.AtomicNumber == 1 ? HydrogenMass : HeavyMass)],
            [.. ladder.Temperatures.Select(_ => FirstStepSize)], LeapfrogSteps);
        IReadOnlyList<ExtraMove> moves = ExtraMove.TorsionMoves(space.Moves, Math.Min(MostTorsionMoves, space.Moves.Count));
        var random = new RandomSource(options.Seed);
        using var exchange = new ReplicaExchange(potential, ladder, ladders, dynamics, moves, isomer.Count > 0 ? isomer : null, random.Split("replica exchange"), options.Threads);
        for (int m = 0; m < ladders; m++)
            for (int k = 0; k < ladder.Count; k++)
                exchange.SetPositions(m, k, seeds[(m + k * 7) % seeds.Length]);

        // parts of the time limit: relaxing, burn-in, rounds; what the analysis will take is kept free
        using var schedule = new TimeLimit(limit, clock, cancellation);
        schedule.ReserveEnergies(options.Samples, () => EnsembleAnalysis.Exact(potential, seeds[0]));
        exchange.Start();
        exchange.Minimise(60, schedule.Until(0.1));
        exchange.BurnIn(BurnInSteps, schedule.Until(0.25), n => progress?.Invoke(new("burn-in", (double)n / BurnInSteps)));

        double pairs = Math.Max(1000, 0.5 * masses.Length * masses.Length);
        int capacity = (int)Math.Clamp(FrameFloats / (3L * masses.Length * ladders * ladder.Count), 8, 128);
        EnsembleAnalysis? best = null;
        for (int round = 0, steps = FirstRound; ; round++, steps *= 2)
        {
            var trajectory = new LadderTrajectory(ladders, ladder.Count, masses.Length, capacity);
            int thisRound = round;
            exchange.Run(steps, trajectory, schedule.UntilAnalysis(), n => progress?.Invoke(new($"round {thisRound + 1}", (double)n / steps)));
            if (best is null && trajectory.FrameCount < FewestFrames)
                exchange.Run(FewestFrames - trajectory.FrameCount, trajectory, schedule.UntilEnergies()); // little is better than nothing, and soon analysed
            if (trajectory.FrameCount >= FewestFrames && (best is null || trajectory.FrameCount * trajectory.Stride >= best.Trajectory.FrameCount * best.Trajectory.Stride))
            {
                progress?.Invoke(new("analysis", 0));
                best = schedule.Analysing(() => EnsembleAnalysis.Of(trajectory, exchange, input, space, seeds[0], options.Temperature));
            }
            if (best is { Converged: true } || schedule.UntilAnalysis().IsCancellationRequested || exchange.Evaluations * pairs > PairBudget)
                break;
        }
        if (best is null)
            return result with { Notes = notes, Reason = cancellation.IsCancellationRequested ? "interrupted before the first samples" : "the time limit came before the first samples" };

        progress?.Invoke(new("representatives", 0));
        result = best.Complete(result, potential, isomer, options.Samples, options.PruneRmsd is { } threshold ? (new HeavyAtomRmsd(input), threshold) : null, random.Split("resample"), notes, schedule);
        string? reason = best.Converged ? null
            : cancellation.IsCancellationRequested ? "interrupted: " + best.Shortcoming
            : schedule.UntilAnalysis().IsCancellationRequested ? "time limit: " + best.Shortcoming
            : "evaluation budget used up: " + best.Shortcoming;
        return result with { Status = best.Converged ? ConformerStatus.Ok : ConformerStatus.Partial, Reason = reason };
    }
}
