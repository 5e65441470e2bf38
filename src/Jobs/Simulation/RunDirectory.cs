using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Timewarp;
using MolSampling.Molecular;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;

namespace MolSampling.Jobs.Simulation;

/// <summary>
/// A simulation's folder: manifest.json; segments/NNNNNN.parquet; checkpoint/NNNNNN.bin (the last two); input/ (copies of the input files);
/// status.json, metrics.csv, events.log. A generation is committed by writing its segment and checkpoint under their names, then flipping
/// the manifest by a rename: a kill at any moment leaves the last manifest true, and what it does not name is swept away on resume.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private readonly FileStream? _lock;
    private readonly List<string> _events = [];

    private RunDirectory(string path, Manifest manifest, FileStream? @lock) => (Path, Manifest, _lock) = (path, manifest, @lock);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>As last flipped.</summary>
    public Manifest Manifest { get; private set; }

    /// <summary>Folder of copied input files.</summary>
    public string InputFolder => System.IO.Path.Combine(Path, RunFiles.Input);

    /// <summary>A segment's file.</summary>
    public string SegmentPath(Generation generation) => System.IO.Path.Combine(Path, RunFiles.Segments, generation.Segment);

    /// <summary>Whether a segment's file is there and is what was written.</summary>
    public bool IsWhole(Generation generation) => IsWhole(SegmentPath(generation), generation.SegmentHash);

    /// <summary>Begins a run in a folder that is empty; copies the input files, so that a resume needs nothing else.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="config">Files relative to the working directory.</param>
    /// <param name="plan">Of the configuration.</param>
    /// <param name="fingerprint">Of the system.</param>
    /// <param name="task">Number and count.</param>
    /// <param name="overwrite">Whether an earlier run in the folder is removed.</param>
    /// <exception cref="ArgumentException">The folder holds a run, or what is none.</exception>
    /// <exception cref="IOException">It cannot be written, or another process runs there.</exception>
    public static RunDirectory Create(string path, SimulationConfig config, SimulationPlan plan, string fingerprint,
        (int Index, int Count)? task, bool overwrite = false)
    {
        RunFiles.ThrowIfTaken(path, overwrite);
        (string From, string Name)[] copies = [.. new[] { SystemLoader.Kind(config.Input ?? "") == "smiles" ? null : config.Input,
            config.Coordinates, config.ForceField }
            .OfType<string>().Where(File.Exists).Select(f => (f, System.IO.Path.GetFileName(f)))];
        if (config.Proposal is { } proposal)
            copies = [.. copies, (LearnedJump.Locate(proposal), LearnedJump.FileName)];
        string? trained = config.ForceField is null ? null : TrainedPotential.Locate(config.ForceField);
        if (trained is not null)
            copies = [.. copies.Where(c => c.From != config.ForceField), .. TrainedPotential.FilesOf(trained).Select(f =>
                (f, System.IO.Path.GetFileName(f)))];
        OutputFolder.ThrowIfInside(path, copies.Select(c => c.From));
        FileStream? @lock = null;
        try
        {
            Directory.CreateDirectory(path);
            @lock = Lock(path);
            RunFiles.ThrowIfTaken(path, overwrite); // another start may have come between
            RunFiles.Clear(path);
            SimulationConfig stored = config;
            if (config.Input is { } input && SystemLoader.Kind(input) != "smiles")
                stored = stored with { Input = System.IO.Path.GetFileName(input) };
            if (config.Coordinates is { } coordinates)
                stored = stored with { Coordinates = System.IO.Path.GetFileName(coordinates) };
            if (config.ForceField is { } forceField && File.Exists(forceField))
                stored = stored with { ForceField = System.IO.Path.GetFileName(forceField) };
            if (trained is not null)
                stored = stored with { ForceField = TrainedPotential.FileName };
            if (config.Proposal is not null)
                stored = stored with { Proposal = LearnedJump.FileName };
            var manifest = new Manifest(Manifest.CurrentSchema, Provenance.CurrentVersion, stored.Fingerprint(), fingerprint,
                copies.Length > 0 ? Manifest.Preparing : Manifest.Running,
                plan.Steps, task is { } t ? [t.Index, t.Count] : null, stored, []);
            var directory = new RunDirectory(path, manifest, @lock);
            directory.Flip(manifest); // first of all: from here on the folder is known to be ours
            directory.MakeFolders();
            foreach ((string from, string name) in copies)
                File.Copy(from, System.IO.Path.Combine(directory.InputFolder, name), true);
            directory.SetState(Manifest.Running);
            return directory;
        }
        catch (Exception e)
        {
            @lock?.Dispose();
            if (PendingFile.IsWriteFailure(e) && e is not IOException { InnerException: IOException })
                throw new IOException($"the run directory '{path}' cannot be written: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Whether a folder holds a run that can be continued.</summary>
    /// <exception cref="MoleculeFormatException">Its manifest is damaged.</exception>
    public static bool HasRun(string path) => File.Exists(System.IO.Path.Combine(path, Manifest.FileName))
        && Manifest.Read(path).State != Manifest.Preparing;

    /// <summary>Opens a run to read it; it may still be going.</summary>
    /// <exception cref="MoleculeFormatException">There is none, or its manifest is damaged.</exception>
    public static RunDirectory OpenToRead(string path) => new(path, Manifest.Read(path), null);

    /// <summary>Opens a run to continue it: checks every file that the manifest names, goes back one generation if the last one is damaged,
    /// and removes what no manifest names.</summary>
    /// <exception cref="MoleculeFormatException">There is no run, or more is damaged than can be recovered.</exception>
    /// <exception cref="IOException">Another process runs it.</exception>
    public static (RunDirectory Directory, Checkpoint? Checkpoint, string? Recovery) OpenToContinue(string path)
    {
        RunFiles.ThrowIfLinked(path);
        Manifest manifest = Manifest.Read(path);
        if (manifest.State == Manifest.Preparing)
            throw new MoleculeFormatException(path, 0, "the run was ended before it had begun: give the command that began it again");
        var directory = new RunDirectory(path, manifest, Lock(path));
        try
        {
            directory.MakeFolders(); // a kill may have come before them
            for (int g = 0; g + 1 < manifest.Generations.Count; g++)
                if (!IsWhole(directory.SegmentPath(manifest.Generations[g]), manifest.Generations[g].SegmentHash))
                    throw new MoleculeFormatException(System.IO.Path.Combine(path, RunFiles.Segments, manifest.Generations[g].Segment), 0,
                        "the file is missing or damaged and is not the last: frames of it are lost. Restore it, or begin anew; the other segments can still be exported");
            string? recovery = null;
            Checkpoint? checkpoint = null;
            int last = manifest.Generations.Count;
            for (; last > 0; last--)
            {
                Generation generation = manifest.Generations[last - 1];
                if (IsWhole(directory.SegmentPath(generation), generation.SegmentHash) && IsWhole(directory.CheckpointPath(last),
                    generation.CheckpointHash))
                {
                    checkpoint = ReadCheckpoint(directory.CheckpointPath(last));
                    break;
                }
                if (last + 1 < manifest.Generations.Count || (last > 1 && !File.Exists(directory.CheckpointPath(last - 1))))
                    throw new MoleculeFormatException(path, 0,
                        $"segment or checkpoint {last} is damaged, and there is no checkpoint before it to go back to");
                recovery = $"generation {last} was damaged and is computed again from step {(last > 1 ? manifest.Generations[last - 2].Steps : 0)}";
            }
            if (last < manifest.Generations.Count)
                directory.Flip(manifest with { State = Manifest.Running, Generations = [.. manifest.Generations.Take(last)] });
            RunFiles.Sweep(path, directory.Manifest.Generations.Count);
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
        string segment = Manifest.SegmentName(number);
        try
        {
            var metadata = new Dictionary<string, string> { ["molsampling.version"] = Provenance.CurrentVersion, ["molsampling.config"] =
                Manifest.ConfigHash, ["molsampling.system"] = Manifest.SystemFingerprint };
            string segmentHash;
            using (var file = new PendingFile(System.IO.Path.Combine(Path, RunFiles.Segments, segment)))
            {
                SegmentFile.WriteAsync(file.Stream, rows, metadata, Manifest.Config.ScaledTerms.Count > 0,
                    Manifest.Config.Pressure is not null).GetAwaiter().GetResult();
                file.Stream.Position = 0;
                segmentHash = Convert.ToHexStringLower(SHA256.HashData(file.Stream));
                file.Keep();
            }
            byte[] bytes = checkpoint.ToBytes();
            Write(CheckpointPath(number), bytes);
            Flip(Manifest with
            {
                State = state,
                Generations = [.. Manifest.Generations, new(segment, segmentHash, rows.Count, checkpoint.Steps,
                    Convert.ToHexStringLower(SHA256.HashData(bytes)))],
            });
            if (number > 2)
                File.Delete(CheckpointPath(number - 2));
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the run could not be written to '{Path}' ({e.Message}); everything up to step {Manifest.Steps} is safe",
                e);
        }
    }

    /// <summary>Gives the run another end; what it has stays.</summary>
    /// <param name="time">Of each replica's trajectory, "20ns".</param>
    /// <returns>The plan.</returns>
    /// <exception cref="ArgumentException">No time, or one that is over already.</exception>
    public SimulationPlan Extend(string time)
    {
        SimulationConfig config = Manifest.Config with { Time = time };
        SimulationPlan plan = config.Plan();
        if (plan.Steps < Manifest.Steps)
            throw new ArgumentException($"--time {time} is over already: {Manifest.Steps} steps of {Manifest.Config.TimeStep} are done");
        if (plan.Steps != Manifest.StepsTotal)
            Flip(Manifest with { Config = config, ConfigHash = config.Fingerprint(), StepsTotal = plan.Steps,
                State = plan.Steps == Manifest.Steps ? Manifest.Done : Manifest.Running });
        return plan;
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

    private void MakeFolders()
    {
        foreach (string folder in new[] { RunFiles.Segments, RunFiles.Checkpoints, RunFiles.Input })
            Directory.CreateDirectory(System.IO.Path.Combine(Path, folder));
    }

    private static Checkpoint ReadCheckpoint(string path)
    {
        try
        {
            return Checkpoint.FromBytes(File.ReadAllBytes(path));
        }
        catch (InvalidDataException e)
        {
            throw new MoleculeFormatException(path, 0, e.Message);
        }
    }

    private string EventsPath => System.IO.Path.Combine(Path, "events.log");

    private string CheckpointPath(int number) => System.IO.Path.Combine(Path, RunFiles.Checkpoints, Manifest.CheckpointName(number));

    private void Flip(Manifest manifest)
    {
        WriteText(Manifest.FileName, manifest.ToJson());
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

    private static FileStream Lock(string path)
    {
        try
        {
            return new(System.IO.Path.Combine(path, RunFiles.LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (Directory.Exists(path))
        {
            throw new IOException($"another process is running '{path}'", e);
        }
    }
}
