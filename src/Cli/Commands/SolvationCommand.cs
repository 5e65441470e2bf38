using System.CommandLine;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular.Solvation;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling solvation: the free energy of a molecule in water.</summary>
internal static class SolvationCommand
{
    private static readonly Argument<string> s_input = new("input") { Description =
        "a SMILES, an .sdf or a .prmtop file, or a list: .smi, or an .sdf of several molecules" };
    private static readonly Option<string> s_coordinates = new("--coordinates") { Description = "of a prmtop (.inpcrd, .rst7)",
        HelpName = "FILE" };
    private static readonly Option<string> s_forceField = new("--force-field") { Description =
        "sage-2.2.1 (default) or sage-2.3.0; a prmtop has its own", HelpName = "NAME" };
    private static readonly Option<string> s_charges = CommonOptions.Charges();
    private static readonly Option<string> s_water = CommonOptions.Water("--water");
    private static readonly Option<string> s_box = new("--box") { Description =
        "edge of the cubic box, 2.4nm; default 0.75 nm about the solute, 1.87 nm at least", HelpName = "LENGTH" };
    private static readonly Option<string> s_cutoff = new("--cutoff") { Description = "default 0.9nm", HelpName = "LENGTH" };
    private static readonly Option<string> s_constraints = CommonOptions.Constraints(
        "bonds of the solute that are held: h-bonds (default; published values are of these), or none");
    private static readonly Option<double?> s_temperature = new("--temperature") { Description = "K, default 298.15", HelpName = "K" };
    private static readonly Option<string> s_time = new("--time") { Description =
        "sampled in each of the 16 windows of each set, default 200ps",
        HelpName = "TIME" };
    private static readonly Option<string> s_targetError = new("--target-error") { Description =
        $"0.1kcal/mol: --time is a first part, whose scatter says how long the whole is, {SolvationResult.MostStages} times it at most",
        HelpName = "ENERGY" };
    private static readonly Option<string> s_equilibration = new("--equilibration") { Description = "before that, default 50ps",
        HelpName = "TIME" };
    private static readonly Option<string> s_timeStep = new("--time-step") { Description =
        "default 4fs, with bonds that stretch 2fs; hydrogens weigh 3 Da, water's too", HelpName = "TIME" };
    private static readonly Option<int?> s_sets = new("--sets") { Description = "independent sets of windows, default 2", HelpName = "N" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<double?> s_timeLimit = CommonOptions.TimeLimit(
        "seconds of wall time; the result then is of what was sampled, and the same command goes on");
    private static readonly Option<string> s_output = CommonOptions.Output("the folder of results, default molsampling-solvation",
        "FOLDER");
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite(), s_json = CommonOptions.Json(), s_quiet =
        CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("solvation", "Free energy of solvation in water, with an error bar and a verdict",
            "molsampling solvation CCO",
            "molsampling solvation methane.prmtop --coordinates methane.inpcrd --water tip3p -o methane",
            "molsampling solvation examples/data/molecules.smi -o all    # a folder for each, and results.csv",
            "molsampling solvation CC(=O)C --target-error 0.1kcal/mol -o acetone",
            "molsampling solvation c1ccccc1O --time 500ps --sets 4 --time-limit 3600 -o phenol    # the same command goes on")
        {
            s_input, s_coordinates, s_forceField, s_charges, s_water, s_box, s_cutoff, s_constraints, s_temperature, s_time, s_targetError,
            s_equilibration, s_timeStep, s_sets, s_seed, s_threads, s_timeLimit, s_output, s_overwrite, s_json, s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        var usual = new SolvationConfig { Input = parsed.GetRequiredValue(s_input) };
        SolvationConfig config = usual with
        {
            Coordinates = parsed.GetValue(s_coordinates),
            ForceField = parsed.GetValue(s_forceField),
            Charges = parsed.GetValue(s_charges),
            Water = parsed.GetValue(s_water) ?? usual.Water,
            Box = parsed.GetValue(s_box) is { } box ? CommonOptions.Length("--box", box) : null,
            Cutoff = parsed.GetValue(s_cutoff) is { } cutoff ? CommonOptions.Length("--cutoff", cutoff) : null,
            Constraints = parsed.GetValue(s_constraints) ?? usual.Constraints,
            Temperature = parsed.GetValue(s_temperature) ?? usual.Temperature,
            Time = parsed.GetValue(s_time) is { } time ? SimulationPlan.Picoseconds("--time", time) : usual.Time,
            Equilibration = parsed.GetValue(s_equilibration) is { } before ? before.Trim() is "0" or "0ps" ? 0
                : SimulationPlan.Picoseconds("--equilibration", before) : usual.Equilibration,
            TimeStep = parsed.GetValue(s_timeStep) is { } step ? SimulationPlan.Picoseconds("--time-step", step) : null,
            Sets = parsed.GetValue(s_sets) ?? usual.Sets,
            Seed = parsed.GetValue(s_seed) ?? usual.Seed,
        };
        double? target = parsed.GetValue(s_targetError) is { } error ? CommonOptions.Energy("--target-error", error) : null;
        string folder = parsed.GetValue(s_output) ?? "molsampling-solvation";
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet), overwrite = parsed.GetValue(s_overwrite);
        int threads = parsed.GetValue(s_threads) ?? 0;
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        if (SolvationList.Open(config.Input) is { } list)
            return SolvationList.Run(list, config, target, folder, threads, overwrite, json, quiet, limited.Token, stop);
        (SolvationRun run, SolvationConfig sampled, SolvationResult result) = FinishedSolvation.Sample(config, target, folder, threads,
            overwrite, new ProgressReporter(json || quiet).Show, limited.Token, stop);
        using (run)
        {
            object document = SolvationOutput.Write(run, sampled, target, result, folder);
            if (json)
                Console.WriteLine(JsonSerializer.Serialize(document, JsonOutput.Options));
            else if (!quiet)
                SolvationOutput.Print(run, sampled, target, result, folder);
        }
        return ExitCodes.Ok;
    }
}
