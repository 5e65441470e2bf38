using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using MolSampling.Potentials.Periodic;
using Spectre.Console;

namespace MolSampling.Cli.Output;

/// <summary>What a solvation leaves: files, and lines for people.</summary>
internal static class SolvationOutput
{
    /// <summary>Of the summary.</summary>
    public const string SummaryFile = "summary.json";

    public static object Write(SolvationRun run, SolvationConfig config, double? target, SolvationResult result, string folder)
    {
        FreeEnergyAnalysis analysis = result.Analysis;
        string[] notes = Notes(run, config, target, result);
        AlchemicalParquet.WriteReducedPotentialsAsync(Path.Combine(folder, "u_nk.parquet"),
            analysis.Given.ToFile()).GetAwaiter().GetResult();
        FreeEnergyReport.WriteHtml(Path.Combine(folder, "report.html"), FreeEnergyReport.Document(analysis, [], "kcal/mol", [],
            new Dictionary<string, string> { ["u_nk"] = "u_nk.parquet" }, new($"{run.System.Name}: {run.System.Energy.Name}",
                [.. Rows(result).Select(r => (r.Name.Trim(), r.Energy.Value / Units.KilojoulePerKilocalorie,
                    r.Energy.Error / Units.KilojoulePerKilocalorie))], result.Shortcomings, notes)));
        static object Both((double Value, double Error) d) => new
        {
            kcalPerMol = d.Value / Units.KilojoulePerKilocalorie,
            kcalPerMolError = d.Error / Units.KilojoulePerKilocalorie,
            kJPerMol = d.Value,
            kJPerMolError = d.Error,
        };
        object document = new
        {
            schema = 1,
            version = Provenance.CurrentVersion,
            name = run.System.Name,
            energy = run.System.Energy.Name,
            notes,
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
            passages = run.Passages,
            rotors = run.Rotors,
            rotamerChanges = run.RotamerChanges,
            frames = run.Frames,
            targetErrorKJPerMol = target,
            settings = config,
        };
        using var file = new PendingFile(Path.Combine(folder, "summary.json"));
        JsonSerializer.Serialize(file.Stream, document, JsonOutput.Options);
        file.Keep();
        return document;
    }

    private static string[] Notes(SolvationRun run, SolvationConfig config, double? target, SolvationResult result)
    {
        List<string> notes = [.. run.System.Energy.Notes, SolvationResult.Unknown(config)];
        if (target < result.Error)
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"asked was an error of {target / Units.KilojoulePerKilocalorie:f2} kcal/mol, which the first part's scatter promised for "
                + $"{config.Time:f0} ps, and it is {result.Error / Units.KilojoulePerKilocalorie:f2}: a longer --time goes on"));
        return [.. notes];
    }

    public static void Print(SolvationRun run, SolvationConfig config, double? target, SolvationResult result, string folder)
    {
        string Line((double Value, double Error) d) => string.Create(CultureInfo.InvariantCulture,
            $"{d.Value / Units.KilojoulePerKilocalorie:f2} ± {d.Error / Units.KilojoulePerKilocalorie:f2}");
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
        foreach (string note in Notes(run, config, target, result))
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
