using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Timewarp.Benchmark;

/// <summary>One way to sample, measured.</summary>
/// <param name="Way">What was done.</param>
/// <param name="EnergyCalls">With forces.</param>
/// <param name="Acceptance">Of jumps; NaN where there are none.</param>
/// <param name="Chains">What they saw.</param>
/// <param name="Seconds">Of sampling: processor seconds over the number of cores.</param>
/// <param name="WallSeconds">Of sampling.</param>
/// <param name="TrainingSeconds">Processor seconds over the number of cores; 0 for what learns nothing, NaN where it was done
/// before.</param>
internal sealed record TimewarpRow(string Way, long EnergyCalls, double Acceptance, BackboneChains Chains, double Seconds,
    double WallSeconds, double TrainingSeconds);

/// <summary>
/// Ways to sample one peptide, each for as much processor time: dynamics with three steps, a ladder, jumps learned from the energy (those
/// of conformers) and jumps learned in time. All chains of a way start at one structure, so that a state which a way cannot reach is
/// missed. Machines are shared: a second is what the cores compute in one.
/// </summary>
internal sealed class TimewarpComparison
{
    private const int Chains = 16, Ladders = 8, ReferenceLadders = 32, LeapfrogSteps = 6;
    private const double Friction = 0.3, HighestTemperature = 900;

    private readonly TimewarpConfig _training;
    private readonly double _seconds;
    private readonly int _threads;
    private readonly RandomSource _random;

    /// <summary>Prepares.</summary>
    /// <param name="training">Names the peptide, its energy and temperature.</param>
    /// <param name="seconds">For each way.</param>
    public TimewarpComparison(TimewarpConfig training, double seconds)
    {
        (_training, _seconds, _random) = (training, seconds, new RandomSource(training.Seed).Split("comparison"));
        _threads = training.Threads > 0 ? training.Threads : Environment.ProcessorCount;
        if (training.System.Peptide is null)
            throw new ArgumentException("the comparison needs a --peptide: phi and psi are what is compared");
        Reference = new(SystemLoader.Load(training.System.Source()), ReferenceLadders);
    }

    /// <summary>The ladder that ways are judged by, four times as long.</summary>
    public BackboneChains Reference { get; }

    /// <summary>Measures all ways, one after the other.</summary>
    /// <param name="proposal">A jump in time that was learned before; null to learn it in a folder.</param>
    /// <param name="folder">Where it is learned.</param>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="cancellation">Ends it early: ways that are complete are returned.</param>
    public IEnumerable<TimewarpRow> Run(LearnedJump? proposal, string folder, Action<TaskProgress> progress, CancellationToken cancellation)
    {
        progress(new("reference ladder", 0));
        Ladder("reference", Reference, ReferenceLadders, 4 * _seconds, cancellation);
        foreach ((double femtoseconds, double hydrogen) in new[] { (0.5, 0.0), (2, 0), (4, 3) })
        {
            progress(new($"dynamics, {femtoseconds} fs", 0));
            yield return Dynamics(femtoseconds, hydrogen, cancellation);
        }
        progress(new("replica exchange", 0));
        yield return Ladder("replica exchange with torsion moves", new(Load(0), Ladders), Ladders, _seconds, cancellation);
        progress(new("jumps of conformers", 0));
        yield return LearnedFromEnergies(cancellation);
        double training = double.NaN;
        if (proposal is null)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            if (!TimewarpTraining.Start(_training, folder).Run(progress, cancellation))
                yield break;
            proposal = LearnedJump.Read(LearnedJump.Locate(folder));
            training = Since(before);
        }
        progress(new("jumps in time", 0));
        MolecularSystem system = Load(3);
        Molecule molecule = LearnedJump.MoleculeOf(system);
        yield return Jumps("jumps in time, internal coordinates (timewarp)", system, molecule, new ConditionalJumps(proposal.Of(molecule)),
            training, cancellation);
    }

    private MolecularSystem Load(double hydrogenMass) => SystemLoader.Load(_training.System.Source() with { HydrogenMass = hydrogenMass });

    private double Since(TimeSpan before) => (Environment.CpuUsage.TotalTime - before).TotalSeconds / _threads;

    private TimewarpRow Dynamics(double femtoseconds, double hydrogenMass, CancellationToken cancellation)
    {
        const double frame = 0.5; // ps
        MolecularSystem system = Load(hydrogenMass);
        int steps = (int)Math.Round(frame / (1e-3 * femtoseconds));
        using var dynamics = new EngineDynamics(system.Energy.Potential, system.Masses, new LangevinDynamics(system.Masses,
            1e-3 * femtoseconds, Friction, steps), Chains, _random.Split("dynamics"), _threads);
        string hydrogens = hydrogenMass > 0 ? ", heavy hydrogens" : "";
        return Measure(FormattableString.Invariant($"dynamics, {femtoseconds} fs{hydrogens}"), system, dynamics, steps, steps, 0,
            cancellation);
    }

    /// <summary>Jumps of conformers: learned from energies and short chains of all atoms.</summary>
    private TimewarpRow LearnedFromEnergies(CancellationToken cancellation)
    {
        MolecularSystem system = Load(3);
        string sequence = _training.System.Peptide!;
        TimeSpan before = Environment.CpuUsage.TotalTime;
        using RDKitMolecule molecule = ResidueChemistry.Molecule(PeptideBuilder.Build(sequence), sequence);
        (ConformerWork? work, string? obstacle) = ConformerWork.Prepare(molecule, new()
        {
            Temperature = _training.System.Temperature, ForceField = _training.System.ForceField ?? "ff14SB",
            Solvent = _training.System.Solvent, Threads = _threads, Seed = _training.Seed,
        }, null, new(), static (_, _) => { }, cancellation);
        using ConformerWork prepared = work ?? throw new ArgumentException(obstacle);
        var tree = new RotorTree(molecule.Molecule);
        LearnedTorsions torsions = LearnedTorsions.Of(prepared, tree, LearnedTorsions.ForShapes, cancellation);
        (LearnedShapes? shapes, obstacle) = LearnedShapes.Of(prepared, tree, torsions, cancellation);
        return Jumps("jumps learned from energies (conformers)", system, molecule.Molecule, new ShapeJump((shapes
            ?? throw new ArgumentException(obstacle)).Proposal), Since(before), cancellation);
    }

    private TimewarpRow Jumps(string way, MolecularSystem system, Molecule molecule, Kernel jump, double training,
        CancellationToken cancellation)
    {
        var kernel = new KernelSequence(new GeneralisedHamiltonianMonteCarlo(system.Masses, 0.002, 1,
            Simulation.SimulationPlan.LeapfrogSteps), [new(ExtraMove.Jumps, jump, 1)]);
        using var dynamics = new EngineDynamics(system.Energy.Potential.On(TimewarpTraining.IsomerOf(system, molecule)), system.Masses,
            kernel, Chains, _random.Split("jumps"), _threads);
        return Measure(way, system, dynamics, Simulation.SimulationPlan.LeapfrogSteps, Simulation.SimulationPlan.LeapfrogSteps + 1,
            training, cancellation);
    }

    private TimewarpRow Measure(string way, MolecularSystem system, EngineDynamics dynamics, int steps, int calls, double training,
        CancellationToken cancellation)
    {
        double[] still = new double[3 * system.AtomCount], x = new double[still.Length], v = new double[still.Length];
        for (int m = 0; m < Chains; m++)
        {
            dynamics.SetTemperature(m, _training.System.Temperature);
            dynamics.SetState(m, system.Starts[0], still);
        }
        dynamics.Refresh();
        dynamics.Minimise(100, cancellation);
        for (int m = 0; m < Chains; m++)
            dynamics.DrawVelocities(m, _training.System.Temperature, _random.Split("velocities"), 0);
        dynamics.Refresh();
        var chains = new BackboneChains(system, Chains);
        dynamics.Run(steps); // compiled
        var clock = global::System.Diagnostics.Stopwatch.StartNew();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long frames = 0;
        for (; Since(before) < _seconds && !cancellation.IsCancellationRequested; frames++)
        {
            dynamics.Run(steps);
            for (int m = 0; m < Chains; m++)
            {
                dynamics.GetState(m, x, v);
                chains.Add(m, Array.ConvertAll(x, c => (float)c));
            }
        }
        MoveCount jumps = dynamics.MoveCounts is [.., var last] ? last : default;
        return new(way, frames * calls * Chains, (double)jumps.Accepted / jumps.Proposed, chains, Since(before), clock.Elapsed.TotalSeconds,
            training);
    }

    private TimewarpRow Ladder(string way, BackboneChains chains, int ladders, double seconds, CancellationToken cancellation)
    {
        MolecularSystem system = Load(0);
        Molecule molecule = LearnedJump.MoleculeOf(system);
        Ladder ladder = Sampling.Samplers.Ladder.Geometric(_training.System.Temperature, HighestTemperature, 3 * system.AtomCount - 6);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        var clock = global::System.Diagnostics.Stopwatch.StartNew();
        float[] x = Array.ConvertAll(system.Starts[0], c => (float)c);
        using ReplicaExchange exchange = MolecularLadder.Relaxed(system.Energy.Potential.On(TimewarpTraining.IsomerOf(system, molecule)),
            ladder, ladders, molecule.Atoms.Select(a => a.AtomicNumber), new TorsionSpace(molecule).Moves, x, LeapfrogSteps, 2,
            _random.Split(way), _threads, cancellation);
        exchange.BurnIn(200, cancellation);
        while (Since(before) < seconds && !cancellation.IsCancellationRequested)
        {
            exchange.Advance(2, cancellation);
            for (int m = 0; m < ladders; m++)
            {
                exchange.CopyPositions(m, 0, x);
                chains.Add(m, x);
            }
        }
        return new(way, exchange.Evaluations, double.NaN, chains, Since(before), clock.Elapsed.TotalSeconds, 0);
    }
}
