using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Flows.Interpolation.Systems;
using MolSampling.Jobs.NeuralIntegration;
using MolSampling.Sampling.Estimators;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling neural-ti: a free energy difference along a learned path, with a certificate.</summary>
internal static class NeuralTiCommand
{
    private static readonly Argument<string?> s_input = new("states") { Description =
        $"two states by name, or a settings file (.json): {string.Join(", ", EndStatesCatalogue.Names)}", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int?> s_steps = new("--steps") { Description = "of the training", HelpName = "N" };
    private static readonly Option<int?> s_windows = new("--windows") { Description = "of the learned path that are sampled",
        HelpName = "N" };
    private static readonly Option<bool> s_withoutStandard = new("--no-standard") { Description =
        "leave out the usual alchemical windows, which are only there to compare with" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<double?> s_timeLimit = CommonOptions.TimeLimit("seconds of wall time; the same command goes on");
    private static readonly Option<string> s_output = CommonOptions.Output("the directory, default molsampling-neural-ti", "FOLDER");
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<bool> s_show = CommonOptions.Show(), s_schema = CommonOptions.Schema();
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("neural-ti",
            "Free energy difference along a learned path between two states, with a certificate that does not trust the learning",
            "molsampling neural-ti mixture-1d -o mixture",
            "molsampling neural-ti lj13-trap --time-limit 3600 -o lj13    # the same command goes on",
            "molsampling neural-ti lj13-trap --show > settings.json && molsampling neural-ti settings.json -o mine")
        {
            s_input, s_steps, s_windows, s_withoutStandard, s_seed, s_threads, s_timeLimit, s_output, s_overwrite, s_show, s_schema, s_json,
            s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(s_schema))
        {
            Console.WriteLine(NeuralTiConfig.Schema());
            return ExitCodes.Ok;
        }
        NeuralTiConfig config = Configure(parsed);
        if (parsed.GetValue(s_show))
        {
            Console.WriteLine(config.ToJson());
            return ExitCodes.Ok;
        }
        string folder = parsed.GetValue(s_output) ?? "molsampling-neural-ti";
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        using CancellationTokenSource limited = CommonOptions.Limited(parsed.GetValue(s_timeLimit), stop);
        NeuralTiRun run = NeuralTiRun.Open(config, folder, parsed.GetValue(s_threads) ?? 0, parsed.GetValue(s_overwrite));
        NeuralTiResult result = new ProgressReporter(json || quiet).Show(run.States.Name, progress =>
        {
            try
            {
                return run.Run(progress, limited.Token);
            }
            catch (OperationCanceledException)
            {
                throw new Jobs.Running.StoppedException($"stopped; the same command goes on in {TerminalText.Name(folder)}");
            }
        });
        run.Write(result);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(result.Document(), JsonOutput.Options));
        else if (!quiet)
            Print(result, run.States.Name, folder);
        return ExitCodes.Ok;
    }

    private static NeuralTiConfig Configure(ParseResult parsed)
    {
        string input = parsed.GetValue(s_input)
            ?? throw new ArgumentException($"two states are missing: a settings file, or {string.Join(", ", EndStatesCatalogue.Names)}");
        NeuralTiConfig config = input.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? NeuralTiConfig.Read(input)
            : NeuralTiConfig.For(input);
        if (parsed.GetValue(s_steps) is { } steps)
            config = config with { Training = config.Training with { Steps = steps } };
        if (parsed.GetValue(s_windows) is { } windows)
            config = config with { Certificate = config.Certificate with { Windows = windows } };
        return config with { Seed = parsed.GetValue(s_seed) ?? config.Seed, Standard = parsed.GetValue(s_withoutStandard) ? null
            : config.Standard };
    }

    private static void Print(NeuralTiResult result, string system, string folder)
    {
        PathCertificate c = result.Certificate;
        string color = c.Verdict switch { PathVerdict.Ok => "green", PathVerdict.Partial => "yellow", _ => "red" };
        string value = c.Best is { } best ? Invariant($", f₁ − f₀ = {best.Value:f3} ± {best.StandardError:f3} kT") : "";
        AnsiConsole.MarkupLine($"[bold]{Markup.Escape(system)}[/]: [{color}]{NeuralTiResult.Word(c.Verdict)}[/]{value}");
        var table = new Table().Border(TableBorder.Simple).AddColumns("estimator", "f₁ − f₀, kT", "energy calls");
        table.Columns[1].RightAligned();
        table.Columns[2].RightAligned();
        foreach (NeuralTiEstimate e in result.Estimates)
            table.AddRow(Markup.Escape(e.Label), e.Difference.Status == EstimatorStatus.Converged
                ? Invariant($"{e.Difference.Value:f3} ± {e.Difference.StandardError:f3}") : "none",
                e.EnergyCalls is { } n ? Invariant($"{n:n0}") : "");
        AnsiConsole.Write(table);
        foreach (string reason in c.Reasons)
            AnsiConsole.MarkupLine(Markup.Escape(reason));
        if (c.Bias is { } bias)
            AnsiConsole.MarkupLine(Invariant($"bias of the plain integral: {bias.Value:f3} ± {bias.StandardError:f3} kT"));
        AnsiConsole.MarkupLine($"the report: {Markup.Escape(TerminalText.Name(Path.Combine(folder, "report.html")))}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
