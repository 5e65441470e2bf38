using System.Diagnostics;
using System.Globalization;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Periodic;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Jobs.Solvation;

/// <summary>
/// The windows of a solute's coupling to water, side by side in the engine's lanes: each walker has its own scale, neighbours exchange
/// theirs, and of every frame the energies in all windows are kept, which is what MBAR needs. Everything is a function of the settings and
/// the seed; a run that was stopped goes on to the bit.
/// </summary>
public sealed class SolvationRun : IDisposable
{
    private const string Checkpoint = "checkpoint.bin", Summary = "summary.json";
    private const int RelaxationSteps = 300;
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(30); // checkpoints: they change no number

    private readonly SolvationConfig _config;
    private readonly string _folder, _settings;
    private readonly ForceFieldPotential _potential;
    private readonly MolecularPressure _pressure;
    private readonly RotamerMoves _rotamers;
    private readonly EngineDynamics _dynamics;
    private readonly WindowExchange[] _exchanges;
    private readonly double[] _scales;
    private readonly int _solute; // atoms
    private readonly RandomSource _random;
    private readonly ParallelOptions _options;
    private FileStream? _lock; // the system forgets it when the process ends, however it ends

    private SolvationRun(SolvationConfig config, string folder, MolecularSystem system, int threads)
    {
        (_config, _folder, System) = (config, folder, system);
        _solute = AtomsOfSolute(system);
        ClassicalSystem classical = system.Energy.Classical!;
        var path = new CouplingPath();
        _scales = [.. config.ChargeWindows.Select(path.OfCharges), .. config.LennardJonesWindows.Select(path.OfLennardJones)];
        States = [.. _scales.Select(s => new LambdaState(path.Charges(s), path.LennardJones(s)))];
        _potential = new(classical.ToAlchemicalEngine(path), name: system.Energy.Name);
        _pressure = new(classical, s => s.ToAlchemicalEngine(path));
        // more --time goes on where less stood
        _settings = $"{(config with { Time = 0, TimeStep = config.Step }).ToJson()} {_potential.Fingerprint} {Provenance.CurrentVersion}";
        _random = new RandomSource(config.Seed).Split("windows");
        _dynamics = new(_potential, system.Masses, new LangevinDynamics(system.Masses, config.Step, config.Friction,
            config.StepsPerFrame), Windows * config.Sets, _random.Split("noise"), threads);
        _rotamers = new(classical, system.Topology, system.Starts[0], new ThermodynamicState(config.Temperature).Beta,
            _random.Split("rotamers"));
        Sampled = new(config.Sets, Windows, Rotors);
        _exchanges = [.. Enumerable.Range(0, config.Sets).Select(s => new WindowExchange(Windows, _random.Split("exchanges").Split(s)))];
        _options = ParallelWork.Options(threads > 0 ? threads : Environment.ProcessorCount);
        for (int m = 0; m < _dynamics.Replicas; m++)
        {
            _dynamics.SetTemperature(m, config.Temperature);
            _dynamics.SetScale(m, _scales[m % Windows]);
        }
    }

    /// <summary>What is sampled.</summary>
    public MolecularSystem System { get; }

    /// <summary>[K] (charges, Lennard-Jones).</summary>
    public IReadOnlyList<LambdaState> States { get; }

    /// <summary>K.</summary>
    public int Windows => _scales.Length;

    /// <summary>What was kept of the frames.</summary>
    internal SolvationFrames Sampled { get; }

    /// <summary>Frames so far.</summary>
    public int Frames => Sampled.Count;

    /// <summary>Whether it went on from a checkpoint.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Whether all frames are there.</summary>
    public bool IsDone => Frames >= _config.Frames;

    /// <summary>kJ/mol, of the coupled solute's Lennard-Jones beyond the cut-off; in the result.</summary>
    public double Tail => _potential.Parameters.CoupledTail;

    /// <summary>[K - 1] exchanges made of those tried, all sets.</summary>
    public IReadOnlyList<double> Acceptances => [.. Enumerable.Range(0, Windows - 1).Select(k =>
        _exchanges.Sum(e => e.Made[k]) / (double)_exchanges.Sum(e => e.Tried[k]))];

    /// <summary>Volume of the box, nm^3.</summary>
    public double Volume => Math.Pow(_potential.Box!.Edges.X, 3);

    /// <summary>Files that a run may leave in its folder.</summary>
    public static IReadOnlyList<string> Files { get; } = [Checkpoint, "system.pdb", "u_nk.parquet", Summary, "report.html"];

    /// <summary>Begins, or goes on where a run of the same settings in the folder stood.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="folder">Of results.</param>
    /// <param name="threads">0 for all cores; results do not depend on it.</param>
    /// <param name="overwrite">Whether an earlier run is removed.</param>
    /// <exception cref="ArgumentException">Settings that are wrong, a charged solute, or a folder with something else.</exception>
    public static SolvationRun Open(SolvationConfig config, string folder, int threads, bool overwrite)
    {
        config.ThrowIfWrong();
        bool goesOn = File.Exists(Path.Combine(folder, Checkpoint)) && !overwrite;
        // stopped before its first checkpoint a run has nothing to lose; a stranger's folder is refused whatever it holds
        bool nothingYet = !File.Exists(Path.Combine(folder, Summary));
        OutputFolder.ThrowIfTaken(folder, "solvation", overwrite || goesOn || nothingYet);
        MolecularSystem system = SystemLoader.Load(config.Source());
        int solute = AtomsOfSolute(system);
        if (Pieces(system.Topology, solute) is var pieces and > 1)
            throw new ArgumentException($"the solute is {pieces} molecules: one is needed");
        double charge = system.Energy.Classical!.Particles.Take(solute).Sum(p => p.Charge);
        if (Math.Abs(charge) > 0.01)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"the solute has a net charge of {charge:+0.##;-0.##}: the corrections that a periodic box then needs are not there"));
        var run = new SolvationRun(config, folder, system, threads); // what is wrong with it is known before a folder is touched
        OutputFolder.ThrowIfLinked(folder, OutputFolder.LockFile, Checkpoint);
        if (OutputFolder.IsFree(folder))
            OutputFolder.Claim(folder, "solvation", Files, overwrite: true);
        try
        {
            run._lock = OutputFolder.Hold(folder);
            if (goesOn)
                run.Resume();
            else
                OutputFolder.Claim(folder, "solvation", Files, overwrite: true);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private void Resume()
    {
        Sampled.Rows.AddRange(SolvationState.Read(Path.Combine(_folder, Checkpoint), _settings, _dynamics, _exchanges,
            Sampled.RowLength));
        IsResumed = true;
        foreach ((WindowExchange exchange, int set) in _exchanges.Select((e, s) => (e, s)))
            for (int m = 0; m < Windows; m++)
                _dynamics.SetScale(set * Windows + m, _scales[exchange.WindowOf[m]]);
        _dynamics.Refresh();
    }

    private static int AtomsOfSolute(MolecularSystem system) => new HeldDistances(system.Energy.Classical!).Waters!.Value.First;

    private static int Pieces(Topology topology, int atoms)
    {
        var left = new HashSet<int>(Enumerable.Range(0, atoms));
        int pieces = 0;
        for (; left.Count > 0; pieces++)
        {
            var queue = new Queue<int>([left.First()]);
            left.Remove(queue.Peek());
            while (queue.TryDequeue(out int atom))
                foreach (int next in topology.Neighbours[atom].Where(left.Remove))
                    queue.Enqueue(next);
        }
        return pieces;
    }

    /// <summary>Samples to the end, or until asked to stop; the checkpoint then is current.</summary>
    /// <param name="progress">Of frames.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <exception cref="InvalidOperationException">A walker blew up.</exception>
    public void Run(Action<TaskProgress>? progress, CancellationToken stop)
    {
        if (!IsResumed)
            Prepare(progress, stop);
        var since = Stopwatch.StartNew();
        int equilibration = (int)Math.Ceiling(_config.Equilibration / _config.Frame);
        for (long frame = _dynamics.StepsDone / _config.StepsPerFrame; !IsDone && !stop.IsCancellationRequested; frame++)
        {
            bool equilibrates = frame < equilibration;
            progress?.Invoke(new(equilibrates ? "equilibrating" : "sampling", equilibrates ? (double)frame / equilibration
                : (double)Frames / _config.Frames));
            _dynamics.Run(_config.StepsPerFrame);
            double[] row = new double[Sampled.RowLength];
            Energies(row);
            Pressures(row);
            for (int s = 0; s < _config.Sets; s++)
            {
                for (int m = 0; m < Windows; m++)
                    Sampled.WindowsOf(row, s)[m] = _exchanges[s].WindowOf[m];
                foreach (int m in _exchanges[s].Sweep(Sampled.Energies(row, s), frame))
                    _dynamics.SetScale(s * Windows + m, _scales[_exchanges[s].WindowOf[m]]);
            }
            Parallel.For(0, _config.Sets, _options, s =>
            {
                Torsions(s).CopyTo(Sampled.Torsions(row, s));
                Sampled.RotamerChanges(row, s) = ChangeRotamers(s, frame);
            });
            _dynamics.Refresh();
            if (!equilibrates)
                Sampled.Rows.Add(row);
            if (since.Elapsed > s_between)
            {
                Save();
                since.Restart();
            }
        }
        Save();
    }

    /// <summary>The rows of a set as alchemical data.</summary>
    /// <param name="set">0 ...</param>
    public AlchemicalFile ToFile(int set) => Sampled.ToFile(set, States, _config.Temperature, _config.Frame);

    /// <summary>Whether the solute has charges; without any the windows of charges are alike, and rightly so.</summary>
    public bool HasCharges => System.Energy.Classical!.Particles.Take(_solute).Any(p => p.Charge != 0);

    /// <summary>Bonds of the solute that are turned at the decoupled end.</summary>
    public int Rotors => _rotamers.Bonds.Count;

    /// <summary>How often one turned there by more than a sixth of a circle.</summary>
    public long RotamerChanges => Sampled.RotamerChanges();

    /// <summary>How often a walker came from one end of the path to the other.</summary>
    public int Passages => Sampled.Passages();

    /// <summary>Rotamers that were not seen in water and might matter there, in words.</summary>
    public IEnumerable<string> UnseenRotamers => Enumerable.Range(0, Rotors).Select(bond => _rotamers.Unseen(bond,
        Sampled.Torsions(bond))).OfType<string>();

    /// <inheritdoc/>
    public void Dispose()
    {
        _dynamics.Dispose();
        _lock?.Dispose();
    }

    /// <summary>From the lattice to a liquid: relaxed under each window's own energy, with velocities.</summary>
    private void Prepare(Action<TaskProgress>? progress, CancellationToken stop)
    {
        progress?.Invoke(new("relaxing", 0));
        double[] start = System.Starts[0], still = new double[start.Length];
        Parallel.For(0, _dynamics.Replicas, _options, m =>
        {
            double[] own = [.. start];
            _rotamers.Begin(own, m);
            _dynamics.SetState(m, own, still);
        });
        _dynamics.Minimise(RelaxationSteps, stop);
        stop.ThrowIfCancellationRequested();
        for (int m = 0; m < _dynamics.Replicas; m++)
            _dynamics.DrawVelocities(m, _config.Temperature, _random.Split("velocities"), 0);
        _dynamics.Refresh();
        WriteStructure(start);
    }

    private void WriteStructure(double[] positions)
    {
        double edge = _potential.Box!.Edges.X;
        PdbWriter.Write(Path.Combine(_folder, "system.pdb"), new Structure(System.Topology, positions, new UnitCell(edge, edge, edge)));
    }

    /// <summary>Reduced energies of the present states in all windows, into a row.</summary>
    private void Energies(double[] row)
    {
        double beta = new ThermodynamicState(_config.Temperature).Beta;
        Parallel.For(0, _dynamics.Replicas, _options, m =>
        {
            double[] x = new double[3 * System.AtomCount], v = new double[x.Length];
            _dynamics.GetState(m, x, v);
            Span<double> own = Sampled.Energies(row, m / Windows).Slice(m % Windows * Windows, Windows);
            _potential.CouplingEnergies(x, _scales, own);
            for (int k = 0; k < Windows; k++)
                own[k] *= beta;
        });
        for (int m = 0; m < _dynamics.Replicas; m++)
            if (!double.IsFinite(_dynamics.PotentialEnergy(m)) || !double.IsFinite(Sampled.Energies(row, m / Windows)[m % Windows * Windows]))
                throw new InvalidOperationException(
                    $"window {_exchanges[m / Windows].WindowOf[m % Windows] + 1} of set {m / Windows + 1} blew up "
                    + $"at step {_dynamics.StepsDone}: a shorter --time-step, or other parameters");
    }

    /// <summary>[bonds] torsions of a set's coupled walker.</summary>
    private double[] Torsions(int set)
    {
        double[] x = new double[3 * System.AtomCount], v = new double[x.Length];
        _dynamics.GetState(set * Windows + Array.IndexOf(_exchanges[set].WindowOf, 0), x, v);
        return _rotamers.Angles(x);
    }

    /// <summary>Turns bonds of the walker that is decoupled now; where one turned, all of its velocities are drawn anew, which the held
    /// bonds have to fit.</summary>
    private int ChangeRotamers(int set, long frame)
    {
        int walker = set * Windows + Array.IndexOf(_exchanges[set].WindowOf, Windows - 1);
        double[] x = new double[3 * System.AtomCount], v = new double[x.Length];
        _dynamics.GetState(walker, x, v);
        int changes = _rotamers.Move(x, walker, frame);
        if (changes < 0)
            return 0;
        _dynamics.SetState(walker, x, v);
        _dynamics.DrawVelocities(walker, _config.Temperature, _random.Split("velocities"), frame + 1);
        return changes;
    }

    /// <summary>Pressures of the walkers in the first and in the last window, into a row.</summary>
    private void Pressures(double[] row)
    {
        var states = new List<double[]>();
        for (int set = 0; set < _config.Sets; set++)
        {
            foreach (int window in (int[])[0, Windows - 1])
            {
                double[] x = new double[3 * System.AtomCount], v = new double[x.Length];
                _dynamics.GetState(set * Windows + Array.IndexOf(_exchanges[set].WindowOf, window), x, v);
                states.Add(x);
            }
        }
        double[] pressures = _pressure.Of(states, [.. states.Select((_, n) => n % 2 == 0 ? _scales[0] : _scales[^1])], _config.Temperature);
        for (int set = 0; set < _config.Sets; set++)
            pressures.AsSpan(2 * set, 2).CopyTo(Sampled.Pressures(row, set));
    }

    private void Save() => SolvationState.Write(Path.Combine(_folder, Checkpoint), _settings, _dynamics, _exchanges, Sampled.Rows);
}
