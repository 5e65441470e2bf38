using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.NeuralIntegration;
using MolSampling.Jobs.Running;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Neural thermodynamic integrations beside the usual windows: each row a run of <c>neural-ti</c> with its usual
/// settings.</summary>
internal static class NeuralTiBenchmark
{
    /// <summary>Runs what is not done yet and prints a table, or JSON.</summary>
    /// <param name="rows">Names of pairs of states.</param>
    /// <param name="folder">Of the runs; a row whose run is there is read.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="cancellation">Ends between two steps; the same command goes on.</param>
    public static int Run(IReadOnlyList<string> rows, string folder, int threads, bool json, CancellationToken cancellation)
    {
        var results = new List<(string Name, NeuralTiResult Result, double Seconds)>();
        foreach (string name in rows)
        {
            var clock = Stopwatch.StartNew();
            NeuralTiRun run = NeuralTiRun.Open(NeuralTiConfig.For(name), Path.Combine(folder, name), threads);
            NeuralTiResult result;
            try
            {
                result = new ProgressReporter(json).Show(name, progress => run.Run(progress, cancellation));
            }
            catch (OperationCanceledException)
            {
                throw new StoppedException($"stopped at {name}; the same command goes on");
            }
            run.Write(result);
            results.Add((name, result, clock.Elapsed.TotalSeconds));
        }
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "neural-ti", machine = Machine.Describe(),
                rows = results.Select(r => r.Result.Document()) }, JsonOutput.Options));
        else
            Print(results);
        return ExitCodes.Ok;
    }

    private static void Print(IReadOnlyList<(string Name, NeuralTiResult Result, double Seconds)> results)
    {
        Console.WriteLine("| states | reference | usual windows | (b) own windows | (c) works | (a) plain | bias of (a) | verdict "
            + "| calls: usual | learned, all told | learned / usual at the same error |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|");
        foreach ((string name, NeuralTiResult r, _) in results)
        {
            NeuralTiEstimate? Of(string id) => r.Estimates.FirstOrDefault(e => e.Id == id);
            string Value(string id) => Of(id) is { Difference.Status: EstimatorStatus.Converged } e
                ? e.Difference.StandardError > 0 ? Text($"{e.Difference.Value:f3} ± {e.Difference.StandardError:f3}")
                : Text($"{e.Difference.Value:f4}") : Of(id) is null ? "" : "none";
            string Calls(string id) => Of(id)?.EnergyCalls is { } n ? Text($"{n:0.0e0}") : "";
            string reference = Of("exact") is not null ? Value("exact") : Value("published");
            string bias = r.Certificate.Bias is { } b ? Text($"{b.Value:f2} ± {b.StandardError:f2}") : "";
            Console.WriteLine($"| {name} | {reference} | {Value("standard")} | {Value("windows")} | {Value("works")} | {Value("plain")} "
                + $"| {bias} | {NeuralTiResult.Word(r.Certificate.Verdict)} | {Calls("standard")} | {Calls("windows")} | "
                + (r.CallRatio is { } ratio ? Text($"{ratio:g2} |") : " |"));
        }
        Console.WriteLine(Text($"\n{Machine.Line()}; {results.Sum(r => r.Seconds):f0} s"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
