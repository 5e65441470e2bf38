using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Timewarp;
using MolSampling.Molecular;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Simulation;

/// <summary>
/// A molecular-dynamics simulation: many replicas, with or without a ladder of temperatures or Hamiltonians, in a run directory that
/// survives anything. Frames, exchanges and restarts happen at steps that the configuration fixes, and every random number is a function of
/// (seed, replica, step), so a run that was killed and resumed equals one that was not, to the bit.
/// </summary>
public sealed class SimulationRun : IDisposable
{
    private readonly RunDirectory _directory;
    private readonly SimulationPlan _plan;
    private readonly MolecularSystem _system;
    private readonly ReplicaDynamics _dynamics;
    private readonly SimulationExchange _exchange;
    private readonly ReplicaHealth _health;
    private readonly SimulationPreparation _opening;
    private readonly SimulationMonitor _monitor;
    private readonly List<FrameRow> _rows = [];
    private int _framesInSegment;
    private List<MoveCount> _earlierMoves = []; // counted before the resume

    private SimulationRun(RunDirectory directory, SimulationPlan plan, MolecularSystem system, ReplicaDynamics dynamics,
        RandomSource random)
    {
        (_directory, _plan, _system, _dynamics) = (directory, plan, system, dynamics);
        _exchange = new(dynamics, plan.Ladder, plan.StepsPerFrame, random, m => plan.PressureEnergy * Volume(m));
        _health = new(dynamics, _exchange, random, new(directory, plan, dynamics), Log);
        _opening = new(plan, system, dynamics, _exchange, _health, random, Log);
        _monitor = new(directory, plan, dynamics.Replicas);
    }

    /// <summary>The run's folder.</summary>
    internal RunDirectory Directory => _directory;

    /// <summary>What is simulated.</summary>
    public MolecularSystem System => _system;

    /// <summary>Begins a simulation in a folder that holds none.</summary>
    /// <param name="config">The configuration; files relative to the working directory.</param>
    /// <param name="folder">The run directory.</param>
    /// <param name="task">Number and count in an array of tasks: the seed is split by the number.</param>
    /// <param name="overwrite">Whether an earlier run in the folder is removed.</param>
    /// <exception cref="MoleculeFormatException">An input that cannot be read.</exception>
    /// <exception cref="ParameterizationException">A force field that does not fit.</exception>
    /// <exception cref="ArgumentException">Options that are wrong or do not fit each other.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static SimulationRun Start(SimulationConfig config, string folder, (int Index, int Count)? task = null, bool overwrite = false)
    {
        SimulationPlan plan = config.Plan();
        MolecularSystem system = SystemLoader.Load(config.Source());
        LearnedJump? jump = SimulationDynamics.JumpOf(config, null);
        plan.RequireMemory(config.Replicas, system.AtomCount);
        RandomSource random = RandomOf(config, task?.Index);
        // everything that can be wrong with the options (terms, devices, platforms, integrators) is told before there is a folder
        ReplicaDynamics dynamics = SimulationDynamics.Create(config, plan, system, random, jump);
        RunDirectory? directory = null;
        try
        {
            directory = RunDirectory.Create(folder, config, plan, SimulationDynamics.Fingerprint(system, jump), task, overwrite);
            var simulation = new SimulationRun(directory, plan, system, dynamics, random);
            simulation.Log($"started: {system.Name}, {system.AtomCount} atoms, {system.Energy.Name}, {config.Replicas} replicas on {dynamics.Description}, {config.Time}, seed {config.Seed}");
            foreach (string note in system.Energy.Notes)
                simulation.Log(note);
            if (jump?.Difference(system, plan.Temperatures) is { } difference)
                simulation.Log(difference);
            return simulation;
        }
        catch
        {
            dynamics.Dispose();
            directory?.Dispose();
            throw;
        }
    }

    /// <summary>Continues a simulation; a finished one runs no step.</summary>
    /// <param name="folder">The run directory.</param>
    /// <param name="threads">Null for what the configuration says.</param>
    /// <param name="time">A new length of the trajectories, "20ns": the frames are those of a run that was that long from the beginning.
    /// Null for the one it has.</param>
    /// <exception cref="MoleculeFormatException">No run, damage that cannot be recovered, or inputs that changed.</exception>
    /// <exception cref="InvalidOperationException">Every replica was given up: all randomness is a function of the step, so it would end
    /// the same way again.</exception>
    public static SimulationRun Resume(string folder, int? threads = null, string? time = null)
    {
        (RunDirectory directory, Checkpoint? checkpoint, string? recovery) = RunDirectory.OpenToContinue(folder);
        ReplicaDynamics? dynamics = null;
        try
        {
            if (checkpoint is null ? directory.Manifest is { State: Manifest.Failed, Generations.Count: 0 } : checkpoint.Failed.All(f => f))
                throw new InvalidOperationException($"the run in '{folder}' failed at step {checkpoint?.Steps ?? 0}, every replica blew up too often: it cannot go on, begin anew with a shorter --time-step");
            string before = directory.Manifest.Config.Time;
            if (time is not null)
                directory.Extend(time);
            SimulationConfig config = directory.Manifest.Config with { Threads = threads ?? directory.Manifest.Config.Threads };
            SimulationPlan plan = config.Plan();
            MolecularSystem system = SystemLoader.Load(config.Source(directory.InputFolder));
            plan.RequireMemory(config.Replicas, system.AtomCount);
            LearnedJump? jump = SimulationDynamics.JumpOf(config, directory.InputFolder);
            if (SimulationDynamics.Fingerprint(system, jump) != directory.Manifest.SystemFingerprint)
                throw new MoleculeFormatException(folder, 0,
                    "the system is not the one that the run began with: the input files, the force field's tables or the program changed");
            RandomSource random = RandomOf(config, directory.Manifest.Task?[0]);
            dynamics = SimulationDynamics.Create(config, plan, system, random, jump);
            var simulation = new SimulationRun(directory, plan, system, dynamics, random);
            if (checkpoint is not null)
            {
                checkpoint.ThrowIfNot(system.AtomCount, config.Replicas, plan.Ladder.Count, directory.Manifest.Steps, folder,
                    plan.Pressure is not null);
                simulation.Restore(checkpoint);
            }
            simulation.Log($"resumed at step {simulation._dynamics.StepsDone}{(recovery is null ? "" : $"; {recovery}")}{(config.Time == before ? "" : $"; {config.Time} instead of {before}")}");
            return simulation;
        }
        catch
        {
            dynamics?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Runs to the end, or to the next frame after a request to stop.</summary>
    /// <param name="progress">Fraction done and a line for people.</param>
    /// <param name="stop">Asks for a checkpoint and the end.</param>
    /// <exception cref="IOException">The folder cannot be written; the manifest names what is safe.</exception>
    public SimulationEnd Run(Action<TaskProgress>? progress = null, CancellationToken stop = default)
    {
        Log($"machine: {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
        if (_dynamics.StepsDone == 0 && !_opening.Run(progress, stop))
        {
            _directory.SetState(Manifest.Stopped);
            _monitor.WriteStatus(0, Summary(), Manifest.Stopped, force: true);
            Log("stopped before the first frame: --resume begins anew");
            return SimulationEnd.Stopped;
        }
        _monitor.Begin(_dynamics.StepsDone);
        Log($"runs from step {_dynamics.StepsDone}");
        while (_dynamics.StepsDone < _plan.Steps && !_health.AllFailed)
        {
            _dynamics.Run(_plan.StepsPerFrame);
            _health.Check();
            Record();
            _exchange.Run(_health.Failed);
            _health.Keep();
            bool last = _dynamics.StepsDone == _plan.Steps || _health.AllFailed, stopping = stop.IsCancellationRequested && !last;
            string state = _health.AllFailed ? Manifest.Failed : last ? Manifest.Done : stopping ? Manifest.Stopped : Manifest.Running;
            if (++_framesInSegment == _plan.FramesPerCheckpoint || last || stopping)
            {
                Commit(state);
                _monitor.AddMetrics(_dynamics.StepsDone, Summary());
            }
            progress?.Invoke(new("simulating", (double)_dynamics.StepsDone / _plan.Steps, _monitor.Line(_dynamics.StepsDone)));
            _monitor.WriteStatus(_dynamics.StepsDone, Summary(), state, force: last || stopping);
            if (stopping)
            {
                Log($"stopped at step {_dynamics.StepsDone}: --resume goes on");
                return SimulationEnd.Stopped;
            }
        }
        if (_health.AllFailed)
        {
            _directory.SetState(Manifest.Failed);
            Log("failed: every replica blew up too often");
            _monitor.WriteStatus(_dynamics.StepsDone, Summary(), "failed", force: true);
            return SimulationEnd.Failed;
        }
        _directory.SetState(Manifest.Done);
        _monitor.WriteStatus(_dynamics.StepsDone, Summary(), "done", force: true);
        Log($"done: {_dynamics.StepsDone} steps of {_dynamics.Replicas} replicas; {_health.Failed.Count(f => f)} failed, {_health.Restarts.Sum()} restarts");
        return SimulationEnd.Done;
    }

    private static RandomSource RandomOf(SimulationConfig config, int? task) => task is { } index
        ? new RandomSource(config.Seed).Split("task").Split(index) : new(config.Seed);

    private void Restore(Checkpoint checkpoint)
    {
        _exchange.Restore(checkpoint);
        _dynamics.StepsDone = checkpoint.Steps;
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            _dynamics.SetStretch(m, checkpoint.Stretches?[m] ?? 1);
            _dynamics.SetState(m, checkpoint.Positions[m], checkpoint.Velocities[m]);
            _exchange.Bathe(m);
        }
        if (_dynamics.Barostat is { } barostat)
            barostat.Change = checkpoint.VolumeChange;
        _dynamics.Refresh();
        _health.Restore(checkpoint);
        _earlierMoves = checkpoint.Moves;
    }

    /// <summary>Rows of the frame. A replica that was set back has none: its state is that of an earlier frame, which would count
    /// twice.</summary>
    private void Record()
    {
        int size = 3 * _system.AtomCount;
        double[] x = new double[size], v = new double[size];
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            if (_health.WasSetBack(m))
                continue;
            _dynamics.GetState(m, x, v);
            _rows.Add(new(_dynamics.StepsDone, _dynamics.StepsDone * _plan.StepSize, m, _exchange.Rungs[m], _exchange.Temperature(m),
                _exchange.TargetEnergy(m), _dynamics.KineticEnergy(m),
                Array.ConvertAll(x, c => (float)c), _dynamics.ScaledEnergy(m), Volume(m), Density(m)));
        }
    }

    private void Commit(string state)
    {
        _directory.Commit(_rows, new Checkpoint
        {
            Steps = _dynamics.StepsDone,
            Positions = _health.Good.Positions,
            Velocities = _health.Good.Velocities,
            Rungs = _exchange.Rungs,
            Restarts = _health.Restarts,
            Failed = _health.Failed,
            Energies = _health.Good.Energies,
            SwapsProposed = [.. _exchange.Proposed],
            SwapsAccepted = [.. _exchange.Accepted],
            Moves = [.. Moves],
            Stretches = _plan.Pressure is null ? null : _health.Good.Stretches,
            VolumeChange = _dynamics.Barostat?.Change ?? 0,
        }, state);
        _rows.Clear();
        _framesInSegment = 0;
    }

    /// <summary>nm^3 at constant pressure, else 0.</summary>
    private double Volume(int replica) => _plan.Pressure is null ? 0
        : _system.BoxVolume * Math.Pow(_dynamics.Stretch(replica), 3);

    /// <summary>g/cm^3 at constant pressure, else 0.</summary>
    private double Density(int replica) => _plan.Pressure is null ? 0 : Units.GramPerCubicCentimetre * _system.Masses.Sum()
        / Volume(replica);

    /// <summary>Counts of all moves since the beginning.</summary>
    private IReadOnlyList<MoveCount> Moves => _earlierMoves.Count == 0 ? _dynamics.MoveCounts
        : [.. _dynamics.MoveCounts.Zip(_earlierMoves, (now, before) => now.Plus(before))];

    private SimulationSummary Summary()
    {
        int[] alive = [.. Enumerable.Range(0, _dynamics.Replicas).Where(m => !_health.Failed[m])];
        double Mean(Func<int, double> value) => alive.Length == 0 ? double.NaN : alive.Average(value);
        return new(Mean(m => 2 * _dynamics.KineticEnergy(m) / (_dynamics.DegreesOfFreedom * Units.GasConstant)),
            Mean(_exchange.TargetEnergy),
            _exchange.Acceptances, _health.Restarts.Sum(), _health.Failed.Count(f => f), Moves)
        {
            Volume = _plan.Pressure is null ? null : Mean(Volume),
            Density = _plan.Pressure is null ? null : Mean(Density),
        };
    }

    private void Log(string text) =>
        _directory.Log($"{DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)} {text}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _dynamics.Dispose();
        _directory.Dispose();
    }
}
