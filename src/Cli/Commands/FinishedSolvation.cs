using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular.Formats;

namespace MolSampling.Cli.Commands;

/// <summary>A solvation from its settings to its end: one that ended under the same settings and the same version is read, one that was
/// begun goes on.</summary>
internal static class FinishedSolvation
{
    /// <summary>Samples and analyses; with an error that is asked for in two stages.</summary>
    /// <param name="config">Settings; its time is the first stage's where an error is asked for.</param>
    /// <param name="target">That error, kJ/mol; null for none.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="overwrite">Whether a run that is there is made again.</param>
    /// <param name="shown">Has the progress of a system shown.</param>
    /// <param name="limited">A time limit: the result is of what was sampled.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The run, to be disposed of, with its settings and its result.</returns>
    /// <exception cref="StoppedException">Too little was sampled for a result.</exception>
    public static (SolvationRun Run, SolvationConfig Config, SolvationResult Result) Sample(SolvationConfig config, double? target,
        string folder, int threads, bool overwrite, Func<string, Func<Action<TaskProgress>?, SolvationResult?>, SolvationResult?> shown,
        CancellationToken limited, CancellationToken stop)
    {
        SolvationRun run = SolvationRun.Open(config, folder, threads, overwrite);
        try
        {
            SolvationResult? result = shown(run.System.Name, progress =>
            {
                run.Run(progress, limited);
                if (target is { } error && run.Frames >= config.Frames && SolvationResult.TimeFor(run, config, error) is var time
                    && time > config.Time)
                {
                    run.Dispose();
                    config = config with { Time = time };
                    run = SolvationRun.Open(config, folder, threads, overwrite: false);
                    run.Run(progress, limited);
                }
                return run.Frames < SolvationConfig.FewestFrames || stop.IsCancellationRequested ? null
                    : Analysed(run, config, progress, stop);
            });
            return (run, config, result
                ?? throw new StoppedException($"stopped after {run.Frames} of {config.Frames} frames; the same command goes on"));
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private static SolvationResult? Analysed(SolvationRun run, SolvationConfig config, Action<TaskProgress>? progress,
        CancellationToken stop)
    {
        try
        {
            return SolvationResult.Of(run, config, progress, stop);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The summary.</summary>
    /// <param name="config">Settings.</param>
    /// <param name="target">See <see cref="Sample"/>.</param>
    /// <param name="name">For the progress bar.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="overwrite">Whether a run that is there is made again.</param>
    /// <param name="reporter">Progress.</param>
    /// <param name="limited">A time limit: the result is of what was sampled.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="StoppedException">Too little was sampled for a result.</exception>
    public static JsonElement Summary(SolvationConfig config, double? target, string name, string folder, int threads, bool overwrite,
        ProgressReporter reporter, CancellationToken limited, CancellationToken stop)
    {
        if (!overwrite && Read(folder, config, target) is { } done)
            return done;
        (SolvationRun run, SolvationConfig sampled, SolvationResult result) = Sample(config, target, folder, threads, overwrite,
            (_, work) => reporter.Show(name, work), limited, stop);
        using (run)
            return JsonSerializer.SerializeToElement(SolvationOutput.Write(run, sampled, target, result, folder), JsonOutput.Options);
    }

    /// <summary>The summary of a run that ended; null if there is none.</summary>
    private static JsonElement? Read(string folder, SolvationConfig config, double? target)
    {
        try
        {
            using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, SolvationOutput.SummaryFile)));
            JsonElement root = summary.RootElement;
            JsonElement settings = root.GetProperty("settings"), asked = root.GetProperty("targetErrorKJPerMol");
            double time = settings.GetProperty("time").GetDouble(); // longer than the first stage's, perhaps
            SolvationConfig made = config with { Time = target is null ? config.Time : time };
            return time >= config.Time && root.GetProperty("frames").GetInt32() >= made.Frames
                && (asked.ValueKind == JsonValueKind.Null ? (double?)null : asked.GetDouble()) == target
                && root.GetProperty("version").GetString() == Provenance.CurrentVersion
                && JsonElement.DeepEquals(settings, JsonSerializer.SerializeToElement(made, JsonOutput.Options))
                ? root.Clone() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            return null;
        }
    }
}
