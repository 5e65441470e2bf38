using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MolSampling.Potentials;
using MolSampling.Potentials.Gpu;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Molecular.Campaigns;

/// <summary>How a campaign ended.</summary>
public enum CampaignEnd
{
    /// <summary>All steps are done.</summary>
    Done,

    /// <summary>It was asked to stop; a checkpoint was written and --resume goes on.</summary>
    Stopped,

    /// <summary>Every replica blew up too often.</summary>
    Failed,
}

/// <summary>
/// A molecular-dynamics campaign: many replicas, with or without a ladder of temperatures or Hamiltonians, in a run directory that survives anything. Frames, exchanges and restarts happen at steps that the
/// configuration fixes, and every random number is a function of (seed, replica, step), so a run that was killed and resumed equals one that was not, to the bit.
/// </summary>
public sealed class Campaign : IDisposable
{
    internal const int MostRestarts = 5; // of a replica

    private const int SwapSweeps = 3;
    private const double Explosion = 20; // a frame may raise a replica's energy by this many times its thermal energy, not more

    private readonly RunDirectory _directory;
    private readonly CampaignPlan _plan;
    private readonly CampaignSystem _system;
    private readonly ReplicaDynamics _dynamics;
    private readonly RandomSource _random;
    private readonly CampaignMonitor _monitor;
    private readonly int[] _rungs, _restarts;
    private readonly bool[] _failed, _setBack; // for good; to its last frame, at the present one
    private readonly double[][] _goodPositions, _goodVelocities; // of the last frame
    private readonly double[] _goodEnergies;
    private readonly long[] _swapsProposed, _swapsAccepted;
    private readonly List<FrameRow> _rows = [];
    private int _framesInSegment;

    private Campaign(RunDirectory directory, CampaignPlan plan, CampaignSystem system, ReplicaDynamics dynamics, RandomSource random)
    {
        (_directory, _plan, _system, _dynamics, _random) = (directory, plan, system, dynamics, random);
        int m = dynamics.Replicas, size = 3 * system.AtomCount, rungs = plan.Temperatures.Count;
        _rungs = [.. Enumerable.Range(0, m).Select(r => r % rungs)];
        (_restarts, _failed, _setBack, _goodEnergies) = (new int[m], new bool[m], new bool[m], new double[m]);
        _goodPositions = [.. Enumerable.Range(0, m).Select(_ => new double[size])];
        _goodVelocities = [.. Enumerable.Range(0, m).Select(_ => new double[size])];
        (_swapsProposed, _swapsAccepted) = (new long[rungs - 1], new long[rungs - 1]);
        _monitor = new(directory, plan, m);
    }

    /// <summary>The run's folder.</summary>
    public RunDirectory Directory => _directory;

    /// <summary>What is simulated.</summary>
    public CampaignSystem System => _system;

    /// <summary>Begins a campaign in a folder that holds none.</summary>
    /// <param name="config">The configuration; files relative to the working directory.</param>
    /// <param name="folder">The run directory.</param>
    /// <param name="task">Number and count in an array of tasks: the seed is split by the number.</param>
    /// <exception cref="MoleculeFormatException">An input that cannot be read.</exception>
    /// <exception cref="ParameterizationException">A force field that does not fit.</exception>
    /// <exception cref="ArgumentException">Options that are wrong or do not fit each other.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static Campaign Start(CampaignConfig config, string folder, (int Index, int Count)? task = null)
    {
        CampaignPlan plan = config.Plan();
        CampaignSystem system = CampaignSystemLoader.Load(config);
        RandomSource random = RandomOf(config, task?.Index);
        // everything that can be wrong with the options (terms, devices, platforms, integrators) is told before there is a folder
        ReplicaDynamics dynamics = CreateDynamics(config, plan, system, random);
        RunDirectory? directory = null;
        try
        {
            directory = RunDirectory.Create(folder, config, plan, Fingerprint(system), task);
            var campaign = new Campaign(directory, plan, system, dynamics, random);
            campaign.Log($"started: {system.Name}, {system.AtomCount} atoms, {system.ForceFieldName}, {config.Replicas} replicas on {dynamics.Description}, {config.Time}, seed {config.Seed}");
            return campaign;
        }
        catch
        {
            dynamics.Dispose();
            directory?.Dispose();
            throw;
        }
    }

    /// <summary>Continues a campaign; a finished one runs no step.</summary>
    /// <param name="folder">The run directory.</param>
    /// <param name="threads">Null for what the configuration says.</param>
    /// <exception cref="MoleculeFormatException">No run, damage that cannot be recovered, or inputs that changed.</exception>
    /// <exception cref="InvalidOperationException">Every replica was given up: all randomness is a function of the step, so it would end the same way again.</exception>
    public static Campaign Resume(string folder, int? threads = null)
    {
        (RunDirectory directory, Checkpoint? checkpoint, string? recovery) = RunDirectory.OpenToContinue(folder);
        try
        {
            if (checkpoint is null ? directory.Manifest is { State: "failed", Generations.Count: 0 } : checkpoint.Failed.All(f => f))
                throw new InvalidOperationException($"the run in '{folder}' failed at step {checkpoint?.Steps ?? 0}, every replica blew up too often: it cannot go on, begin anew with a shorter --time-step");
            CampaignConfig config = directory.Manifest.Config with { Threads = threads ?? directory.Manifest.Config.Threads };
            CampaignPlan plan = config.Plan();
            CampaignSystem system = CampaignSystemLoader.Load(config, directory.InputFolder);
            if (Fingerprint(system) != directory.Manifest.SystemFingerprint)
                throw new MoleculeFormatException(folder, 0, "the system is not the one that the run began with: the input files, the force field's tables or the program changed");
            RandomSource random = RandomOf(config, directory.Manifest.Task?[0]);
            var campaign = new Campaign(directory, plan, system, CreateDynamics(config, plan, system, random), random);
            if (checkpoint is not null)
                campaign.Restore(checkpoint);
            campaign.Log($"resumed at step {campaign._dynamics.StepsDone}{(recovery is null ? "" : $"; {recovery}")}");
            return campaign;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Runs to the end, or to the next frame after a request to stop.</summary>
    /// <param name="progress">Fraction done and a line for people.</param>
    /// <param name="stop">Asks for a checkpoint and the end.</param>
    /// <exception cref="IOException">The folder cannot be written; the manifest names what is safe.</exception>
    public CampaignEnd Run(Action<TaskProgress>? progress = null, CancellationToken stop = default)
    {
        Log($"machine: {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} cores, .NET {Environment.Version}");
        if (_dynamics.StepsDone == 0 && !Begin(progress, stop))
        {
            _directory.SetState("stopped");
            Log("stopped before the first frame: --resume begins anew");
            return CampaignEnd.Stopped;
        }
        _monitor.Begin(_dynamics.StepsDone);
        while (_dynamics.StepsDone < _plan.Steps && !AllFailed)
        {
            _dynamics.Run(_plan.StepsPerFrame);
            CheckHealth();
            Record();
            Exchange();
            KeepState();
            bool last = _dynamics.StepsDone == _plan.Steps || AllFailed, stopping = stop.IsCancellationRequested && !last;
            string state = AllFailed ? "failed" : last ? "done" : stopping ? "stopped" : "running";
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
                return CampaignEnd.Stopped;
            }
        }
        if (AllFailed)
        {
            _directory.SetState("failed");
            Log("failed: every replica blew up too often");
            _monitor.WriteStatus(_dynamics.StepsDone, Summary(), "failed", force: true);
            return CampaignEnd.Failed;
        }
        _directory.SetState("done");
        _monitor.WriteStatus(_dynamics.StepsDone, Summary(), "done", force: true);
        Log($"done: {_dynamics.StepsDone} steps of {_dynamics.Replicas} replicas; {_failed.Count(f => f)} failed, {_restarts.Sum()} restarts");
        return CampaignEnd.Done;
    }

    private static RandomSource RandomOf(CampaignConfig config, int? task) => task is { } index ? new RandomSource(config.Seed).Split("task").Split(index) : new(config.Seed);

    private static ReplicaDynamics CreateDynamics(CampaignConfig config, CampaignPlan plan, CampaignSystem system, RandomSource stream)
    {
        RandomSource random = stream.Split("dynamics");
        double h = plan.StepSize, friction = config.Friction;
        if (config.Backend == "openmm")
            return new OpenMMDynamics(system.Xml!, OpenMMDynamics.LangevinMiddle(h, friction), config.Replicas, random, config.Platform, config.Threads);
        if (system.Parameters is null)
            throw new ArgumentException("the engine cannot hold this system: run it with --backend openmm");
        if (GpuDevice.Open(config.Device) is { } device)
            return new GpuDynamics(device, system.Parameters, h, config.Integrator == "verlet" ? 0 : friction, config.Replicas, random);
        // as many integration steps a call as a frame has, so that a block stays on its thread
        int steps = plan.StepsPerFrame;
        Kernel kernel = config.Integrator switch
        {
            "ghmc" => new GeneralisedHamiltonianMonteCarlo(system.Masses, h, friction, CampaignPlan.LeapfrogSteps),
            "hmc" => new HamiltonianMonteCarlo(system.Masses, [h], CampaignPlan.LeapfrogSteps),
            "mala" => new HamiltonianMonteCarlo(system.Masses, [h], 1),
            "randomized-midpoint" => new RandomizedMidpoint(system.Masses, h, friction, steps),
            "brownian" => new BrownianDynamics(system.Masses, h, friction, steps),
            "verlet" => new VelocityVerlet(system.Masses, h, steps),
            _ => new LangevinDynamics(system.Masses, h, friction, steps),
        };
        Potential potential = config.ScaledTerms.Count > 0 ? new ScaledPotential(system.Parameters, config.ScaledTerms) : new ForceFieldPotential(system.Parameters);
        return new EngineDynamics(potential, system.Masses, kernel, config.Replicas, random, config.Threads);
    }

    private static string Fingerprint(CampaignSystem system) => system.Parameters?.Fingerprint()
        ?? Convert.ToHexStringLower(global::System.Security.Cryptography.SHA256.HashData(global::System.Text.Encoding.UTF8.GetBytes(system.Xml!)));

    /// <summary>Places the replicas, relaxes them, anneals them, draws velocities.</summary>
    /// <returns>False if it was stopped: nothing is kept of a beginning.</returns>
    private bool Begin(Action<TaskProgress>? progress, CancellationToken stop)
    {
        progress?.Invoke(new("minimising", 0, ""));
        double[] still = new double[3 * _system.AtomCount];
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            _dynamics.SetState(m, _system.Starts[m % _system.Starts.Count], still);
            Bathe(m);
        }
        _dynamics.Refresh();
        _dynamics.Minimise(1000, stop);
        if (_plan.Annealing is { } schedule)
            Anneal(schedule, progress, stop);
        if (stop.IsCancellationRequested && !AllFailed)
            return false;
        for (int m = 0; m < _dynamics.Replicas; m++)
            _dynamics.DrawVelocities(m, _plan.Temperatures[_rungs[m]], _random.Split("velocities"), 0);
        _dynamics.Refresh();
        for (int m = 0; m < _dynamics.Replicas; m++)
            if (!double.IsFinite(_dynamics.PotentialEnergy(m)))
                throw new ArgumentException($"the energy of the starting structure is not a number even after minimisation: do two atoms of '{_system.Name}' coincide?");
        KeepState();
        return true;
    }

    /// <summary>Heats and cools the replicas into basins of their own, under the scale of each one's rung.</summary>
    private void Anneal(AnnealingSchedule schedule, Action<TaskProgress>? progress, CancellationToken stop)
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"{schedule.First:g6} K to {schedule.Last:g6} K, {schedule.Stages} stages of {_plan.StepsPerFrame} steps{(schedule.Geometric ? ", geometric" : "")}");
        Log($"annealing from {range}");
        _dynamics.Refresh();
        KeepState();
        bool whole = SimulatedAnnealing.Run(_dynamics, schedule, _plan.StepsPerFrame, _random.Split("annealing"), (done, kelvin) =>
        {
            CheckHealth(kelvin);
            KeepState();
            progress?.Invoke(new("annealing", (double)done / schedule.Stages, string.Create(CultureInfo.InvariantCulture, $"{kelvin:f0} K")));
        }, stop);
        if (!whole)
            return;
        for (int m = 0; m < _dynamics.Replicas; m++)
            Bathe(m);
        double[] energies = [.. Enumerable.Range(0, _dynamics.Replicas).Where(m => !_failed[m]).Select(TargetEnergy)];
        Log(string.Create(CultureInfo.InvariantCulture, $"annealed: potential energies {energies.DefaultIfEmpty(double.NaN).Min():f1} to {energies.DefaultIfEmpty(double.NaN).Max():f1} kJ/mol"));
    }

    private void Restore(Checkpoint checkpoint)
    {
        checkpoint.Rungs.CopyTo(_rungs, 0);
        checkpoint.Restarts.CopyTo(_restarts, 0);
        checkpoint.Failed.CopyTo(_failed, 0);
        checkpoint.SwapsProposed.CopyTo(_swapsProposed, 0);
        checkpoint.SwapsAccepted.CopyTo(_swapsAccepted, 0);
        _dynamics.StepsDone = checkpoint.Steps;
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            _dynamics.SetState(m, checkpoint.Positions[m], checkpoint.Velocities[m]);
            Bathe(m);
        }
        _dynamics.Refresh();
        KeepState();
        checkpoint.Energies.CopyTo(_goodEnergies, 0);
    }

    /// <summary>A replica that blew up goes back to the last frame with new velocities, five times at most; the others go on.</summary>
    /// <param name="kelvin">Of the bath, where it is not the rung's.</param>
    private void CheckHealth(double? kelvin = null)
    {
        bool any = false;
        Array.Clear(_setBack);
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            double thermal = 1.5 * _system.AtomCount * Units.GasConstant * (kelvin ?? _plan.Temperatures[_rungs[m]]);
            double potential = _dynamics.PotentialEnergy(m), kinetic = _dynamics.KineticEnergy(m);
            bool healthy = double.IsFinite(potential) && double.IsFinite(kinetic) && potential - _goodEnergies[m] < Explosion * thermal + 100 && kinetic < Explosion * thermal + 100;
            if (healthy && !_failed[m])
                continue;
            any = _setBack[m] = true;
            if (!healthy && !_failed[m])
            {
                DumpPostMortem(m, potential, kinetic);
                _failed[m] = ++_restarts[m] > MostRestarts;
                Log(string.Create(CultureInfo.InvariantCulture, $"replica {m} blew up before step {Step} (potential energy {potential:g6}, kinetic {kinetic:g6} kJ/mol); {(_failed[m] ? "given up" : $"restart {_restarts[m]} of {MostRestarts}")}"));
            }
            _dynamics.SetState(m, _goodPositions[m], _goodVelocities[m]);
            _dynamics.DrawVelocities(m, kelvin ?? _plan.Temperatures[_rungs[m]], _random.Split("restarts"), _dynamics.StepsDone);
        }
        if (any)
            _dynamics.Refresh();
    }

    /// <summary>For people: steps of annealing lie before step 0.</summary>
    private long Step => _dynamics.StepsDone < SimulatedAnnealing.FirstStep ? _dynamics.StepsDone
        : _dynamics.StepsDone - SimulatedAnnealing.FirstStep - (long)_plan.Annealing!.Stages * _plan.StepsPerFrame;

    private void DumpPostMortem(int replica, double potential, double kinetic)
    {
        int size = 3 * _system.AtomCount;
        double[] x = new double[size], v = new double[size];
        _dynamics.GetState(replica, x, v);
        global::System.IO.Directory.CreateDirectory(Path.Combine(_directory.Path, "postmortem"));
        static string?[] Numbers(double[] values) => [.. values.Select(n => n.ToString("R", CultureInfo.InvariantCulture))];
        _directory.WriteText(string.Create(CultureInfo.InvariantCulture, $"postmortem/replica-{replica:d4}-step-{Step}.json"), JsonSerializer.Serialize(new
        {
            replica,
            step = Step,
            potentialEnergy = potential.ToString("R", CultureInfo.InvariantCulture),
            kineticEnergy = kinetic.ToString("R", CultureInfo.InvariantCulture),
            positionsNm = Numbers(x),
            velocitiesNmPerPs = Numbers(v),
            lastGoodStep = Step - _plan.StepsPerFrame,
            lastGoodPositionsNm = Numbers(_goodPositions[replica]),
            lastGoodVelocitiesNmPerPs = Numbers(_goodVelocities[replica]),
        }));
    }

    /// <summary>Rows of the frame. A replica that was set back has none: its state is that of an earlier frame, which would count twice.</summary>
    private void Record()
    {
        int size = 3 * _system.AtomCount;
        double[] x = new double[size], v = new double[size];
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            if (_setBack[m])
                continue;
            _dynamics.GetState(m, x, v);
            _rows.Add(new(_dynamics.StepsDone, _dynamics.StepsDone * _plan.StepSize, m, _rungs[m], _plan.Temperatures[_rungs[m]], TargetEnergy(m), _dynamics.KineticEnergy(m), Array.ConvertAll(x, c => (float)c), _dynamics.ScaledEnergy(m)));
        }
    }

    /// <summary>U at lambda = 1, whatever the replica's rung.</summary>
    private double TargetEnergy(int replica) => _dynamics.PotentialEnergy(replica) + (1 - _plan.Ladder.Scales[_rungs[replica]]) * _dynamics.ScaledEnergy(replica);

    /// <summary>Gives a replica the temperature and the scale of its rung.</summary>
    private void Bathe(int replica)
    {
        _dynamics.SetTemperature(replica, _plan.Temperatures[_rungs[replica]]);
        _dynamics.SetScale(replica, _plan.Ladder.Scales[_rungs[replica]]);
    }

    /// <summary>Sweeps of swaps between neighbouring rungs, by the energies at hand; velocities follow the bath, forces the scale.</summary>
    private void Exchange()
    {
        int rungs = _plan.Ladder.Count;
        if (rungs == 1)
            return;
        double[] energies = [.. Enumerable.Range(0, _dynamics.Replicas).Select(TargetEnergy)]; // no swap changes them
        bool any = false;
        for (int sweep = 0; sweep < SwapSweeps; sweep++)
            any |= Exchange(sweep, energies);
        if (any && _plan.Ladder.Scales[^1] != 1)
            _dynamics.Refresh();
    }

    private bool Exchange(int sweep, double[] energies)
    {
        int rungs = _plan.Ladder.Count;
        bool any = false;
        RandomSource random = _random.Split("swaps").Split(_dynamics.StepsDone).Split(sweep);
        for (int first = 0; first < _dynamics.Replicas; first += rungs) // a ladder's replicas stand together
        {
            for (int rung = (int)((_dynamics.StepsDone / _plan.StepsPerFrame + sweep) & 1); rung + 1 < rungs; rung += 2)
            {
                double u = random.NextDouble();
                int low = Array.IndexOf(_rungs, rung, first, rungs), high = Array.IndexOf(_rungs, rung + 1, first, rungs);
                if (_failed[low] || _failed[high])
                    continue;
                _swapsProposed[rung]++;
                if (!(u < Math.Exp(_plan.Ladder.LogAcceptance(rung, rung + 1, energies[low], energies[high], _dynamics.ScaledEnergy(low), _dynamics.ScaledEnergy(high)))))
                    continue; // a NaN energy never swaps
                _swapsAccepted[rung]++;
                any = true;
                (_rungs[low], _rungs[high]) = (_rungs[high], _rungs[low]);
                Move(low, rung, rung + 1);
                Move(high, rung + 1, rung);
            }
        }
        return any;
    }

    private void Move(int replica, int from, int to)
    {
        int size = 3 * _system.AtomCount;
        double[] x = new double[size], v = new double[size];
        _dynamics.GetState(replica, x, v);
        double scale = Math.Sqrt(_plan.Temperatures[to] / _plan.Temperatures[from]);
        for (int k = 0; k < size; k++)
            v[k] *= scale;
        _dynamics.SetState(replica, x, v);
        Bathe(replica);
    }

    private void KeepState()
    {
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            if (_failed[m])
                continue;
            _dynamics.GetState(m, _goodPositions[m], _goodVelocities[m]);
            _goodEnergies[m] = _dynamics.PotentialEnergy(m);
        }
    }

    private void Commit(string state)
    {
        _directory.Commit(_rows, new Checkpoint
        {
            Steps = _dynamics.StepsDone,
            Positions = _goodPositions,
            Velocities = _goodVelocities,
            Rungs = _rungs,
            Restarts = _restarts,
            Failed = _failed,
            Energies = _goodEnergies,
            SwapsProposed = _swapsProposed,
            SwapsAccepted = _swapsAccepted,
        }, state);
        _rows.Clear();
        _framesInSegment = 0;
    }

    private CampaignSummary Summary()
    {
        int[] alive = [.. Enumerable.Range(0, _dynamics.Replicas).Where(m => !_failed[m])];
        double Mean(Func<int, double> value) => alive.Length == 0 ? double.NaN : alive.Average(value);
        return new(Mean(m => 2 * _dynamics.KineticEnergy(m) / (_dynamics.DegreesOfFreedom * Units.GasConstant)), Mean(TargetEnergy),
            [.. _swapsProposed.Select((n, k) => n == 0 ? double.NaN : (double)_swapsAccepted[k] / n)], _restarts.Sum(), _failed.Count(f => f));
    }

    private bool AllFailed => _failed.All(f => f);

    private void Log(string text) => _directory.Log($"{DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)} {text}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _dynamics.Dispose();
        _directory.Dispose();
    }
}
