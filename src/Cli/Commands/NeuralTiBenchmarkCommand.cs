using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Molecular;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark neural-ti: learned paths beside the usual windows.</summary>
internal static class NeuralTiBenchmarkCommand
{
    private const string Usual = "mixture-1d,lj13-trap";

    public static Command Create()
    {
        var rows = new Option<string>("--rows") { Description = $"pairs of states, separated by commas; {Usual} by default",
            HelpName = "LIST" };
        Option<string> output = CommonOptions.Output("a folder of runs, default molsampling-neural-ti; runs that are there are read",
            "FOLDER");
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("neural-ti",
            "Free energies along learned paths beside those of the usual windows: values, biases, verdicts, energy calls",
            "molsampling benchmark neural-ti --rows mixture-1d -o rows", "molsampling benchmark neural-ti --rows lj13-trap --json")
        { rows, output, threads, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => NeuralTiBenchmark.Run(
            Names(parsed.GetValue(rows) ?? Usual), parsed.GetValue(output) ?? "molsampling-neural-ti", parsed.GetValue(threads) ?? 0,
            parsed.GetValue(json), cancellation))));
        return command;
    }

    private static string[] Names(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Array.Find(names, n => !EndStatesCatalogue.Names.Contains(n)) is { } unknown
            ? throw new ArgumentException(Spelling.Unknown("--rows", unknown, [.. EndStatesCatalogue.Names])) : names;
    }
}
