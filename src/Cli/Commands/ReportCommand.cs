using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Simulation.Analysis;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling report: what a simulation has found so far, and whether it may be trusted.</summary>
internal static class ReportCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var folder = new Argument<string>("directory") { Description =
            "a run directory of 'molsampling simulate', or the folder of an array's tasks; it may still be running" };
        Option<string> output = CommonOptions.Output("the HTML file, default report.html in the directory", "FILE");
        var torsion = new Option<string[]>("--torsion") { Description = "further torsions, i-j-k-l by atom numbers from 1",
            AllowMultipleArgumentsPerToken = true, HelpName = "I-J-K-L" };
        Option<bool> quiet = CommonOptions.Quiet();
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("report", "The report of a simulation: progress, convergence, free energies with error bars",
            "molsampling report run                                   # of 'molsampling simulate -o run', also while it runs",
            "molsampling report run --torsion 5-7-9-15 -o phi.html",
            "molsampling report run --json")
        {
            folder, output, torsion, json, quiet,
        };
        command.SetAction(parsed => Failure.Guard(() => Run(parsed.GetRequiredValue(folder), parsed.GetValue(output),
            parsed.GetValue(torsion) ?? [], parsed.GetValue(json), parsed.GetValue(quiet))));
        return command;
    }

    private static int Run(string folder, string? output, string[] torsions, bool json, bool quiet)
    {
        DateTime now = DateTime.UtcNow;
        var clock = Stopwatch.StartNew();
        (SimulationData data, SimulationAnalysis analysis) = new ProgressReporter(json || quiet).Show(Path.GetFileName(folder.TrimEnd('/')),
            progress =>
        {
            // most reports take less time than it takes to read about progress
            Action<TaskProgress>? late = progress is null ? null : p => { if (clock.Elapsed > s_patience) progress(p); };
            SimulationData read = SimulationData.Read(folder, torsions, now, late);
            return (read, SimulationAnalysis.Of(read.Trace, read.SwapAcceptances, late));
        });
        string document = SimulationReport.Json(data, analysis, now);
        if (json)
            Console.WriteLine(document);
        if (!json || output is not null)
            SimulationReport.WriteHtml(output ?? Path.Combine(folder, "report.html"), document);
        if (!json && !quiet)
            Console.WriteLine(Summary(data, analysis, output ?? Path.Combine(folder, "report.html")));
        return ExitCodes.Ok;
    }

    private static string Summary(SimulationData data, SimulationAnalysis a, string file)
    {
        string verdict = a.Verdict.Convergence switch
        {
            Convergence.Converged => string.Create(CultureInfo.InvariantCulture,
                $"converged; a state below {100 * a.Verdict.SmallestSeen:g2} % may not have been seen"),
            Convergence.Partial => "partial: " + string.Join("; ", a.Verdict.Reasons),
            _ => "no data: " + string.Join("; ", a.Verdict.Reasons),
        };
        var lines = new List<string> { $"{data.System.Name}: {verdict}" };
        if (a.Verdict.Slowest is { } slowest)
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"  {a.Chains.Ladders.Count} independent {(data.Trace.HasLadder ? "ladders" : "replicas")}, {a.Rows:n0} frames, {a.DiscardedPicoseconds:g4} ps discarded; slowest: {slowest}"));
        lines.AddRange(data.Missing.Select(m => "  " + m));
        if (a.LeftOut.Count > 0)
            lines.Add($"  left out, too short: {string.Join(", ", a.LeftOut.Take(10))}{(a.LeftOut.Count > 10 ? $" and {a.LeftOut.Count - 10} more" : "")}");
        lines.Add($"  the report: {TerminalText.Name(file)}");
        return string.Join('\n', lines);
    }
}
