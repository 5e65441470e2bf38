using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Kernels.Integrators;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Timewarp;

/// <summary>What a training found.</summary>
/// <param name="Pairs">Fitted to, each in both directions of time.</param>
/// <param name="LogDensity">Mean of ln q(t' | t) over pairs of trajectories that were left out, nats.</param>
/// <param name="Acceptance">Of jumps from the ends of the trajectories, under the energy of the training.</param>
/// <param name="JumpsPerSecond">Evaluated in that test, energies included.</param>
/// <param name="Seconds">Of this call.</param>
public sealed record TimewarpFigures(int Pairs, double LogDensity, double Acceptance, double JumpsPerSecond, double Seconds);

/// <summary>
/// Learns a jump in time in a directory: config.json, frames-NNNN.bin (trajectories of the engine, part by part), proposal.json. Chains
/// alone would miss basins, so trajectories start at samples of a ladder of temperatures with torsion moves, whose lowest rung has the law
/// of the target. Then q(t' | t) is fitted to pairs of frames a lag apart by maximum likelihood, in both directions of time (dynamics in
/// equilibrium is reversible in its positions), and the Gaussian of bonds and angles to the frames. Killed anywhere it goes on from the
/// last whole part, and ends with the bytes of one that was never stopped.
/// </summary>
public sealed class TimewarpTraining
{
    private const string ConfigFile = "config.json", Command = "train timewarp";
    private const int MostParts = 20, ShapeFrames = 20_000, TestJumps = 20, LeapfrogSteps = 6;
    private const double HeldOut = 0.1; // of trajectories

    private readonly TimewarpConfig _config;
    private readonly TimewarpPlan _plan;
    private readonly string _directory;
    private readonly RandomSource _random;
    private readonly Molecule _molecule;
    private readonly RotorTree _tree;
    private readonly FrameCoordinates _coordinates;
    private readonly float[] _structure;
    private readonly Potential _target;

    private TimewarpTraining(TimewarpConfig config, string directory)
    {
        (_config, _plan, _directory, _random) = (config, config.Plan(), directory, new(config.Seed));
        System = SystemLoader.Load(config.System.Source() with { HydrogenMass = config.HydrogenMass });
        if (System.Energy.Potential.Box is not null || System.Energy.Potential.Constraints is not null)
            throw new ArgumentException("a jump in time moves a molecule without a box and without held bonds");
        _molecule = LearnedJump.MoleculeOf(System);
        _tree = new(_molecule);
        _structure = Array.ConvertAll(System.Starts[0], x => (float)x);
        if (_tree.Rotors.Count == 0 || FrameTree.Of(_molecule, _tree, _structure) is not { } frames)
            throw new ArgumentException($"nothing of {System.Name} turns about a bond: there is no jump to learn");
        _coordinates = new(frames, _tree, _structure);
        _target = System.Energy.Potential.On(IsomerOf(System, _molecule));
    }

    /// <summary>What is learned of.</summary>
    public MolecularSystem System { get; }

    /// <summary>Found at the end of <see cref="Run"/>.</summary>
    public TimewarpFigures? Figures { get; private set; }

    /// <summary>Begins in a new directory.</summary>
    /// <param name="config">The settings; files relative to the working directory.</param>
    /// <param name="directory">New or empty.</param>
    /// <param name="overwrite">Whether an earlier training in it is removed.</param>
    /// <exception cref="ArgumentException">Settings that make no training, or a directory that is not free.</exception>
    /// <exception cref="MoleculeFormatException">An input that cannot be read.</exception>
    /// <exception cref="ParameterizationException">A force field that does not fit.</exception>
    public static TimewarpTraining Start(TimewarpConfig config, string directory, bool overwrite = false)
    {
        config = config with { System = config.System.Rooted() };
        var training = new TimewarpTraining(config, directory);
        string instead = $"go on with --resume --output {directory}, ";
        OutputFolder.ThrowIfTaken(directory, Command, overwrite, instead);
        OutputFolder.ThrowIfHeld(directory);
        OutputFolder.Claim(directory, Command, [ConfigFile, LearnedJump.FileName, OutputFolder.LockFile,
            .. Enumerable.Range(0, MostParts + 1).Select(TimewarpFrames.Name)], overwrite, instead);
        File.WriteAllText(Path.Combine(directory, ConfigFile), config.ToJson() + "\n");
        return training;
    }

    /// <summary>Goes on in a directory.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no training.</exception>
    /// <exception cref="MoleculeFormatException">Its settings cannot be read.</exception>
    public static TimewarpTraining Resume(string directory)
    {
        string config = Path.Combine(directory, ConfigFile);
        return new(File.Exists(config) ? TimewarpConfig.Read(config)
            : throw new DirectoryNotFoundException($"{directory}: no training is there ({ConfigFile})"), directory);
    }

    /// <summary>The stereoisomer that a system starts as; null where it has no stereo.</summary>
    internal static ISupport? IsomerOf(MolecularSystem system, Molecule molecule) => new Stereoisomer(molecule, Array.ConvertAll(
        system.Starts[0], x => (float)x)) is { Count: > 0 } isomer ? isomer : null;

    /// <summary>Trains to the end, or to the next part after a request to stop.</summary>
    /// <param name="progress">Told where it stands.</param>
    /// <param name="stop">Asks for the end.</param>
    /// <returns>Whether it is done.</returns>
    /// <exception cref="IOException">The folder cannot be written, or another process trains in it.</exception>
    /// <exception cref="InvalidOperationException">The integration step is too long.</exception>
    public bool Run(Action<TaskProgress>? progress = null, CancellationToken stop = default)
    {
        using FileStream held = OutputFolder.Hold(_directory);
        var clock = global::System.Diagnostics.Stopwatch.StartNew();
        var frames = new TimewarpFrames(_directory, _config.Replicas, 3 * _tree.AtomCount,
            $"{_config.Fingerprint()} {System.Energy.Fingerprint}");
        frames.Restore();
        if (!Simulate(frames, progress, stop))
            return false;
        progress?.Invoke(new("fitting", 0));
        (LearnedJump jump, int pairs, double log) = Fit(frames.Frames, stop);
        if (stop.IsCancellationRequested)
            return false;
        jump.Write(Path.Combine(_directory, LearnedJump.FileName));
        progress?.Invoke(new("jumps", 0));
        (double acceptance, double rate) = Test(jump, frames.Frames[^1]);
        Figures = new(pairs, log, acceptance, rate, clock.Elapsed.TotalSeconds);
        return true;
    }

    /// <summary>Trajectories, part by part; the first part is the frame that they start at.</summary>
    private bool Simulate(TimewarpFrames frames, Action<TaskProgress>? progress, CancellationToken stop)
    {
        int size = 3 * _tree.AtomCount, perPart = Math.Max(1, (_plan.Frames + MostParts - 1) / MostParts);
        if (frames.State is null)
        {
            if (Starts(progress, stop) is not { } starts)
                return false;
            var velocities = new float[starts.Length];
            RandomSource thermal = _random.Split("velocities");
            double speed = Units.GasConstant * _config.System.Temperature;
            for (int m = 0; m < _config.Replicas; m++)
            {
                RandomSource own = thermal.Split(m);
                for (int k = 0; k < size; k++)
                    velocities[m * size + k] = (float)(Math.Sqrt(speed / System.Masses[k / 3]) * own.NextNormal());
            }
            frames.Add([starts], velocities);
        }
        using var dynamics = new EngineDynamics(System.Energy.Potential, System.Masses, new LangevinDynamics(System.Masses, _plan.StepSize,
            _config.Friction, _plan.StepsPerFrame), _config.Replicas, _random.Split("dynamics"), _config.Threads);
        (float[] x, float[] v) = frames.State!.Value;
        for (int m = 0; m < _config.Replicas; m++)
        {
            dynamics.SetTemperature(m, _config.System.Temperature);
            dynamics.SetState(m, Doubles(x, m), Doubles(v, m));
        }
        dynamics.StepsDone = (long)(frames.Frames.Count - 1) * _plan.StepsPerFrame;
        dynamics.Refresh();
        var part = new List<float[]>();
        for (int frame = frames.Frames.Count; frame <= _plan.Frames; frame++)
        {
            dynamics.Run(_plan.StepsPerFrame);
            float[] now = new float[x.Length], speeds = new float[x.Length];
            double[] position = new double[size], velocity = new double[size];
            for (int m = 0; m < _config.Replicas; m++)
            {
                dynamics.GetState(m, position, velocity);
                for (int k = 0; k < size; k++)
                    (now[m * size + k], speeds[m * size + k]) = ((float)position[k], (float)velocity[k]);
            }
            if (!now.All(float.IsFinite))
                throw new InvalidOperationException(
                    $"a trajectory blew up with steps of {_config.TimeStep}: a shorter --time-step is needed");
            part.Add(now);
            if (frame % perPart == 0 || frame == _plan.Frames)
            {
                frames.Add(part, speeds);
                part.Clear();
                if (stop.IsCancellationRequested)
                    return frame == _plan.Frames;
            }
            progress?.Invoke(new("dynamics", (double)frame / _plan.Frames));
        }
        return true;

        double[] Doubles(float[] all, int replica) => Array.ConvertAll(all[(replica * size)..((replica + 1) * size)], f => (double)f);
    }

    /// <summary>[M, 3N] nm, samples of the lowest rung of M ladders; null if stopped.</summary>
    private float[]? Starts(Action<TaskProgress>? progress, CancellationToken stop)
    {
        Ladder ladder = Ladder.Geometric(_config.System.Temperature, _config.Highest, 3 * _tree.AtomCount - 6);
        using ReplicaExchange exchange = MolecularLadder.Relaxed(_target, ladder, _config.Replicas, _molecule.Atoms.Select(a =>
            a.AtomicNumber), new TorsionSpace(_molecule).Moves, _structure, LeapfrogSteps, 2, _random.Split("ladder"), _config.Threads,
            stop);
        int size = 3 * _tree.AtomCount, burnIn = Math.Max(1, _config.LadderSteps / 3);
        exchange.BurnIn(burnIn, stop, n => progress?.Invoke(new("ladder", (double)n / _config.LadderSteps)));
        for (int n = burnIn; n < _config.LadderSteps && !stop.IsCancellationRequested; n++)
        {
            exchange.Advance(1, stop);
            progress?.Invoke(new("ladder", (double)n / _config.LadderSteps));
        }
        if (stop.IsCancellationRequested)
            return null;
        var starts = new float[_config.Replicas * size];
        for (int m = 0; m < _config.Replicas; m++)
            exchange.CopyPositions(m, 0, starts.AsSpan(m * size, size));
        return starts;
    }

    private (LearnedJump Jump, int Pairs, double LogDensity) Fit(IReadOnlyList<float[]> frames, CancellationToken stop)
    {
        int size = 3 * _tree.AtomCount, rotors = _tree.Rotors.Count, replicas = _config.Replicas, count = frames.Count;
        float[] angles = new float[count * replicas * rotors]; // [frames, M, T]
        Parallel.For(0, count, ParallelWork.Options(_config.Threads, CancellationToken.None), f =>
        {
            for (int m = 0; m < replicas; m++)
                _tree.Angles(frames[f].AsSpan(m * size, size), angles.AsSpan((f * replicas + m) * rotors, rotors));
        });
        Span<float> At(int frame, int replica) => angles.AsSpan((frame * replicas + replica) * rotors, rotors);

        int held = replicas > 1 ? Math.Max(1, (int)(HeldOut * replicas)) : 0, fitted = replicas - held, origins = count - _plan.Lag;
        int every = Math.Max(1, (int)Math.Ceiling((double)origins * fitted / _config.Pairs));
        float[] Pairs(int from, int to, out int n)
        {
            var pairs = new List<float>();
            n = 0;
            for (int f = 0; f < origins; f++)
                for (int m = from; m < to; m++)
                    if ((f + m) % every == 0)
                    {
                        pairs.AddRange([.. At(f, m), .. At(f + _plan.Lag, m), .. At(f + _plan.Lag, m), .. At(f, m)]);
                        n++;
                    }
            return [.. pairs];
        }

        float[] train = Pairs(0, fitted, out int used);
        TorusProposal torsions = LearnedJump.Empty(rotors, _config.SingleHarmonics, _config.PairHarmonics);
        float[] ones = new float[2 * used];
        Array.Fill(ones, 1);
        TorusFit.Run(torsions, new int[2 * used], train, ones, false, new(_config.Epochs, Given: rotors), _random.Split("fit"),
            _config.Threads, stop);
        float[] test = Pairs(fitted, replicas, out int tested);
        var scratch = new TorusScratch(torsions);
        double log = 0;
        for (int n = 0; n < 2 * tested; n++)
            log += torsions.LogDensity(0, test.AsSpan(2 * n * rotors, 2 * rotors), scratch, rotors) / (2 * tested);
        ConditionalGaussian shapes = FitShapes(frames);
        return (new(LearnedJump.CurrentSchema, LearnedJump.Internal, Provenance.CurrentVersion, System.Name,
            LearnedJump.FingerprintOf(_molecule), System.Energy.Name, System.Energy.Fingerprint, _config.System.Temperature,
            _plan.LagPicoseconds, [.. System.Starts[0]], _config.SingleHarmonics, _config.PairHarmonics,
            [.. torsions.Weights.Skip(rotors)], shapes.Means, shapes.Factor), used, tested == 0 ? double.NaN : log);
    }

    /// <summary>How bonds and angles follow torsions.</summary>
    private ConditionalGaussian FitShapes(IReadOnlyList<float[]> frames)
    {
        int size = 3 * _tree.AtomCount, rotors = _tree.Rotors.Count, all = frames.Count * _config.Replicas,
            every = Math.Max(1, all / ShapeFrames), count = all / every, width = TimeJump.FeatureCount(rotors);
        double[] z = new double[count * _coordinates.Count], features = new double[count * width];
        Parallel.For(0, count, ParallelWork.Options(_config.Threads), () => (X: new double[size], T: new float[rotors]), (n, _, work) =>
        {
            (int frame, int replica) = Math.DivRem(n * every, _config.Replicas);
            for (int k = 0; k < size; k++)
                work.X[k] = frames[frame][replica * size + k];
            _coordinates.Read(work.X, z.AsSpan(n * _coordinates.Count, _coordinates.Count), work.T);
            Conformers.Proposals.AtomProposal.Features(work.T, features.AsSpan(n * width, width));
            return work;
        }, _ => { });
        return ConditionalGaussian.Fit(features, z, _coordinates.Count);
    }

    /// <summary>Acceptance and rate of jumps from frames.</summary>
    private (double Acceptance, double Rate) Test(LearnedJump jump, float[] positions)
    {
        int size = 3 * _tree.AtomCount;
        using var dynamics = new EngineDynamics(_target, System.Masses, new ConditionalJumps(jump.Of(_molecule), TestJumps),
            _config.Replicas, _random.Split("test"), _config.Threads);
        for (int m = 0; m < _config.Replicas; m++)
        {
            dynamics.SetTemperature(m, _config.System.Temperature);
            dynamics.SetState(m, Array.ConvertAll(positions[(m * size)..((m + 1) * size)], f => (double)f), new double[size]);
        }
        dynamics.Refresh();
        dynamics.Run(1); // compiled, and away from the start
        var clock = global::System.Diagnostics.Stopwatch.StartNew();
        dynamics.Run(4);
        return (dynamics.Acceptance, 4.0 * TestJumps * _config.Replicas / clock.Elapsed.TotalSeconds);
    }
}
