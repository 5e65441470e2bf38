using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Jobs.Conformers;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark dipeptides: effective samples of unseen peptides in solvent, against a ladder.</summary>
internal static class DipeptidesBenchmarkCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count") { Description = "dipeptides, in the order of a hash, 400 at most", DefaultValueFactory =
            _ => 20, HelpName = "N" };
        var methods = new Option<string>("--methods") { Description = CalibrationBenchmarkCommand.KnownMethods, DefaultValueFactory =
            _ => "auto,torsion-flow", HelpName = "LIST" };
        Option<double?> limit = CommonOptions.TimeLimit("seconds for a run, default the budget of energies alone");
        var ladder = new Option<double>("--ladder-time") { Description = "seconds for the ladder of a dipeptide, by which runs are judged",
            DefaultValueFactory = _ => 120, HelpName = "SECONDS" };
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("dipeptides",
            "Effective samples a second of dipeptides in implicit solvent, everything learned in the run, against a ladder of temperatures",
            "molsampling benchmark dipeptides --count 2 --methods auto",
            "molsampling benchmark dipeptides --count 20 --ladder-time 300 --json")
        { count, methods, limit, ladder, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => DipeptideBenchmark.Run(
            parsed.GetValue(count) is >= 1 and <= 400 and int n ? n
                : throw new ArgumentException($"--count must lie between 1 and 400, not {parsed.GetValue(count)}"),
            CalibrationBenchmarkCommand.Methods(parsed.GetValue(methods)!), CommonOptions.Limit(parsed.GetValue(limit)),
            CommonOptions.Limit(parsed.GetValue(ladder))!.Value, parsed.GetValue(json), cancellation))));
        return command;
    }
}
