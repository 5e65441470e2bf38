using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling.Estimators;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling free-energy: all estimators on alchemical data, side by side.</summary>
internal static class FreeEnergyCommand
{
    private const string CommandName = "free-energy";

    private static readonly Argument<string[]> s_files =
        new("files") { Description =
        "GROMACS dhdl.xvg, Amber mdout (.out, .mdout), NAMD .fepout, tables of reduced potentials (.csv, .parquet), each also .gz or .bz2, or folders of these", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string> s_estimator = new Option<string>("--estimator") { Description = "all, mbar, bar, ti or exp",
        DefaultValueFactory = _ => "all", HelpName = "NAME" }.OneOf("all", "mbar", "bar", "ti", "exp");
    private static readonly Option<double?> s_temperature = new("--temperature", "-T") { Description =
        "K, where the files do not say it; must not contradict them", HelpName = "K" };
    private static readonly Option<string> s_unit = new Option<string>("--unit") { Description =
        "of the energies that are printed and written: kT, kJ/mol or kcal/mol", DefaultValueFactory = _ => "kT",
        HelpName = "UNIT" }.OneOf([.. FreeEnergyReport.Units]);
    private static readonly Option<string> s_discard =
        new("--discard") { Description = "beginning of every simulation to leave out: auto (what has not equilibrated), or ps",
        DefaultValueFactory = _ => "auto", HelpName = "PS" };
    private static readonly Option<bool> s_independent = new("--independent") { Description =
        "every row counts as an independent sample, as other programs take them; by default a row counts as 1/g of one" };
    private static readonly Option<int> s_bootstrap = new("--bootstrap") { Description = "repetitions for MBAR's bootstrap error",
        DefaultValueFactory = _ => 0, HelpName = "N" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<string> s_output =
        CommonOptions.Output("for report.html, result.json, u_nk.parquet and dHdl.parquet; by default nothing is written", "FOLDER");
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand(CommandName,
            "Free energy differences from alchemical simulations: MBAR, BAR, thermodynamic integration and exponential averages with errors, statuses and warnings",
            "molsampling free-energy examples/data/dhdl/*.xvg",
            "molsampling free-energy examples/data/dhdl --estimator mbar --unit kcal/mol --bootstrap 200 -o dG",
            "molsampling free-energy examples/data/dhdl --json")
        {
            s_files, s_estimator, s_temperature, s_unit, s_discard, s_independent, s_bootstrap, s_seed, s_output, s_overwrite, s_json,
                s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        string unit = parsed.GetValue(s_unit)!;
        string? output = parsed.GetValue(s_output);
        FreeEnergyOptions options = Options(parsed);
        IReadOnlyList<string> paths = AlchemicalFiles.Find(parsed.GetRequiredValue(s_files));
        if (output is not null)
        {
            OutputFolder.ThrowIfTaken(output, CommandName, parsed.GetValue(s_overwrite));
            OutputFolder.ThrowIfInside(output, paths);
        }
        FreeEnergyAnalysis analysis = new ProgressReporter(json || quiet || output is null).Show("free energy", progress =>
        {
            var files = new List<AlchemicalFile>();
            foreach (string path in paths)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Invoke(new("reading", (double)files.Count / paths.Count, Path.GetFileName(path)));
                files.Add(AlchemicalFiles.Read(path, parsed.GetValue(s_temperature)));
            }
            return FreeEnergyAnalysis.Of(AlchemicalData.Combine(files, parsed.GetValue(s_temperature)), options, progress, cancellation);
        });
        string[] shown = Shown(analysis, parsed.GetValue(s_estimator)!);
        Dictionary<string, string> written = output is null ? [] : Written(analysis);
        if (output is not null)
            OutputFolder.Claim(output, CommandName, ["report.html", "result.json", "u_nk.parquet", "dHdl.parquet"],
                parsed.GetValue(s_overwrite));
        object document = FreeEnergyReport.Document(analysis, shown, unit, [.. paths.Select(p => (p, Hash(p)))], written);
        if (output is not null)
            Write(analysis, document, output, written);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(document, JsonOutput.Options));
        else if (!quiet)
            Print(analysis, shown, unit, output);
        return analysis.Estimates.Any(e => shown.Contains(e.Id) && e.Total.Status == EstimatorStatus.Converged) ? ExitCodes.Ok
            : ExitCodes.CouldNotFinish;
    }

    private static FreeEnergyOptions Options(ParseResult parsed)
    {
        string discard = parsed.GetValue(s_discard)!;
        double? picoseconds = discard == "auto" ? null
            : double.TryParse(discard, NumberStyles.Float, CultureInfo.InvariantCulture, out double ps) && ps >= 0 && double.IsFinite(ps)
                ? ps
            : throw new ArgumentException($"--discard is 'auto' or a time in ps, not '{discard}'");
        int bootstrap = parsed.GetValue(s_bootstrap);
        return bootstrap is < 0 or 1 ? throw new ArgumentException("--bootstrap is 0 or at least 2")
            : new(picoseconds, !parsed.GetValue(s_independent), bootstrap, parsed.GetValue(s_seed) ?? 1);
    }

    private static string[] Shown(FreeEnergyAnalysis analysis, string estimator)
    {
        string[] shown = [.. analysis.Estimates.Select(e => e.Id).Where(id => estimator == "all" || id.StartsWith(estimator,
            StringComparison.Ordinal) || (estimator == "exp" && id.StartsWith("gaussian", StringComparison.Ordinal)))];
        if (shown.Length > 0)
            return shown;
        string reason = analysis.Windows.Summaries.All(w => w.Kept == 0) ? "all rows are discarded" : analysis.Data.Counts.Count(c =>
            c > 0) < 2 ? "they hold samples of one state only" : string.Join("; ", analysis.Data.Notes);
        throw new InvalidDataException($"{(estimator == "all" ? "no estimate is" : $"{estimator} is not")} possible with these files: {reason}");
    }

    private static Dictionary<string, string> Written(FreeEnergyAnalysis analysis)
    {
        var files = new Dictionary<string, string> { ["report"] = "report.html", ["result"] = "result.json" };
        if (analysis.Data.ReducedPotentials is not null)
            files["u_nk"] = "u_nk.parquet";
        if (analysis.Data.Gradients is not null)
            files["dHdl"] = "dHdl.parquet";
        return files;
    }

    private static void Write(FreeEnergyAnalysis analysis, object document, string folder, Dictionary<string, string> files)
    {
        AlchemicalFile all = analysis.Given.ToFile();
        if (files.TryGetValue("u_nk", out string? potentials))
            AlchemicalParquet.WriteReducedPotentialsAsync(Path.Combine(folder, potentials), all).GetAwaiter().GetResult();
        if (files.TryGetValue("dHdl", out string? gradients))
            AlchemicalParquet.WriteGradientsAsync(Path.Combine(folder, gradients), all).GetAwaiter().GetResult();
        using (var result = new PendingFile(Path.Combine(folder, files["result"])))
        {
            JsonSerializer.Serialize(result.Stream, document, JsonOutput.Options);
            result.Keep();
        }
        FreeEnergyReport.WriteHtml(Path.Combine(folder, files["report"]), document);
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static void Print(FreeEnergyAnalysis a, string[] shown, string unit, string? output)
    {
        double factor = FreeEnergyReport.Factor(unit, a.Data.Temperature);
        AnsiConsole.MarkupLine(Invariant($"[bold]{Markup.Escape(string.Join(", ", a.Data.LambdaNames))}[/] from {Markup.Escape(a.Data.States[0].ToString())} to {Markup.Escape(a.Data.States[^1].ToString())} at {a.Data.Temperature} K: {a.Data.States.Count} states, {a.Data.RowCount:n0} rows, worth {a.Windows.Summaries.Where(w => w.Kept > 0).Sum(w => w.Independent):n0} independent ones"));
        var table = new Table().Border(TableBorder.Simple).AddColumns("estimator", $"free energy difference, {unit}", "status");
        table.Columns[1].RightAligned();
        foreach (EstimatorResult e in a.Estimates.Where(e => shown.Contains(e.Id)))
            table.AddRow(e.Label, e.Total.Status == EstimatorStatus.Converged
                ? Invariant($"{factor * e.Total.Value:f4} ± {factor * e.Total.StandardError:f4}") : "",
                FreeEnergyReport.Status(e.Total.Status));
        AnsiConsole.Write(table);
        if (a.Bootstrap is { } b)
            AnsiConsole.MarkupLine(Invariant($"MBAR's bootstrap error: {factor * b.StandardError(0, a.Data.States.Count - 1):f4} {unit} ({b.Solutions.Count} repetitions)"));
        if (a.Pairs.Count > 0)
            AnsiConsole.MarkupLine(Invariant($"overlap of neighbours: at least {a.Pairs.Min(p => p.Overlap):g2}")
                + (a.Mbar is { } mbar ? Invariant($"; of all states: {mbar.Overlap.Scalar:g2}") : ""));
        foreach (string warning in a.Warnings)
            AnsiConsole.MarkupLine($"[yellow]warning:[/] {Markup.Escape(warning)}");
        foreach (string note in a.Data.Notes)
            AnsiConsole.MarkupLine($"note: {Markup.Escape(note)}");
        if (output is not null)
            AnsiConsole.MarkupLine($"the report: {Markup.Escape(TerminalText.Name(Path.Combine(output, "report.html")))}");
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
