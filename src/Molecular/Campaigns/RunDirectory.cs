using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MolSampling.Molecular.Formats;

namespace MolSampling.Molecular.Campaigns;

/// <summary>One generation: a segment of the trajectory and the state at its end.</summary>
/// <param name="Segment">File name below segments/.</param>
/// <param name="SegmentHash">SHA-256.</param>
/// <param name="Rows">In the segment.</param>
/// <param name="Steps">Done at its end.</param>
/// <param name="CheckpointHash">SHA-256 of checkpoint/NNNNNN.bin, of which the last two are kept.</param>
public sealed record Generation(string Segment, string SegmentHash, int Rows, long Steps, string CheckpointHash);

/// <summary>What a run directory holds; it is only true once manifest.json says so.</summary>
/// <param name="Schema">Version of this format.</param>
/// <param name="Program">Version and commit that began the run.</param>
/// <param name="ConfigHash">Of the configuration.</param>
/// <param name="SystemFingerprint">Of the parameters.</param>
/// <param name="State">running, stopped (by a signal), done, or failed (every replica was given up).</param>
/// <param name="StepsTotal">When it is done.</param>
/// <param name="Task">Number and count of a task of an array; null for a single run.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Generations">In order.</param>
public sealed record Manifest(int Schema, string Program, string ConfigHash, string SystemFingerprint, string State, long StepsTotal, int[]? Task, CampaignConfig Config, IReadOnlyList<Generation> Generations)
{
    /// <summary>Steps that are safe.</summary>
    public long Steps => Generations.Count == 0 ? 0 : Generations[^1].Steps;
}

/// <summary>
/// A campaign's folder: manifest.json; segments/NNNNNN.parquet; checkpoint/NNNNNN.bin (the last two); input/ (copies of the input files); status.json, metrics.csv, events.log.
/// A generation is committed by writing its segment and checkpoint under their names, then flipping the manifest by a rename: a kill at any moment leaves the last
/// manifest true, and what it does not name is swept away on resume.
/// </summary>
public sealed class RunDirectory : IDisposable
{
    /// <summary>Of the manifest's format.</summary>
    public const int Schema = 1;

    /// <summary>Small files of the folder that the run alone writes. Not the report: another process may be writing that, or an export, at any moment.</summary>
    private static readonly string[] s_ownFiles = ["manifest.json", "status.json", "metrics.csv", "events.log"];

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly FileStream? _lock;
    private readonly List<string> _events = [];

    private RunDirectory(string path, Manifest manifest, FileStream? @lock) => (Path, Manifest, _lock) = (path, manifest, @lock);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>As last flipped.</summary>
    public Manifest Manifest { get; private set; }

    /// <summary>Folder of copied input files.</summary>
    public string InputFolder => System.IO.Path.Combine(Path, "input");

    /// <summary>A segment's file.</summary>
    public string SegmentPath(Generation generation) => System.IO.Path.Combine(Path, "segments", generation.Segment);

    /// <summary>Whether a segment's file is there and is what was written.</summary>
    public bool IsWhole(Generation generation) => IsWhole(SegmentPath(generation), generation.SegmentHash);

    /// <summary>Begins a run in a folder that holds none; copies the input files, so that a resume needs nothing else.</summary>
    /// <exception cref="ArgumentException">The folder already holds a run.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static RunDirectory Create(string path, CampaignConfig config, CampaignPlan plan, string fingerprint, (int Index, int Count)? task)
    {
        if (File.Exists(System.IO.Path.Combine(path, "manifest.json")))
            throw new ArgumentException($"'{path}' already holds a run: continue it with --resume {path}, or choose another --output");
        try
        {
            foreach (string folder in new[] { "segments", "checkpoint", "input" })
                Directory.CreateDirectory(System.IO.Path.Combine(path, folder));
            FileStream @lock = Lock(path);
            CampaignConfig stored = config;
            if (config.Input is { } input && CampaignSystemLoader.Kind(input) != "smiles")
                stored = stored with { Input = Copy(input, path) };
            if (config.Coordinates is { } coordinates)
                stored = stored with { Coordinates = Copy(coordinates, path) };
            if (config.ForceField is { } forceField && File.Exists(forceField))
                stored = stored with { ForceField = Copy(forceField, path) };
            var manifest = new Manifest(Schema, Provenance.CurrentVersion, stored.Fingerprint(), fingerprint, "running", plan.Steps, task is { } t ? [t.Index, t.Count] : null, stored, []);
            var directory = new RunDirectory(path, manifest, @lock);
            directory.Sweep(); // leftovers of a run that never reached its first manifest
            directory.Flip(manifest);
            return directory;
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the run directory '{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Opens a run to read it; it may still be going.</summary>
    /// <exception cref="MoleculeFormatException">There is none, or its manifest is damaged.</exception>
    public static RunDirectory OpenToRead(string path) => new(path, ReadManifest(path), null);

    /// <summary>Opens a run to continue it: checks every file that the manifest names, goes back one generation if the last one is damaged, and removes what no manifest names.</summary>
    /// <exception cref="MoleculeFormatException">There is no run, or more is damaged than can be recovered.</exception>
    /// <exception cref="IOException">Another process runs it.</exception>
    public static (RunDirectory Directory, Checkpoint? Checkpoint, string? Recovery) OpenToContinue(string path)
    {
        Manifest manifest = ReadManifest(path);
        var directory = new RunDirectory(path, manifest, Lock(path));
        try
        {
            for (int g = 0; g + 1 < manifest.Generations.Count; g++)
                if (!IsWhole(directory.SegmentPath(manifest.Generations[g]), manifest.Generations[g].SegmentHash))
                    throw new MoleculeFormatException(System.IO.Path.Combine(path, "segments", manifest.Generations[g].Segment), 0,
                        "the file is missing or damaged and is not the last: frames of it are lost. Restore it, or begin anew; the other segments can still be exported");
            string? recovery = null;
            Checkpoint? checkpoint = null;
            int last = manifest.Generations.Count;
            for (; last > 0; last--)
            {
                Generation generation = manifest.Generations[last - 1];
                if (IsWhole(directory.SegmentPath(generation), generation.SegmentHash) && IsWhole(directory.CheckpointPath(last), generation.CheckpointHash))
                {
                    checkpoint = Checkpoint.FromBytes(File.ReadAllBytes(directory.CheckpointPath(last)));
                    break;
                }
                if (last + 1 < manifest.Generations.Count || (last > 1 && !File.Exists(directory.CheckpointPath(last - 1))))
                    throw new MoleculeFormatException(path, 0, $"segment or checkpoint {last} is damaged, and there is no checkpoint before it to go back to");
                recovery = $"generation {last} was damaged and is computed again from step {(last > 1 ? manifest.Generations[last - 2].Steps : 0)}";
            }
            if (last < manifest.Generations.Count)
                directory.Flip(manifest with { State = "running", Generations = [.. manifest.Generations.Take(last)] });
            directory.Sweep();
            if (File.Exists(directory.EventsPath))
                directory._events.AddRange(File.ReadAllLines(directory.EventsPath));
            return (directory, checkpoint, recovery);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Makes a generation safe.</summary>
    /// <exception cref="IOException">A full disk, a vanished folder: the manifest still names the generation before.</exception>
    public void Commit(IReadOnlyList<FrameRow> rows, Checkpoint checkpoint, string state)
    {
        int number = Manifest.Generations.Count + 1;
        string segment = string.Create(CultureInfo.InvariantCulture, $"{number:d6}.parquet");
        try
        {
            var metadata = new Dictionary<string, string> { ["molsampling.version"] = Provenance.CurrentVersion, ["molsampling.config"] = Manifest.ConfigHash, ["molsampling.system"] = Manifest.SystemFingerprint };
            string segmentHash;
            using (var file = new PendingFile(System.IO.Path.Combine(Path, "segments", segment)))
            {
                SegmentFile.WriteAsync(file.Stream, rows, metadata, Manifest.Config.ScaledTerms.Count > 0).GetAwaiter().GetResult();
                file.Stream.Position = 0;
                segmentHash = Convert.ToHexStringLower(SHA256.HashData(file.Stream));
                file.Keep();
            }
            byte[] bytes = checkpoint.ToBytes();
            Write(CheckpointPath(number), bytes);
            Flip(Manifest with
            {
                State = state,
                Generations = [.. Manifest.Generations, new(segment, segmentHash, rows.Count, checkpoint.Steps, Convert.ToHexStringLower(SHA256.HashData(bytes)))],
            });
            if (number > 2)
                File.Delete(CheckpointPath(number - 2));
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the run could not be written to '{Path}' ({e.Message}); everything up to step {Manifest.Steps} is safe", e);
        }
    }

    /// <summary>Changes the state without a new generation.</summary>
    public void SetState(string state)
    {
        if (Manifest.State != state)
            Flip(Manifest with { State = state });
    }

    /// <summary>Replaces a small file in one step.</summary>
    public void WriteText(string name, string text) => Write(System.IO.Path.Combine(Path, name), Encoding.UTF8.GetBytes(text));

    /// <summary>Adds a line to events.log.</summary>
    public void Log(string text)
    {
        _events.Add(text);
        WriteText("events.log", string.Join('\n', _events) + "\n");
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    private string PostMortemFolder => System.IO.Path.Combine(Path, "postmortem");

    private string EventsPath => System.IO.Path.Combine(Path, "events.log");

    private string CheckpointPath(int number) => System.IO.Path.Combine(Path, "checkpoint", string.Create(CultureInfo.InvariantCulture, $"{number:d6}.bin"));

    private void Flip(Manifest manifest)
    {
        WriteText("manifest.json", JsonSerializer.Serialize(manifest, s_json) + "\n");
        Manifest = manifest;
    }

    private static void Write(string path, byte[] bytes)
    {
        try
        {
            using var file = new PendingFile(path);
            file.Stream.Write(bytes);
            file.Keep();
        }
        catch (ArgumentException e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    private static bool IsWhole(string path, string hash)
    {
        if (!File.Exists(path))
            return false;
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream)) == hash;
    }

    /// <summary>Removes segments and checkpoints that the manifest does not name, and unfinished files of the run; those of others (exports, reports) are theirs.</summary>
    private void Sweep()
    {
        var kept = Manifest.Generations.Select(g => g.Segment).ToHashSet();
        int last = Manifest.Generations.Count;
        var keptCheckpoints = new[] { last, last - 1 }.Select(n => System.IO.Path.GetFileName(CheckpointPath(n))).ToHashSet();
        foreach (string file in Directory.EnumerateFiles(System.IO.Path.Combine(Path, "segments")).Where(f => !kept.Contains(System.IO.Path.GetFileName(f)))
            .Concat(Directory.EnumerateFiles(System.IO.Path.Combine(Path, "checkpoint")).Where(f => !keptCheckpoints.Contains(System.IO.Path.GetFileName(f))))
            .Concat(s_ownFiles.SelectMany(own => Directory.EnumerateFiles(Path, own + ".*.part")))
            .Concat(Directory.Exists(PostMortemFolder) ? Directory.EnumerateFiles(PostMortemFolder, "*.part") : []).ToArray())
            File.Delete(file);
    }

    private static Manifest ReadManifest(string path)
    {
        string file = System.IO.Path.Combine(path, "manifest.json");
        if (!File.Exists(file))
            throw new MoleculeFormatException(path, 0, "there is no run here (no manifest.json)");
        try
        {
            Manifest manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(file), s_json) ?? throw new JsonException("it is null");
            return manifest.Schema == Schema ? manifest : throw new MoleculeFormatException(file, 0, $"format {manifest.Schema} is not of this version ({Schema})");
        }
        catch (JsonException e)
        {
            throw new MoleculeFormatException(file, (int)(e.LineNumber ?? 0) + 1, "the manifest is damaged");
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (Directory.Exists(path))
        {
            throw new IOException($"another process is running '{path}' ({e.Message})", e);
        }
    }

    private static string Copy(string file, string path)
    {
        string name = System.IO.Path.GetFileName(file);
        File.Copy(file, System.IO.Path.Combine(path, "input", name), true);
        return name;
    }
}
