using System.Globalization;
using MolSampling.Molecular;
using MolSampling.Molecular.Solvation;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.Periodic;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation;

/// <summary>A configuration in numbers.</summary>
/// <param name="StepSize">ps.</param>
/// <param name="Steps">In all.</param>
/// <param name="StepsPerFrame">Between frames and exchanges.</param>
/// <param name="FramesPerCheckpoint">Between checkpoints.</param>
/// <param name="Ladder">Temperature and scale of every rung; one rung without a ladder.</param>
/// <param name="Annealing">Before the first frame, a stage as long as a frame; null for none.</param>
/// <param name="Pressure">bar; null for constant volume.</param>
public sealed record SimulationPlan(double StepSize, long Steps, int StepsPerFrame, int FramesPerCheckpoint, Ladder Ladder,
    AnnealingSchedule? Annealing = null, double? Pressure = null)
{
    /// <summary>Of a trajectory between two Metropolis tests, with ghmc and hmc.</summary>
    public const int LeapfrogSteps = 5;

    /// <summary>Generalised hybrid Monte Carlo and jumps in time.</summary>
    internal const string Timewarp = "timewarp";

    private const int MostRungs = 1000, MostJumps = 1000, UsualStepsPerVolumeMove = 25;
    private const double MostPressure = 1e5; // bar
    private const long MostSteps = 10_000_000_000_000; // 20 ms of 2 fs

    internal static readonly string[] Integrators = ["langevin", "ghmc", "hmc", "mala", "randomized-midpoint", "brownian", "verlet",
        Timewarp];
    internal static readonly string[] Solvents = [.. MoleculeEnergies.Solvents], Waters = [.. WaterModel.All.Select(m => m.Name)];
    internal static readonly string[] Backends = ["engine", "openmm"];
    private static readonly (string Unit, double Picoseconds)[] s_units = [("fs", 1e-3), ("ps", 1), ("ns", 1e3), ("us", 1e6), ("µs", 1e6),
        ("ms", 1e9)];
    private static readonly (string Unit, double Bar)[] s_pressures = [("bar", 1), ("atm", 1.01325)];

    /// <summary>K, one a rung.</summary>
    public IReadOnlyList<double> Temperatures => Ladder.Temperatures;

    /// <summary>Between moves of the volume: 25, or the next number of steps of which a frame is a multiple.</summary>
    public int StepsPerVolumeMove => Enumerable.Range(UsualStepsPerVolumeMove, Math.Max(0, StepsPerFrame - UsualStepsPerVolumeMove) + 1)
        .FirstOrDefault(n => StepsPerFrame % n == 0, StepsPerFrame);

    /// <summary>P in kJ/mol/nm^3; 0 at constant volume.</summary>
    public double PressureEnergy => (Pressure ?? 0) / MolecularPressure.Bar;

    /// <summary>Frames in all.</summary>
    public long Frames => Steps / StepsPerFrame;

    /// <summary>Checks and converts.</summary>
    /// <exception cref="ArgumentException">One line that names the option.</exception>
    public static SimulationPlan From(SimulationConfig config)
    {
        if (config.Input is not null && config.Peptide is not null || config is { Input: null, Peptide: null, HasWater: false })
            throw new ArgumentException("one input is needed: a file, a SMILES or --peptide, and not two of them");
        OneOf("--solvent", config.Solvent, [.. Solvents, .. Waters]);
        foreach ((string option, double? length) in new[] { ("--box", config.Box), ("--cutoff", config.Cutoff) })
            if (length is { } nm && !(nm is > 0 and <= 100))
                throw new ArgumentException($"{option} is a length of up to 100 nm, not {Text(nm)}");
        if (config.HasWater && config.Device != "cpu")
            throw new ArgumentException($"a box of water runs on the CPU or in OpenMM: leave --device {config.Device} out");
        double? pressure = config.Pressure is { } bar ? PressureOf(bar, config) : null;
        OneOf("--constraints", config.Constraints, [.. HeldBonds.Names]);
        if (config.Constraints != "none" && config.Device != "cpu")
            throw new ArgumentException(
                $"--constraints {config.Constraints} runs on the CPU or in OpenMM: leave --device {config.Device} out");
        OneOf("--integrator", config.Integrator, Integrators);
        if (config.Constraints != "none" && config.Integrator is not ("langevin" or "verlet"))
            throw new ArgumentException(
                $"--integrator {config.Integrator} holds no bonds: langevin or verlet, or leave --constraints {config.Constraints} out");
        OneOf("--backend", config.Backend, Backends);
        if (config.Backend == "openmm" && config.Integrator != "langevin")
            throw new ArgumentException($"--integrator {config.Integrator} runs in the engine only; OpenMM runs langevin");
        if (config.Platform is not null && config.Backend != "openmm")
            throw new ArgumentException("--platform belongs to --backend openmm");
        if (config.Device != "cpu" && config.Backend == "openmm")
            throw new ArgumentException("--device belongs to the engine; with --backend openmm choose a --platform");
        if (config.Device != "cpu" && config.Integrator is not ("langevin" or "verlet"))
            throw new ArgumentException($"--integrator {config.Integrator} runs on the CPU only; a GPU runs langevin and verlet");
        RequireProposal(config);
        Positive("--replicas", config.Replicas);
        if (config.HydrogenMass < 0 || config.HydrogenMass is > 0 and < 1 or > 5)
            throw new ArgumentException($"--hydrogen-mass is 0 (unchanged) or 1 to 5 Da, not {Text(config.HydrogenMass)}");
        if (!(config.Friction > 0))
            throw new ArgumentException($"--friction must be positive, not {Text(config.Friction)} 1/ps");
        if (Math.Max(config.Ladder.Count, config.ScaleLadder.Count) is int rungs and > MostRungs)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"--ladder has {rungs:n0} rungs: at most {MostRungs:n0}"));
        double[] temperatures = config.Ladder.Count > 0 ? [.. config.Ladder] : [config.Temperature];
        foreach (double t in temperatures)
            if (!(t > 0) || t > 10_000)
                throw new ArgumentException($"a temperature of {Text(t)} K cannot be simulated: 0 to 10000 K");
        for (int k = 1; k < temperatures.Length; k++)
            if (temperatures[k] <= temperatures[k - 1])
                throw new ArgumentException($"--ladder must ascend: {Text(temperatures[k])} K comes after {Text(temperatures[k - 1])} K");
        Ladder ladder = LadderOf(config, temperatures);
        if (config.Replicas % ladder.Count != 0)
            throw new ArgumentException($"--replicas {config.Replicas} is not a multiple of the ladder's {ladder.Count} {(config.ScaleLadder.Count > 0 ? "rungs" : "temperatures")}");
        double step = Picoseconds("--time-step", config.TimeStep);
        if (step > 0.02)
            throw new ArgumentException($"--time-step {config.TimeStep} is too long for molecules: at most 20 fs");
        long frame = Whole("--frame", config.FrameInterval, step, "--time-step"), total = Whole("--time", config.Time, step, "--time-step");
        if (total > MostSteps)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"--time {config.Time} with --time-step {config.TimeStep} is {total:n0} steps: at most {MostSteps:n0}"));
        if (frame > int.MaxValue || total % frame != 0)
            throw new ArgumentException($"--time {config.Time} is not a multiple of --frame {config.FrameInterval}");
        if (config.Integrator is "ghmc" or "hmc" or Timewarp && frame % LeapfrogSteps != 0)
            throw new ArgumentException($"--integrator {config.Integrator} takes trajectories of {LeapfrogSteps} steps: --frame must be a multiple of them, {config.FrameInterval} are {frame} steps");
        double checkpoint = Picoseconds("--checkpoint", config.CheckpointInterval) / (frame * step);
        int frames = (int)Math.Clamp(Math.Round(checkpoint), 1, 1_000_000);
        if (Math.Abs(checkpoint - frames) > 1e-6 * checkpoint)
            throw new ArgumentException($"--checkpoint {config.CheckpointInterval} is not a multiple of --frame {config.FrameInterval}");
        return new(step, total, (int)frame, frames, ladder, config.Anneal is null ? null : AnnealingOf(config.Anneal, frame * step),
            pressure);
    }

    /// <summary>"1bar" in bar, of a configuration for which it has a meaning.</summary>
    private static double PressureOf(string text, SimulationConfig config)
    {
        double pressure = s_pressures.Select(u => text.Trim().EndsWith(u.Unit, StringComparison.Ordinal)
            && double.TryParse(text.Trim()[..^u.Unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value * u.Bar : double.NaN).FirstOrDefault(double.IsFinite, double.NaN);
        if (!(pressure > 0 && pressure <= MostPressure))
            throw new ArgumentException(
                $"--pressure '{text}' is not a pressure: a positive number with bar or atm, 100000 bar at most, for example 1bar");
        if (config.Solvent != "none" && !config.HasWater || config is { HasWater: false, Input: null })
            throw new ArgumentException($"--pressure {text} needs a periodic box: --solvent {Waters[0]} for example");
        if (config.Device != "cpu")
            throw new ArgumentException($"--pressure {text} runs on the CPU or in OpenMM: leave --device {config.Device} out");
        if (config.Integrator != "langevin")
            throw new ArgumentException($"--pressure {text} needs a bath: --integrator langevin, not {config.Integrator}");
        if (config.ScaledTerms.Count > 0)
            throw new ArgumentException($"--pressure {text} goes with temperatures: leave --scaled-terms out");
        return pressure;
    }

    /// <summary>Jumps need a density to jump by, and move the atoms of a molecule in open space.</summary>
    private static void RequireProposal(SimulationConfig config)
    {
        if ((config.Integrator == Timewarp) != (config.Proposal is not null))
            throw new ArgumentException(config.Proposal is null
                ? "--integrator timewarp needs a learned jump in time: --proposal DIR, which 'molsampling train timewarp' makes"
                : $"--proposal belongs to --integrator timewarp, not to {config.Integrator}");
        if (config.Integrator == Timewarp && config.HasWater)
            throw new ArgumentException(
                "--integrator timewarp moves a molecule in vacuum or in implicit solvent: leave the box of water out");
        foreach ((string option, int? number) in new[] { ("--jumps", config.Jumps), ("--jumps-ahead", config.JumpsAhead) })
            if (number is { } n && (n is < 1 or > MostJumps || config.Proposal is null))
                throw new ArgumentException(config.Proposal is null ? $"{option} belongs to --integrator timewarp"
                    : $"{option} must lie between 1 and {MostJumps}, not {n}");
    }

    /// <summary>Temperatures alone, scales at one temperature, or both rung by rung.</summary>
    private static Ladder LadderOf(SimulationConfig config, double[] temperatures)
    {
        if ((config.ScaledTerms.Count == 0) != (config.ScaleLadder.Count == 0))
            throw new ArgumentException("--scaled-terms and --scale-ladder go together");
        if (config.ScaleLadder.Count == 0)
            return new(temperatures, [.. temperatures.Select(_ => 1.0)]);
        if (config.Backend != "engine")
            throw new ArgumentException("--scale-ladder runs in the engine only: leave --backend openmm out");
        if (config.Device != "cpu")
            throw new ArgumentException($"--scale-ladder runs on the CPU only: leave --device {config.Device} out");
        if (config.Ladder.Count > 0 && config.Ladder.Count != config.ScaleLadder.Count)
            throw new ArgumentException($"--ladder has {config.Ladder.Count} rungs and --scale-ladder {config.ScaleLadder.Count}: together they give each rung a temperature and a scale");
        try
        {
            return new(config.Ladder.Count > 0 ? temperatures : [.. config.ScaleLadder.Select(_ => temperatures[0])], config.ScaleLadder);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"--scale-ladder: {e.Message}", e);
        }
    }

    /// <summary>"600:300:50ps" or "600:300:50ps:geometric".</summary>
    private static AnnealingSchedule AnnealingOf(string text, double stage)
    {
        string[] parts = text.Split(':', StringSplitOptions.TrimEntries);
        if (parts.Length is not (3 or 4) || (parts.Length == 4 && parts[3] is not ("linear" or "geometric"))
            || !double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double first) || !double.TryParse(parts[1],
                NumberStyles.Float, CultureInfo.InvariantCulture, out double last))
            throw new ArgumentException($"--anneal '{text}' is not two temperatures and a time: 600:300:50ps, or 600:300:50ps:geometric");
        long stages = Whole("--anneal", parts[2], stage, "--frame");
        if (first > 10_000 || last > 10_000 || stages > int.MaxValue)
            throw new ArgumentException($"--anneal '{text}' is more than can be simulated: up to 10000 K");
        try
        {
            return new(first, last, (int)stages, parts.Length == 4 && parts[3] == "geometric");
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"--anneal '{text}': {e.Message}", e);
        }
    }

    /// <summary>"10ns" in ps.</summary>
    /// <exception cref="ArgumentException">No number, or no unit of time behind it.</exception>
    public static double Picoseconds(string option, string text)
    {
        string trimmed = text.Trim();
        foreach ((string unit, double scale) in s_units)
            if (trimmed.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(trimmed[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0
                    && double.IsFinite(value))
                return value * scale;
        throw new ArgumentException($"{option} '{text}' is not a time: a positive number with fs, ps, ns, us or ms, for example 10ns");
    }

    /// <summary>Refuses what this machine cannot hold: states, and frames until they are written.</summary>
    /// <param name="replicas">M.</param>
    /// <param name="atoms">N.</param>
    /// <exception cref="ArgumentException">One line with both sizes.</exception>
    public void RequireMemory(int replicas, int atoms)
    {
        const double coordinate = 4, copies = 10; // bytes; positions, velocities and forces in single, the state to go back to in double
        double state = copies * coordinate * 3 * atoms, frame = coordinate * 3 * atoms + 100;
        MachineMemory.Require($"{replicas:n0} replicas of {atoms:n0} atoms", replicas * state);
        MachineMemory.Require($"{FramesPerCheckpoint:n0} frames between checkpoints of {replicas:n0} replicas of {atoms:n0} atoms",
            (double)replicas * Math.Min(FramesPerCheckpoint, Frames) * frame);
    }

    internal static long Whole(string option, string text, double unit, string unitOption)
    {
        double ratio = Picoseconds(option, text) / unit, whole = Math.Round(ratio);
        if (whole < 1 || Math.Abs(ratio - whole) > 1e-6 * whole)
            throw new ArgumentException($"{option} {text} is not a multiple of {unitOption}");
        return whole < long.MaxValue ? (long)whole : throw new ArgumentException($"{option} {text} is more steps than can be counted");
    }

    private static void OneOf(string option, string value, string[] allowed)
    {
        if (!allowed.Contains(value))
            throw new ArgumentException(Spelling.Unknown(option, value, allowed));
    }

    private static void Positive(string option, int value)
    {
        if (value <= 0)
            throw new ArgumentException($"{option} must be positive, not {value}");
    }

    private static string Text(double value) => value.ToString("g6", CultureInfo.InvariantCulture);
}
