using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MolSampling.Molecular;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Simulation;

/// <summary>One generation: a segment of the trajectory and the state at its end.</summary>
/// <param name="Segment">File name below segments/.</param>
/// <param name="SegmentHash">SHA-256.</param>
/// <param name="Rows">In the segment.</param>
/// <param name="Steps">Done at its end.</param>
/// <param name="CheckpointHash">SHA-256 of checkpoint/NNNNNN.bin, of which the last two are kept.</param>
public sealed record Generation(string Segment, string SegmentHash, int Rows, long Steps, string CheckpointHash);

/// <summary>
/// What a run directory holds; it is only true once manifest.json says so. A manifest may come from elsewhere: it is looked at whole before
/// anything follows from it, nothing missing becomes a default, and the configuration must have the hash that the run began with, since
/// frames count at its temperatures.
/// </summary>
/// <param name="Schema">Version of this format.</param>
/// <param name="Program">Version and commit that began the run.</param>
/// <param name="ConfigHash">Of the configuration.</param>
/// <param name="SystemFingerprint">Of the parameters and, with a learned jump, of that.</param>
/// <param name="State">preparing (files are being copied; there is nothing to lose), running, stopped (by a signal), done, or failed (every
/// replica was given up).</param>
/// <param name="StepsTotal">When it is done.</param>
/// <param name="Task">Number and count of a task of an array; null for a single run.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Generations">In order.</param>
public sealed record Manifest(int Schema, string Program, string ConfigHash, string SystemFingerprint, string State, long StepsTotal,
    int[]? Task, SimulationConfig Config, IReadOnlyList<Generation> Generations)
{
    /// <summary>Of the format.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Its name in a run directory.</summary>
    public const string FileName = "manifest.json";

    internal const string Preparing = "preparing", Running = "running", Stopped = "stopped", Done = "done", Failed = "failed";

    private const int HashLength = 64;

    private static readonly string[] s_states = [Preparing, Running, Stopped, Done, Failed];

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Steps that are safe.</summary>
    public long Steps => Generations.Count == 0 ? 0 : Generations[^1].Steps;

    /// <summary>File name of a generation's segment.</summary>
    /// <param name="number">From 1.</param>
    public static string SegmentName(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:d6}.parquet");

    /// <summary>File name of a generation's checkpoint.</summary>
    /// <param name="number">From 1.</param>
    public static string CheckpointName(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:d6}.bin");

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json) + "\n";

    /// <summary>Reads a run directory's.</summary>
    /// <exception cref="MoleculeFormatException">There is none, or it is damaged, edited or of another version: with file and
    /// line.</exception>
    public static Manifest Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
            throw new MoleculeFormatException(folder, 0, $"there is no run here (no {FileName})");
        string text = File.ReadAllText(file);
        try
        {
            Manifest manifest = JsonSerializer.Deserialize<Manifest>(text, s_json) ?? throw new JsonException("it is null");
            manifest.ThrowIfWrong((key, reason) => new MoleculeFormatException(file, LineOf(text, key), reason));
            return manifest;
        }
        catch (JsonException e)
        {
            throw new MoleculeFormatException(file, (int)(e.LineNumber ?? 0) + 1,
                $"the manifest is damaged{(e.Path is { Length: > 2 } path ? $" at {path[2..]}" : "")}");
        }
    }

    private void ThrowIfWrong(Func<string, string, MoleculeFormatException> wrong)
    {
        if (Schema != CurrentSchema)
            throw wrong("schema", $"format {Schema} is not of this version ({CurrentSchema})");
        if (!s_states.Contains(State))
            throw wrong("state", $"'{State}' is no state of a run: {string.Join(", ", s_states)}");
        if (Task is not null && !(Task is [>= 0, > 0] && Task[0] < Task[1]))
            throw wrong("task", "a task is its number, from 0, and the number of tasks");
        if (Config.Fingerprint() != ConfigHash)
            throw wrong("config",
                "the configuration was edited: it has not the hash (configHash) that the frames were sampled with; begin a run of its own for another configuration");
        if (new[] { SystemLoader.Kind(Config.Input ?? "") == "smiles" ? null : Config.Input, Config.Coordinates, Config.Proposal }
            .FirstOrDefault(f =>
            f is not null && f != Path.GetFileName(f)) is { } elsewhere)
            throw wrong("config", $"'{elsewhere}' is no file of the run's input folder");
        SimulationPlan plan;
        try
        {
            plan = Config.Plan();
        }
        catch (ArgumentException e)
        {
            throw wrong("config", e.Message);
        }
        if (StepsTotal != plan.Steps)
            throw wrong("stepsTotal", $"{StepsTotal} steps are not the {plan.Steps} of its configuration");
        long steps = 0;
        for (int g = 0; g < Generations.Count; g++)
        {
            (string key, Generation? generation) = ($"generations {g + 1}", Generations[g]);
            if (generation is null || generation.Segment != SegmentName(g + 1) || generation.SegmentHash.Length != HashLength
                || generation.CheckpointHash.Length != HashLength
                || generation.Rows < 0 || generation.Steps <= steps || generation.Steps > StepsTotal
                    || generation.Steps % plan.StepsPerFrame != 0)
                throw wrong(key, $"generation {g + 1} is damaged");
            steps = generation.Steps;
        }
    }

    /// <summary>Line of a key of the manifest, or of "generations n"; 1 where it cannot be found.</summary>
    private static int LineOf(string text, string key)
    {
        string[] words = key.Split(' ');
        int at = text.IndexOf($"\"{words[0]}\"", StringComparison.Ordinal);
        for (int n = 0; words.Length > 1 && at >= 0 && n < int.Parse(words[1], CultureInfo.InvariantCulture)
            && text.IndexOf('{', at + 1) is var next and > 0; n++)
            at = next;
        return 1 + text.AsSpan(0, Math.Max(0, at)).Count('\n');
    }
}
