using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling simulate: a molecular-dynamics simulation in a run directory that survives anything.</summary>
internal static class SimulateCommand
{
    private static readonly Argument<string?> s_input =
        new("input") { Description = "a .pdb, .cif, .prmtop, .sdf or System .xml file, or a SMILES", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> s_coordinates = new("--coordinates") { Description =
        "coordinates for a prmtop (.inpcrd, .rst7) or a System XML (.pdb, .cif)", HelpName = "FILE" };
    private static readonly Option<string> s_peptide = new("--peptide") { Description = "a sequence to build, for example ACE-ALA-NME",
        HelpName = "SEQUENCE" };
    private static readonly Option<string> s_forceField = new Option<string>("--force-field", "--potential") { Description =
        "ff14SB (default), ff99SB-ILDN, ff96 or a ForceField XML file; for SDF and SMILES "
            + $"{MoleculeEnergies.Usual} (default) or {string.Join(", ", MoleculeEnergies.Names.Skip(1))}", HelpName = "NAME" }
        .Suggesting(["ff14SB", "ff99SB-ILDN", "ff96", .. MoleculeEnergies.Names]);
    private static readonly Option<string> s_solvent = new Option<string>("--solvent") { Description =
        $"none (default), obc1, obc2, gbn or gbn2, or a box of water: {string.Join(", ", SimulationPlan.Waters)}", HelpName = "NAME" }
        .OneOf([.. SimulationPlan.Solvents, .. SimulationPlan.Waters]);
    private static readonly Option<string> s_box = new("--box") { Description =
        "edge of the cubic box of water, 2.4nm; default 0.75 nm about the solute, 1.87 nm at least", HelpName = "LENGTH" };
    private static readonly Option<string> s_cutoff = new("--cutoff") { Description =
        "of Lennard-Jones and of Ewald's direct sum in a box of water, default 0.9nm", HelpName = "LENGTH" };
    private static readonly Option<string> s_pressure = new("--pressure") { Description =
        "constant pressure in a periodic box, 1bar or 1atm: each replica's box has its own volume; default constant volume",
        HelpName = "PRESSURE" };
    private static readonly Option<string> s_constraints = CommonOptions.Constraints(
        "bonds that are held: none (default) or h-bonds; water is rigid always");
    private static readonly Option<string> s_charges = CommonOptions.Charges();
    private static readonly Option<double?> s_soluteDielectric = CommonOptions.SoluteDielectric(),
        s_solventDielectric = CommonOptions.SolventDielectric();
    private static readonly Option<double?> s_temperature = new("--temperature") { Description = "K, default 300", HelpName = "K" };
    private static readonly Option<string> s_ladder =
        new("--ladder") { Description = "temperatures of a replica-exchange ladder, K: 300,350,400", HelpName = "LIST" };
    private static readonly Option<string> s_scaledTerms = new("--scaled-terms") { Description =
        "terms that a Hamiltonian ladder scales: torsion,Coulomb", HelpName = "LIST" };
    private static readonly Option<string> s_scaleLadder = new("--scale-ladder") { Description =
        "their scale on each rung, from 1 (the target) down: 1,0.8,0.6; with --ladder a rung has both", HelpName = "LIST" };
    private static readonly Option<string> s_anneal =
        new("--anneal") { Description = "before the first frame from 600 K to 300 K in 50 ps: 600:300:50ps, or 600:300:50ps:geometric",
        HelpName = "SCHEDULE" };
    private static readonly Option<int?> s_replicas =
        new("--replicas") { Description = "default 64; with a ladder a multiple of its temperatures", HelpName = "N" };
    private static readonly Option<string> s_time = new("--time") { Description = "length of each replica's trajectory, default 1ns",
        HelpName = "TIME" };
    private static readonly Option<string> s_timeStep = new("--time-step") { Description = "default 2fs", HelpName = "TIME" };
    private static readonly Option<string> s_integrator = new Option<string>("--integrator") { Description =
        "langevin (default), ghmc, hmc, mala, randomized-midpoint, brownian, verlet, or timewarp: ghmc and learned jumps in time",
        HelpName = "NAME" }
        .OneOf(SimulationPlan.Integrators);
    private static readonly Option<string> s_proposal = new("--proposal") { Description =
        "of timewarp: the folder that 'train timewarp' made for this molecule, or its proposal.json", HelpName = "DIR" };
    private static readonly Option<int?> s_jumps = new("--jumps") { Description =
        $"of timewarp: jumps after each trajectory of {SimulationPlan.LeapfrogSteps} steps, default 1", HelpName = "N" };
    private static readonly Option<int?> s_jumpsAhead = new("--jumps-ahead") { Description =
        "of timewarp: jumps of a replica that are evaluated at once, default 1; results do not depend on it", HelpName = "N" };
    private static readonly Option<double?> s_friction = new("--friction") { Description = "1/ps, default 1", HelpName = "1/PS" };
    private static readonly Option<double?> s_hydrogenMass = new("--hydrogen-mass") { Description =
        "Da, default 3, taken from the heavy atom; 0 leaves masses alone", HelpName = "DA" };
    private static readonly Option<string> s_frame =
        new("--frame") { Description = "between recorded frames and between exchanges, default 1ps", HelpName = "TIME" };
    private static readonly Option<string> s_checkpoint = new("--checkpoint") { Description = "between checkpoints, default 50ps",
        HelpName = "TIME" };
    private static readonly Option<string> s_backend = new Option<string>("--backend") { Description = "engine (default) or openmm",
        HelpName = "NAME" }.OneOf(SimulationPlan.Backends);
    private static readonly Option<string> s_platform = new Option<string>("--platform") { Description =
        "OpenMM's platform, default CPU; Reference runs one replica at a time", HelpName = "NAME" }.Suggesting("CPU", "Reference", "CUDA",
        "OpenCL");
    private static readonly Option<string> s_device = new Option<string>("--device") { Description =
        "cpu (default), cuda:0, opencl:0, or auto for the first CUDA device if there is one", HelpName = "NAME" }.Suggesting("cpu",
        "cuda:0", "opencl:0", "auto");
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<double?> s_timeLimit =
        CommonOptions.TimeLimit("seconds of wall time; the run then stops at a checkpoint, to be resumed");
    private static readonly Option<string> s_output = CommonOptions.Output("the run directory, default molsampling-run", "FOLDER");
    private static readonly Option<string> s_config =
        new("--config") { Description = "all of it in one JSON file; options on the command line win", HelpName = "FILE" };
    private static readonly Option<string> s_resume =
        new("--resume") { Description = "continue the run in this directory; with --time 20ns make it that long", HelpName = "FOLDER" };
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<int?> s_taskIndex = new("--task-index") { Description =
        "number of this task in an array, from 0: its own seed, its own sub-directory", HelpName = "N" };
    private static readonly Option<int?> s_taskCount = new("--task-count") { Description = "how many tasks the array has", HelpName = "N" };
    private static readonly Option<bool> s_schema = new("--schema") { Description = "print the JSON schema of --config" };
    private static readonly Option<bool> s_json = CommonOptions.Json();
    private static readonly Option<bool> s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("simulate", "Molecular dynamics of many replicas, with checkpoints that survive a kill",
            "molsampling simulate --peptide ACE-ALA-NME --solvent obc2 --replicas 64 --time 1ns --output run",
            "molsampling simulate --resume run                                     # goes on where it stood",
            "molsampling simulate --peptide AAAA --force-field ff99SB-ILDN --solvent obc2 --ladder 300,340,385,440 --replicas 32 --time 10ns -o ladder",
            "molsampling simulate examples/data/ligand.sdf --temperature 310 --replicas 16 --time 100ps -o ligand",
            "molsampling simulate CCO --force-field sage-2.2.1 --solvent obc2 --replicas 16 --time 100ps -o ethanol",
            "molsampling simulate CCO --solvent tip3p --box 2.2nm --replicas 16 --time 100ps -o ethanol-in-water",
            "molsampling simulate --peptide ACE-ALA-NME --solvent obc1 --temperature 310 --integrator timewarp --proposal jumps -o warp",
            "molsampling simulate --solvent spce --pressure 1bar --temperature 298.15 --replicas 16 --time 100ps -o water")
        {
            s_input, s_coordinates, s_peptide, s_forceField, s_solvent, s_soluteDielectric, s_solventDielectric, s_box, s_cutoff,
                s_pressure, s_constraints, s_charges, s_temperature,
                s_ladder, s_scaledTerms, s_scaleLadder, s_anneal, s_replicas, s_time, s_timeStep, s_integrator, s_proposal,
            s_jumps, s_jumpsAhead, s_friction, s_hydrogenMass,
                s_frame, s_checkpoint,
            s_backend, s_platform, s_device, s_seed, s_threads, s_timeLimit, s_output, s_overwrite, s_config, s_resume, s_taskIndex,
                s_taskCount, s_schema, s_json, s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(s_schema))
        {
            Console.WriteLine(SimulationConfig.Schema());
            return ExitCodes.Ok;
        }
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        using SimulationRun simulation = Open(parsed);
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        SimulationEnd end = new ProgressReporter(json || quiet).Show(simulation.System.Name, progress =>
            simulation.Run(progress, limited.Token));
        WriteReport(simulation.Directory.Path, end);
        if (json)
            Console.WriteLine(File.ReadAllText(Path.Combine(simulation.Directory.Path, "status.json")).TrimEnd());
        else if (!quiet)
        {
            Console.WriteLine(Summary(simulation, end));
            foreach (string note in simulation.System.Energy.Notes)
                Console.WriteLine("  " + note);
        }
        return end switch { SimulationEnd.Done => ExitCodes.Ok, SimulationEnd.Stopped => ExitCodes.Requeue, _ => ExitCodes.CouldNotFinish };
    }

    /// <summary>The run's outcome is not the report's: whatever goes wrong here is one line and changes no exit code.</summary>
    private static void WriteReport(string folder, SimulationEnd end)
    {
        try
        {
            // a queue that asked to stop waits for the exit code, not for a report
            using var limit = new CancellationTokenSource(end == SimulationEnd.Stopped ? TimeSpan.FromSeconds(10)
            : Timeout.InfiniteTimeSpan);
            SimulationReport.Update(folder, limit.Token);
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"molsampling: the report was not written ({(e is OperationCanceledException ? "it would take too long" : Failure.OneLine(e.Message))}): molsampling report {TerminalText.Name(folder)}");
        }
    }

    private static SimulationRun Open(ParseResult parsed)
    {
        (int Index, int Count)? task = CommonOptions.Task(parsed.GetValue(s_taskIndex), parsed.GetValue(s_taskCount));
        string SubDirectory(string folder) => task is { } t ? Path.Combine(folder, string.Create(CultureInfo.InvariantCulture,
            $"task-{t.Index:d4}")) : folder;
        if (parsed.GetValue(s_resume) is { } resume)
            return Resume(parsed, SubDirectory(resume));
        string output = SubDirectory(parsed.GetValue(s_output) ?? "molsampling-run");
        SimulationConfig config = Configure(parsed);
        // a queue gives a killed task the same command again: it goes on where it stood
        bool overwrite = parsed.GetValue(s_overwrite);
        if (task is not null && overwrite)
            throw new ArgumentException("--overwrite would remove what this task did before it came back: remove the folder, or give it without --task-index");
        if (task is not null && RunDirectory.HasRun(output))
            return SimulationRun.Resume(output, parsed.GetValue(s_threads));
        return SimulationRun.Start(config, output, task, overwrite);
    }

    /// <summary>A resumed run has its own settings; only its length and its threads may change.</summary>
    private static SimulationRun Resume(ParseResult parsed, string folder)
    {
        if (new Option[] { s_output, s_overwrite, s_config }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } extra)
            throw new ArgumentException($"--resume goes on in {folder} with the run's own settings: {extra.Name} does not go with it");
        SimulationConfig own = RunDirectory.OpenToRead(folder).Manifest.Config, asked = Configure(parsed, own) with { Time = own.Time };
        if (own.Difference(asked) is { } difference)
            throw new ArgumentException($"--resume goes on with the settings of {folder}: {difference} (--time and --threads may change)");
        return SimulationRun.Resume(folder, parsed.GetValue(s_threads), parsed.GetValue(s_time));
    }

    private static SimulationConfig Configure(ParseResult parsed) => Configure(parsed, parsed.GetValue(s_config) is { } file
        ? SimulationConfig.Read(file) : new());

    private static SimulationConfig Configure(ParseResult parsed, SimulationConfig config)
    {
        return config with
        {
            Input = parsed.GetValue(s_input) ?? (parsed.GetValue(s_peptide) is null ? config.Input : null),
            Coordinates = parsed.GetValue(s_coordinates) ?? config.Coordinates,
            Peptide = parsed.GetValue(s_peptide) ?? (parsed.GetValue(s_input) is null ? config.Peptide : null),
            ForceField = parsed.GetValue(s_forceField) ?? config.ForceField,
            Solvent = parsed.GetValue(s_solvent) ?? config.Solvent,
            Charges = parsed.GetValue(s_charges) ?? config.Charges,
            SoluteDielectric = parsed.GetValue(s_soluteDielectric) ?? config.SoluteDielectric,
            SolventDielectric = parsed.GetValue(s_solventDielectric) ?? config.SolventDielectric,
            Box = parsed.GetValue(s_box) is { } box ? CommonOptions.Length("--box", box) : config.Box,
            Constraints = parsed.GetValue(s_constraints) ?? config.Constraints,
            Cutoff = parsed.GetValue(s_cutoff) is { } cutoff ? CommonOptions.Length("--cutoff", cutoff) : config.Cutoff,
            Pressure = parsed.GetValue(s_pressure) ?? config.Pressure,
            Temperature = parsed.GetValue(s_temperature) ?? config.Temperature,
            Ladder = parsed.GetValue(s_ladder) is { } ladder ? Numbers("--ladder", ladder, "a temperature") : config.Ladder,
            ScaledTerms = parsed.GetValue(s_scaledTerms) is { } terms
                ? terms.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : config.ScaledTerms,
            ScaleLadder = parsed.GetValue(s_scaleLadder) is { } scales ? Numbers("--scale-ladder", scales, "a number") : config.ScaleLadder,
            Anneal = parsed.GetValue(s_anneal) ?? config.Anneal,
            Replicas = parsed.GetValue(s_replicas) ?? config.Replicas,
            Time = parsed.GetValue(s_time) ?? config.Time,
            TimeStep = parsed.GetValue(s_timeStep) ?? config.TimeStep,
            Integrator = parsed.GetValue(s_integrator) ?? config.Integrator,
            Proposal = parsed.GetValue(s_proposal) ?? config.Proposal,
            Jumps = parsed.GetValue(s_jumps) ?? config.Jumps,
            JumpsAhead = parsed.GetValue(s_jumpsAhead) ?? config.JumpsAhead,
            Friction = parsed.GetValue(s_friction) ?? config.Friction,
            HydrogenMass = parsed.GetValue(s_hydrogenMass) ?? config.HydrogenMass,
            FrameInterval = parsed.GetValue(s_frame) ?? config.FrameInterval,
            CheckpointInterval = parsed.GetValue(s_checkpoint) ?? config.CheckpointInterval,
            Backend = parsed.GetValue(s_backend) ?? config.Backend,
            Platform = parsed.GetValue(s_platform) ?? config.Platform,
            Device = parsed.GetValue(s_device) ?? config.Device,
            Seed = parsed.GetValue(s_seed) ?? config.Seed,
            Threads = parsed.GetValue(s_threads) ?? config.Threads,
        };
    }

    private static double[] Numbers(string option, string text, string kind) =>
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(t =>
        double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : throw new ArgumentException($"{option}: '{t}' is not {kind}"))];

    private static string Summary(SimulationRun simulation, SimulationEnd end)
    {
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(simulation.Directory.Path, "status.json")));
        JsonElement s = status.RootElement;
        string rate = s.GetProperty("nanosecondsPerDay") is { ValueKind: JsonValueKind.Number } n ? SimulationMonitor.Rate(n.GetDouble())
            : "";
        string steps = string.Create(CultureInfo.InvariantCulture,
            $"{s.GetProperty("stepsDone").GetInt64():n0} of {s.GetProperty("stepsTotal").GetInt64():n0} steps × {s.GetProperty("replicas").GetInt32()} replicas");
        int failed = s.GetProperty("failedReplicas").GetInt32(), restarts = s.GetProperty("restarts").GetInt32();
        string health = restarts + failed == 0 ? "" : $"; {restarts} restarts, {failed} replicas given up (see events.log)";
        string folder = TerminalText.Name(simulation.Directory.Path);
        return end switch
        {
            SimulationEnd.Done => $"{simulation.System.Name}: done, {steps}, {rate}{health}\n  molsampling report {folder}      the report: {Path.Combine(folder, "report.html")}\n  molsampling export {folder} --format dcd",
            SimulationEnd.Stopped => $"{simulation.System.Name}: stopped, {steps}{health}\n  molsampling simulate --resume {folder}",
            _ => $"{simulation.System.Name}: failed, every replica blew up too often: a shorter --time-step? See {Path.Combine(folder, "events.log")} and postmortem/",
        };
    }
}
