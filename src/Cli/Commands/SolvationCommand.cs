using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Solvation;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.Periodic;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling solvation: the free energy of a molecule in water.</summary>
internal static class SolvationCommand
{
    private const double KilojoulesPerKilocalorie = 4.184;

    private static readonly Argument<string> s_input = new("input") { Description = "a SMILES, an .sdf or a .prmtop file" };
    private static readonly Option<string> s_coordinates = new("--coordinates") { Description = "of a prmtop (.inpcrd, .rst7)",
        HelpName = "FILE" };
    private static readonly Option<string> s_forceField = new("--force-field") { Description =
        "sage-2.2.1 (default) or sage-2.3.0; a prmtop has its own", HelpName = "NAME" };
    private static readonly Option<string> s_charges = CommonOptions.Charges();
    private static readonly Option<string> s_water = new Option<string>("--water") { Description = "tip3p (default) or spce",
        HelpName = "NAME" }.OneOf([.. WaterModel.All.Select(m => m.Name)]);
    private static readonly Option<string> s_box = new("--box") { Description =
        "edge of the cubic box, 2.4nm; default 0.75 nm about the solute, 1.87 nm at least", HelpName = "LENGTH" };
    private static readonly Option<string> s_cutoff = new("--cutoff") { Description = "default 0.9nm", HelpName = "LENGTH" };
    private static readonly Option<string> s_constraints = CommonOptions.Constraints(
        "bonds of the solute that are held: h-bonds (default; published values are of these), or none");
    private static readonly Option<double?> s_temperature = new("--temperature") { Description = "K, default 298.15", HelpName = "K" };
    private static readonly Option<string> s_time = new("--time") { Description =
        "sampled in each of the 16 windows of each set, default 200ps",
        HelpName = "TIME" };
    private static readonly Option<string> s_equilibration = new("--equilibration") { Description = "before that, default 50ps",
        HelpName = "TIME" };
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
            "molsampling solvation c1ccccc1O --time 500ps --sets 4 --time-limit 3600 -o phenol    # the same command goes on")
        {
            s_input, s_coordinates, s_forceField, s_charges, s_water, s_box, s_cutoff, s_constraints, s_temperature, s_time, s_equilibration, s_sets,
                s_seed,
            s_threads, s_timeLimit, s_output, s_overwrite, s_json, s_quiet,
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
            Equilibration = parsed.GetValue(s_equilibration) is { } before ? SimulationPlan.Picoseconds("--equilibration", before)
                : usual.Equilibration,
            Sets = parsed.GetValue(s_sets) ?? usual.Sets,
            Seed = parsed.GetValue(s_seed) ?? usual.Seed,
        };
        string folder = parsed.GetValue(s_output) ?? "molsampling-solvation";
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        using SolvationRun run = SolvationRun.Open(config, folder, parsed.GetValue(s_threads) ?? 0, parsed.GetValue(s_overwrite));
        SolvationResult? result = new ProgressReporter(json || quiet).Show(run.System.Name, progress =>
        {
            run.Run(progress, limited.Token);
            return run.Frames < 10 ? null : SolvationResult.Of(run, config, progress, stop);
        });
        if (result is null)
            throw new OperationCanceledException($"{run.Frames} frames: too few for a result; the same command goes on");
        object document = Write(run, config, result, folder);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(document, JsonOutput.Options));
        else if (!quiet)
            Print(run, config, result, folder);
        return !run.IsDone && stop.IsCancellationRequested ? ExitCodes.Requeue : ExitCodes.Ok;
    }

    private static object Write(SolvationRun run, SolvationConfig config, SolvationResult result, string folder)
    {
        FreeEnergyAnalysis analysis = result.Analysis;
        AlchemicalParquet.WriteReducedPotentialsAsync(Path.Combine(folder, "u_nk.parquet"),
            analysis.Given.ToFile()).GetAwaiter().GetResult();
        FreeEnergyReport.WriteHtml(Path.Combine(folder, "report.html"), FreeEnergyReport.Document(analysis, [], "kcal/mol", [],
            new Dictionary<string, string> { ["u_nk"] = "u_nk.parquet" }, [.. Rows(result).Select(r => (r.Name.Trim(),
                r.Energy.Value / KilojoulesPerKilocalorie, r.Energy.Error / KilojoulesPerKilocalorie))]));
        static object Both((double Value, double Error) d) => new
        {
            kcalPerMol = d.Value / KilojoulesPerKilocalorie,
            kcalPerMolError = d.Error / KilojoulesPerKilocalorie,
            kJPerMol = d.Value,
            kJPerMolError = d.Error,
        };
        object document = new
        {
            schema = 1,
            version = Provenance.CurrentVersion,
            name = run.System.Name,
            energy = run.System.Energy.Name,
            notes = run.System.Energy.Notes.Append(SolvationResult.Unknown(config)),
            status = result.IsConverged ? "ok" : "partial",
            reason = string.Join("; ", result.Shortcomings),
            solvation = Both((result.Total, result.Error)),
            charging = Both(result.Charging),
            lennardJones = Both(result.LennardJones),
            lennardJonesBeyondCutoff = Both((result.Tail, 0)),
            toOneBar = Both((result.Pressure.Value, result.Pressure.Error)),
            pressuresBar = new
            {
                coupled = result.Pressure.Coupled.Value * MolecularPressure.Bar,
                coupledError = result.Pressure.Coupled.Error * MolecularPressure.Bar,
                decoupled = result.Pressure.Decoupled.Value * MolecularPressure.Bar,
                decoupledError = result.Pressure.Decoupled.Error * MolecularPressure.Bar,
            },
            sets = result.Sets.Select(Both),
            exchangeAcceptances = run.Acceptances,
            frames = run.Frames,
            settings = config,
        };
        using var file = new PendingFile(Path.Combine(folder, "summary.json"));
        JsonSerializer.Serialize(file.Stream, document, JsonOutput.Options);
        file.Keep();
        return document;
    }

    private static void Print(SolvationRun run, SolvationConfig config, SolvationResult result, string folder)
    {
        string Line((double Value, double Error) d) => string.Create(CultureInfo.InvariantCulture,
            $"{d.Value / KilojoulesPerKilocalorie:f2} ± {d.Error / KilojoulesPerKilocalorie:f2}");
        string Joules((double Value, double Error) d) => string.Create(CultureInfo.InvariantCulture, $"{d.Value:f1} ± {d.Error:f1}");
        AnsiConsole.MarkupLine(Markup.Escape($"{run.System.Name}: {run.System.Energy.Name}"));
        Table table = new Table().Border(TableBorder.Simple).AddColumns("free energy, gas to water", "kcal/mol", "kJ/mol");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        foreach ((string name, (double, double) d) in Rows(result))
            table.AddRow(name, Line(d), Joules(d));
        foreach (((double, double) d, int s) in result.Sets.Select((d, s) => (d, s)))
            table.AddRow($"set {s + 1} alone", Line(d), Joules(d));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine(result.IsConverged ? "status: [green]ok[/]"
            : $"status: [yellow]partial[/]: {Markup.Escape(Few(result.Shortcomings))}");
        foreach (string note in run.System.Energy.Notes.Append(SolvationResult.Unknown(config)))
            AnsiConsole.MarkupLine($"note: {Markup.Escape(note)}");
        AnsiConsole.MarkupLine($"the report: {Markup.Escape(TerminalText.Name(Path.Combine(folder, "report.html")))}");
    }

    private static (string Name, (double Value, double Error) Energy)[] Rows(SolvationResult result) =>
    [
        ("solvation", (result.Total, result.Error)),
        ("  of it charges", result.Charging),
        ("  of it Lennard-Jones", result.LennardJones),
        ("    of that beyond the cut-off", (result.Tail, 0)),
        ("  of it from the box's volume to 1 bar", (result.Pressure.Value, result.Pressure.Error)),
    ];

    /// <summary>The first three; a short run has one for every window, and the report has all.</summary>
    private static string Few(IReadOnlyList<string> shortcomings) => string.Join("; ", shortcomings.Take(3))
        + (shortcomings.Count > 3 ? $"; and {shortcomings.Count - 3} more, in summary.json" : "");
}
