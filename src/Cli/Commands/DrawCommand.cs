using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Generators;
using MolSampling.Sampling;
using Spectre.Console;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling draw: weighted samples of a trained flow, judged.</summary>
internal static class DrawCommand
{
    /// <summary>The share of weights that published figures lower to the largest of the rest.</summary>
    private const double Clipped = 1e-4;

    /// <summary>The share of samples that may be not finite.</summary>
    private const double MostNonFinite = 0.01;

    private static readonly Argument<string> s_directory = new("directory") { Description = "of 'molsampling train'" };
    private static readonly Option<int> s_samples = CommonOptions.Samples("how many", 10_000);
    private static readonly Option<string> s_target =
        new("--target") { Description = "the target to weigh by; an error if the flow was trained for another", HelpName = "NAME" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<string> s_output =
        CommonOptions.Output("the Parquet file, default NAME-samples.parquet in the current folder, NAME that of the directory", "FILE");
    private static readonly Option<bool> s_overwrite = CommonOptions.OverwriteFiles();
    private static readonly Option<bool> s_report =
        new("--report") { Description = "also an HTML page beside the Parquet file: figures, energies, weights, Ramachandran maps" };
    private static readonly Option<bool> s_json = CommonOptions.Json(), s_quiet = CommonOptions.Quiet();

    public static Command Create()
    {
        var command = new DocumentedCommand("draw", "Draw weighted samples from a trained flow, and judge it",
            "molsampling draw data/flows/aldp-ff96-obc1 --report       # weights that come along; the files appear here",
            "molsampling draw data/flows/manywell-32 -n 100000 -o wells.parquet")
        {
            s_directory, s_samples, s_target, s_seed, s_output, s_overwrite, s_report, s_json, s_quiet,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken stop)
    {
        string directory = parsed.GetRequiredValue(s_directory),
            path = parsed.GetValue(s_output) ?? $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)))}-samples.parquet";
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet);
        int samples = parsed.GetValue(s_samples);
        string? page = parsed.GetValue(s_report) ? Path.ChangeExtension(path, ".html") : null;
        CommonOptions.ThrowIfThere(parsed.GetValue(s_overwrite), [.. parsed.GetValue(s_output) is null ? [path] : Array.Empty<string>(),
            .. page is null ? Array.Empty<string>() : [page]]);
        using TrainedFlow trained = TrainedFlow.Open(directory);
        if (parsed.GetValue(s_target) is { } wanted && !wanted.Equals(trained.Target.Name, StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{directory} was trained for {trained.Target.Name}, not for {wanted}");
        DrawResult drawn = new ProgressReporter(json || quiet).Show(trained.Target.Name, progress => DrawResult.Write(trained, samples,
            parsed.GetValue(s_seed) ?? 1, path, progress, stop).GetAwaiter().GetResult());
        object figures = Figures(trained, drawn, samples, path);
        if (page is not null)
            GeneratorReport.WriteHtml(page, figures, trained, drawn);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(figures, JsonOutput.Options));
        else if (!quiet)
            WriteTable(trained, drawn, samples, page is null ? TerminalText.Name(path)
                : $"{TerminalText.Name(path)}\n{TerminalText.Name(page)}");
        return Verdict(drawn.Judgement.NonFinite, samples);
    }

    /// <summary>Samples that are not finite have no weight: a few are said, with many the figures are not those of the flow.</summary>
    private static int Verdict(long nonFinite, int samples)
    {
        bool tooMany = nonFinite > MostNonFinite * samples;
        if (nonFinite > 0)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"molsampling: {nonFinite:n0} of {samples:n0} samples are not finite and carry no weight{(tooMany ? ": the weights are damaged, or the training went astray" : "")}"));
        return tooMany ? ExitCodes.CouldNotFinish : ExitCodes.Ok;
    }

    private static object Figures(TrainedFlow trained, DrawResult drawn, int samples, string path)
    {
        FlowFigures f = FlowFigures.Of(drawn.Judgement);
        var verdict = DrawVerdict.Of(drawn.Judgement);
        double? Finite(double? x) => x is { } value && double.IsFinite(value) ? value : null;
        return new
        {
            target = trained.Target.Name,
            fingerprint = trained.Target.Fingerprint(),
            samples,
            energyCalls = trained.EnergyCalls,
            drawEnergyCalls = drawn.EnergyCalls,
            reverseEss = f.ReverseEss,
            reverseEssClipped = drawn.Judgement.Reverse.Clip(Clipped).Clipped.EffectiveFraction,
            forwardEss = Finite(f.ForwardEss),
            logZ = f.LogZ,
            logZError = Finite(f.LogZError),
            exactLogZ = trained.Target.LogZ,
            elbo = Finite(f.Elbo),
            eubo = Finite(f.Eubo),
            paretoK = Finite(drawn.Judgement.Reverse.Tail.Shape),
            f.NonFinite,
            verdict = new { trust = verdict.Trust.ToString().ToLowerInvariant(), verdict.Headline, verdict.Reasons },
            comparedSamples = drawn.Comparison?.Compared,
            referenceSamples = drawn.Comparison?.Reference,
            energyW2 = drawn.Comparison?.EnergyW2,
            torusW2 = drawn.Comparison?.TorusW2,
            torusPoints = drawn.Comparison?.TorsionPoints,
            ramachandran = drawn.Comparison?.Ramachandran,
            file = path,
        };
    }

    private static void WriteTable(TrainedFlow trained, DrawResult drawn, int samples, string files)
    {
        FormattableString Percent(double fraction) => $"{100 * fraction:f2} %";
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "value").HideHeaders();
        table.Columns[0].NoWrap();
        table.Columns[1].NoWrap();
        void Row(string name, FormattableString value) => table.AddRow(name, Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));
        string Bound(Estimate e) => double.IsFinite(e.Value) ? string.Create(CultureInfo.InvariantCulture,
            $"{e.Value:f4} ± {e.StandardError:f4}") : string.Create(CultureInfo.InvariantCulture, $"{e.Value}");
        var (reverse, forward) = (drawn.Judgement.Reverse, drawn.Judgement.Forward);
        Row("target", $"{trained.Target.Name} ({trained.Target.Fingerprint()[..12]})");
        Row("samples", $"{samples:n0}, {drawn.Judgement.NonFinite:n0} not finite");
        Row("reverse ESS", Percent(reverse.EffectiveFraction));
        Row("  largest 0.01 % of weights clipped", Percent(reverse.Clip(Clipped).Clipped.EffectiveFraction));
        Row("forward ESS", forward is null ? $"no samples of the target" : Percent(forward.EffectiveFraction.Value));
        Row("log Z", $"{Bound(reverse.LogMean)}{(trained.Target.LogZ is { } exact ? $", exact {exact:f5}" : "")}");
        Row("ELBO", $"{Bound(reverse.Elbo)}");
        Row("EUBO", $"{(forward is null ? "no samples of the target" : Bound(forward.Eubo))}");
        Row("Pareto k-hat", $"{reverse.Tail.Shape:f2}");
        Row("energy calls, training + draw", $"{trained.EnergyCalls:n0} + {drawn.EnergyCalls:n0}");
        AnsiConsole.Write(table);
        if (drawn.Comparison is { } comparison)
            WriteComparison(comparison);
        var verdict = DrawVerdict.Of(drawn.Judgement);
        Console.WriteLine($"{verdict.Headline}\n  {string.Join("\n  ", verdict.Reasons)}");
        Console.WriteLine(files);
    }

    private static void WriteComparison(SampleComparison c)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(string.Create(CultureInfo.InvariantCulture,
            $"{c.Compared:n0} from {c.Reference:n0} of the target"), "raw", "noise", "reweighted", "noise");
        foreach (TableColumn column in table.Columns.Skip(1))
            column.RightAligned();
        void Row(string name, ComparedDistance d) =>
            table.AddRow([name, .. new[] { d.Raw, d.RawNoise, d.Reweighted, d.ReweightedNoise }.Select(v =>
                v.ToString("f4", CultureInfo.InvariantCulture))]);
        Row("energy-W2, kT", c.EnergyW2);
        if (c.TorusW2 is { } torus)
            Row($"torus-W2, rad, {c.TorsionPoints} points", torus);
        foreach (RamachandranComparison r in c.Ramachandran)
        {
            Row($"{r.Residue} TV, 64 x 64 bins", r.TotalVariation64);
            Row("  100 x 100 bins", r.TotalVariation100);
            Row($"{r.Residue} KL, 64 x 64 bins", r.KullbackLeibler64);
            Row("  100 x 100 bins", r.KullbackLeibler100);
        }
        AnsiConsole.Write(table);
    }
}
