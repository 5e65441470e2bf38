using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular.Formats;

namespace MolSampling.Cli.Commands;

/// <summary>A solvation's summary: read where the run ended under the same settings and the same version, else made, a run that was begun
/// going on.</summary>
internal static class FinishedSolvation
{
    /// <param name="config">Settings.</param>
    /// <param name="name">For the progress bar.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="overwrite">Whether a run that is there is made again.</param>
    /// <param name="reporter">Progress.</param>
    /// <param name="limited">A time limit: the result is of what was sampled.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="StoppedException">Too little was sampled for a result.</exception>
    public static JsonElement Summary(SolvationConfig config, string name, string folder, int threads, bool overwrite,
        ProgressReporter reporter, CancellationToken limited, CancellationToken stop)
    {
        if (!overwrite && Read(folder, config) is { } done)
            return done;
        using SolvationRun run = SolvationRun.Open(config, folder, threads, overwrite);
        SolvationResult result = reporter.Show(name, progress => SolvationCommand.Sample(run, config, progress, limited, stop))
            ?? throw new StoppedException("the same command goes on");
        return JsonSerializer.SerializeToElement(SolvationOutput.Write(run, config, result, folder), JsonOutput.Options);
    }

    /// <summary>The summary of a run that ended; null if there is none.</summary>
    private static JsonElement? Read(string folder, SolvationConfig config)
    {
        try
        {
            using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, SolvationOutput.SummaryFile)));
            JsonElement root = summary.RootElement;
            return root.GetProperty("frames").GetInt32() >= config.Frames
                && root.GetProperty("version").GetString() == Provenance.CurrentVersion
                && JsonElement.DeepEquals(root.GetProperty("settings"), JsonSerializer.SerializeToElement(config, JsonOutput.Options))
                ? root.Clone() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            return null;
        }
    }
}
