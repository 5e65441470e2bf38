using System.Globalization;
using System.Text.Json;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>What the small files of one run directory say at this moment. Each may be missing: a run that was killed before its first
/// checkpoint has little.</summary>
/// <param name="Name">"task-0003", or the folder's name.</param>
/// <param name="Manifest">What is safe.</param>
/// <param name="State">done, stopped, failed, running; "silent" for one that says running but has not said so for five minutes.</param>
/// <param name="StepsDone">By status.json, or safe ones.</param>
/// <param name="NanosecondsPerDay">All replicas together; NaN if unknown.</param>
/// <param name="SecondsLeft">NaN if unknown or over.</param>
/// <param name="Updated">Last sign of life; null if there was none.</param>
/// <param name="Restarts">[M] of each replica; null if there is no checkpoint yet.</param>
/// <param name="Failed">[M] given up; null likewise.</param>
/// <param name="SwapsProposed">[K - 1].</param>
/// <param name="SwapsAccepted">[K - 1].</param>
/// <param name="Moves">Of the dynamics and what goes with it; empty where nothing does.</param>
/// <param name="Events">Lines of events.log.</param>
/// <param name="PostMortems">Names of dumps of blown-up replicas.</param>
public sealed record RunSnapshot(string Name, Manifest Manifest, string State, long StepsDone, double NanosecondsPerDay, double SecondsLeft,
    DateTime? Updated, int[]? Restarts, bool[]? Failed,
    IReadOnlyList<long> SwapsProposed, IReadOnlyList<long> SwapsAccepted, IReadOnlyList<MoveCount> Moves,
    IReadOnlyList<string> Events, IReadOnlyList<string> PostMortems)
{
    private static readonly TimeSpan s_silence = TimeSpan.FromMinutes(5);

    /// <summary>Reads the manifest and status.json.</summary>
    /// <param name="directory">Opened to read.</param>
    /// <param name="name">For people.</param>
    /// <param name="now">UTC, to tell a running run from a killed one.</param>
    internal static RunSnapshot Of(RunDirectory directory, string name, DateTime now)
    {
        Manifest manifest = directory.Manifest;
        string state = manifest.State;
        (long steps, double rate, double left, DateTime? updated) = (manifest.Steps, double.NaN, double.NaN, null);
        if (Text(directory, "status.json") is { } text)
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                JsonElement s = document.RootElement;
                double Number(string key) => s.TryGetProperty(key, out JsonElement e) && e.ValueKind == JsonValueKind.Number ? e.GetDouble()
                    : double.NaN;
                steps = Math.Max(steps, s.GetProperty("stepsDone").GetInt64());
                (rate, left) = (Number("nanosecondsPerDay"), Number("secondsLeft"));
                updated = DateTime.Parse(s.GetProperty("updated").GetString()!, CultureInfo.InvariantCulture,
                    DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
                if (s.GetProperty("state").GetString() == "failed")
                    state = "failed";
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentNullException)
            {
                (rate, left, updated) = (double.NaN, double.NaN, null); // another version's; the manifest is what counts
            }
        }
        string[] events = Text(directory, "events.log")?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
        // before the first frame there is no status, but the log has a line for the start
        if (updated is null && events.Length > 0 && DateTime.TryParse(events[^1].Split(' ')[0], CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out DateTime last))
            updated = last;
        if (state == "stopped" && steps > manifest.Steps && now - updated < s_silence)
            state = "running"; // resumed, before its first checkpoint
        if (state == "running" && !(now - updated < s_silence))
            state = "silent";
        Checkpoint? checkpoint = LastCheckpoint(directory);
        string dumps = Path.Combine(directory.Path, "postmortem");
        return new(name, manifest, state, steps, rate, state == "running" ? left : double.NaN, updated, checkpoint?.Restarts,
            checkpoint?.Failed, checkpoint?.SwapsProposed ?? [], checkpoint?.SwapsAccepted ?? [],
            checkpoint?.Moves ?? [], events,
            Directory.Exists(dumps)
                ? [.. Directory.GetFiles(dumps, "*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)] : []);
    }

    /// <summary>The last checkpoint that can be read; a running run may replace one under the reader's eyes.</summary>
    private static Checkpoint? LastCheckpoint(RunDirectory directory)
    {
        foreach (Generation generation in directory.Manifest.Generations.Reverse().Take(2))
        {
            try
            {
                return Checkpoint.FromBytes(File.ReadAllBytes(Path.Combine(directory.Path, "checkpoint",
                    Path.ChangeExtension(generation.Segment, ".bin"))));
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                continue;
            }
        }
        return null;
    }

    private static string? Text(RunDirectory directory, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory.Path, file));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
