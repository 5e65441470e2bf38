using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Timewarp;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling train timewarp: learns a jump in time of one molecule.</summary>
internal static class TrainTimewarpCommand
{
    private static readonly Argument<string?> s_input = new("input") { Description =
        "a settings file (.json), or a .pdb, .cif, .prmtop, .sdf file, or a SMILES", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string> s_peptide = new("--peptide") { Description = "a sequence to build, for example ACE-ALA-NME",
        HelpName = "SEQUENCE" };
    private static readonly Option<string> s_coordinates = new("--coordinates") { Description = "coordinates for a prmtop (.inpcrd, .rst7)",
        HelpName = "FILE" };
    private static readonly Option<string> s_forceField = new Option<string>("--force-field", "--potential") { Description =
        "as in simulate", HelpName = "NAME" }.Suggesting(["ff14SB", "ff99SB-ILDN", "ff96", .. MoleculeEnergies.Names]);
    private static readonly Option<string> s_solvent = new Option<string>("--solvent") { Description =
        "none (default), obc1, obc2, gbn or gbn2", HelpName = "NAME" }.OneOf(SimulationPlan.Solvents);
    private static readonly Option<double?> s_temperature = new("--temperature") { Description = "K, default 300", HelpName = "K" };
    private static readonly Option<string> s_lag = new("--lag") { Description =
        "of a jump, default 4ns: the longer, the less a jump remembers", HelpName = "TIME" };
    private static readonly Option<string> s_time = new("--time") { Description =
        "length of each trajectory that is learned from, default 8ns", HelpName = "TIME" };
    private static readonly Option<string> s_timeStep = new("--time-step") { Description = "default 2fs", HelpName = "TIME" };
    private static readonly Option<int?> s_replicas = new("--replicas") { Description = "trajectories, default 32", HelpName = "N" };
    private static readonly Option<int?> s_ladderSteps = new("--ladder-steps") { Description =
        "of the ladder of temperatures that finds their starts, default 600", HelpName = "N" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<double?> s_timeLimit =
        CommonOptions.TimeLimit("seconds of wall time; the training then stops, to be resumed");
    private static readonly Option<string> s_output = CommonOptions.Output("the directory, default molsampling-jumps", "FOLDER");
    private static readonly Option<bool> s_resume = CommonOptions.ResumeTraining();
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<bool> s_show = CommonOptions.Show(), s_schema = CommonOptions.Schema();
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("timewarp", "Learn jumps in time of a molecule, for 'simulate --integrator timewarp'",
            "molsampling train timewarp --peptide ACE-ALA-NME --solvent obc1 --temperature 310 -o jumps",
            "molsampling train timewarp --resume -o jumps",
            "molsampling train timewarp --peptide ACE-VAL-NME --solvent obc2 --lag 500ps --time 5ns -o valine",
            "molsampling train timewarp --peptide ACE-ALA-NME --show > settings.json && molsampling train timewarp settings.json -o mine")
        {
            s_input, s_peptide, s_coordinates, s_forceField, s_solvent, s_temperature, s_lag, s_time, s_timeStep, s_replicas, s_ladderSteps,
            s_seed, s_threads, s_timeLimit, s_output, s_overwrite, s_resume, s_show, s_schema, s_json, s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(s_schema))
        {
            Console.WriteLine(TimewarpConfig.Schema());
            return ExitCodes.Ok;
        }
        string directory = parsed.GetValue(s_output) ?? "molsampling-jumps";
        bool resume = parsed.GetValue(s_resume), json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        if (resume && new Option[] { s_peptide, s_coordinates, s_forceField, s_solvent, s_temperature, s_lag, s_time, s_timeStep,
            s_replicas, s_ladderSteps, s_seed, s_threads, s_overwrite }.FirstOrDefault(o =>
            parsed.GetResult(o) is { Implicit: false }) is { } fixedBefore)
            throw new ArgumentException($"--resume goes on with the settings of {directory}: {fixedBefore.Name} cannot change them");
        if (parsed.GetValue(s_show))
        {
            Console.WriteLine(Configure(parsed).ToJson());
            return ExitCodes.Ok;
        }
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        TimewarpTraining training = resume ? TimewarpTraining.Resume(directory)
            : TimewarpTraining.Start(Configure(parsed), directory, parsed.GetValue(s_overwrite));
        bool done = new ProgressReporter(json || quiet).Show(training.System.Name, progress => training.Run(progress, limited.Token));
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { system = training.System.Name, energy = training.System.Energy.Name, done,
                training.Figures, directory }, JsonOutput.Options));
        else if (!quiet)
            Console.WriteLine(Summary(training, TerminalText.Name(directory)));
        return done ? ExitCodes.Ok : ExitCodes.Requeue;
    }

    private static TimewarpConfig Configure(ParseResult parsed)
    {
        string? input = parsed.GetValue(s_input);
        TimewarpConfig config = input?.EndsWith(".json", StringComparison.OrdinalIgnoreCase) == true ? TimewarpConfig.Read(input)
            : new() { System = new TrainingSystem { Input = input } };
        if (config.System.Input is not null && parsed.GetValue(s_peptide) is not null)
            throw new ArgumentException("either an input or --peptide, not both");
        TrainingSystem system = config.System;
        return config with
        {
            System = system with
            {
                Peptide = parsed.GetValue(s_peptide) ?? system.Peptide,
                Coordinates = parsed.GetValue(s_coordinates) ?? system.Coordinates,
                ForceField = parsed.GetValue(s_forceField) ?? system.ForceField,
                Solvent = parsed.GetValue(s_solvent) ?? system.Solvent,
                Temperature = parsed.GetValue(s_temperature) ?? system.Temperature,
            },
            Lag = parsed.GetValue(s_lag) ?? config.Lag,
            Time = parsed.GetValue(s_time) ?? config.Time,
            TimeStep = parsed.GetValue(s_timeStep) ?? config.TimeStep,
            Replicas = parsed.GetValue(s_replicas) ?? config.Replicas,
            LadderSteps = parsed.GetValue(s_ladderSteps) ?? config.LadderSteps,
            Seed = parsed.GetValue(s_seed) ?? config.Seed,
            Threads = parsed.GetValue(s_threads) ?? config.Threads,
        };
    }

    private static string Summary(TimewarpTraining training, string directory) => training.Figures is { } f
        ? string.Create(CultureInfo.InvariantCulture,
            $"{training.System.Name}: learned from {f.Pairs:n0} pairs in {f.Seconds:f0} s; ln q = {f.LogDensity:f3} of pairs left out; ")
            + string.Create(CultureInfo.InvariantCulture, $"{100 * f.Acceptance:f1} % of jumps accepted, {f.JumpsPerSecond:n0} jumps/s")
            + $"\n  molsampling simulate ... --integrator timewarp --proposal {directory}"
        : $"{training.System.Name}: stopped\n  molsampling train timewarp --resume --output {directory}";
}
