using System.Globalization;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>
/// A run in its folder, by one process or by tasks that share the folder. run.json says which run it is; which molecules are
/// done is which parts are there, so a run goes on after a kill, however the list is cut. Whoever finds all parts puts the
/// files together. A molecule's result follows from the settings and the molecule alone.
/// </summary>
public sealed class ConformerRun : IDisposable
{
    private readonly string _folder;
    private readonly ConformerOutput _output;
    private readonly ConformerManifest _manifest;
    private readonly MoleculeList _list;
    private readonly (int Index, int Count) _task;
    private readonly FileStream? _lock;
    private readonly List<MoleculeOutcome> _failures = [];
    private bool _written, _madeFolder;

    private ConformerRun(string folder, ConformerOutput output, ConformerManifest manifest, MoleculeList list, (int Index, int Count) task,
        bool isList, FileStream? @lock)
    {
        (_folder, _output, _manifest, _list, _task, IsList, _lock) = (folder, output, manifest, list, task, isList, @lock);
        Total = Enumerable.Range(1, Entries).Count(IsMine);
        Damaged = [.. output.SetDamagedAside(IsMine)];
        foreach (MoleculeOutcome outcome in output.Outcomes().Where(o => IsMine(o.Number)))
        {
            Done++;
            if (outcome.Status == ConformerStatus.Failed)
                _failures.Add(outcome);
        }
    }

    /// <summary>Whether the run can go on after a kill.</summary>
    public bool IsList { get; }

    /// <summary>Entries of the whole list.</summary>
    public int Entries => _list.Count;

    /// <summary>Entries of this task.</summary>
    public int Total { get; }

    /// <summary>Entries of this task that are done.</summary>
    public int Done { get; private set; }

    /// <summary>Entries of this task whose parts were damaged after they were written, with the files: they are pending again.</summary>
    public IReadOnlyList<(int Number, string File)> Damaged { get; }

    /// <summary>Entries of this task that gave no ensemble.</summary>
    public IReadOnlyList<MoleculeOutcome> Failures => _failures;

    /// <summary>Begins a run, or goes on with it.</summary>
    /// <param name="folder">Of the results.</param>
    /// <param name="list">The molecules.</param>
    /// <param name="options">The settings.</param>
    /// <param name="task">Number and count of a task; null for all of the list.</param>
    /// <param name="overwrite">Whether a run in the folder is removed, be it this one or another.</param>
    /// <exception cref="ArgumentException">The folder holds another run, or what is no run.</exception>
    /// <exception cref="IOException">It cannot be written, or another process does the same.</exception>
    public static ConformerRun Open(string folder, MoleculeList list, ConformerOptions options, (int Index, int Count)? task = null,
        bool overwrite = false)
    {
        if (overwrite && task is not null)
            throw new ArgumentException("--overwrite would remove what other tasks have done: remove the folder, or give it without --task-index");
        ConformerManifest manifest = ConformerManifest.Of(list, options);
        if (overwrite && !OutputFolder.IsFree(folder))
        {
            OutputFolder.ThrowIfInside(folder, list.Path is { } input ? [input] : []);
            Clear(folder, options);
            manifest.Write(folder);
        }
        bool isNew = !Directory.Exists(folder);
        ConformerOutput output = Begin(folder, list, options, manifest);
        (int Index, int Count) cut = task ?? (0, 1);
        FileStream @lock = output.Lock(string.Create(CultureInfo.InvariantCulture, $"task-{cut.Index}-of-{cut.Count}"));
        // a list that is edited during the run changes nothing
        return new(folder, output, manifest, list.Path is null ? list : MoleculeList.Open(CopyIn(output, list),
            options.Stereo == StereoHandling.Enumerate), cut, list.Count > 1 || task is not null, @lock) { _madeFolder = isNew };
    }

    /// <summary>Opens a run as far as it has come, to put its files together.</summary>
    /// <exception cref="ArgumentException">The folder holds no run of this list under these settings.</exception>
    public static ConformerRun OpenToMerge(string folder, MoleculeList list, ConformerOptions options)
    {
        var manifest = ConformerManifest.Of(list, options);
        if (!ThrowIfOther(folder, manifest))
            throw new ArgumentException($"'{folder}' holds no run of 'molsampling conformers'");
        return new(folder, new(folder, options), manifest, list, (0, 1), true, null);
    }

    /// <summary>Makes a run before its tasks start, so that they find it.</summary>
    /// <exception cref="ArgumentException">The folder holds another run.</exception>
    public static void Prepare(string folder, MoleculeList list, ConformerOptions options)
    {
        if (Finished(folder, list, options) is null)
            Begin(folder, list, options, ConformerManifest.Of(list, options));
    }

    /// <summary>For a run of this list under these settings whose files are there: how many molecules failed, by their input and otherwise.
    /// Null if it is not done, or another run.</summary>
    public static (int Input, int Run)? Finished(string folder, MoleculeList list, ConformerOptions options) =>
        ConformerManifest.Read(folder) is { IsDone: true } m && m.Difference(ConformerManifest.Of(list, options)) is null
            ? (m.InputFailures, m.RunFailures) : null;

    /// <summary>The entries of this task that are not done, in order.</summary>
    public IEnumerable<(int Number, MoleculeEntry Entry)> Pending() => _list.Entries().Where(e => IsMine(e.Number)
        && !_output.Has(e.Number));

    /// <summary>Takes one molecule's result, and gives it back with what the output has to say about it: from here on it is safe.</summary>
    public ConformerResult Add(int number, MoleculeEntry entry, ConformerResult result, RDKitMolecule? molecule)
    {
        result = _output.Add(result, molecule, number, entry.Line);
        Done++;
        if (result.Status == ConformerStatus.Failed)
            _failures.Add(new(number, entry.Line, result.Name, result.Status, result.Reason, result.IsInputError));
        return result;
    }

    /// <summary>Entries of the whole list that are not done.</summary>
    public int Missing() => Enumerable.Range(1, Entries).Count(n => !_output.Has(n));

    /// <summary>Writes the files from what is done; once that is all, the run is finished and its parts go. Nothing is written if no
    /// molecule gave an ensemble.</summary>
    /// <param name="summary">Gets a copy of summary.json; may be null.</param>
    /// <param name="interrupted">Whether a single molecule was stopped: the files hold what it has, and the same command begins it
    /// anew.</param>
    /// <returns>Names of the files; null if another process is putting them together now.</returns>
    public IReadOnlyList<string>? Write(Stream? summary = null, bool interrupted = false)
    {
        using FileStream? writing = _output.TryLock("files");
        if (writing is null)
            return null;
        bool isWhole = Missing() == 0;
        IReadOnlyList<string> names = _output.Write(Entries, summary);
        if (!isWhole)
            return names;
        if (names.Count > 0 && !interrupted)
        {
            MoleculeOutcome[] failures = [.. _output.Outcomes().Where(o => o.Status == ConformerStatus.Failed)];
            (_manifest with { IsDone = true, InputFailures = failures.Count(f => f.IsInputError),
                RunFailures = failures.Count(f => !f.IsInputError) }).Write(_folder);
        }
        _output.ClearParts(CopyName(_list));
        if (names.Count == 0)
            LeaveNothing();
        _written = true;
        return names;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock?.Dispose();
        if (IsList || _written || !Directory.Exists(_output.PartsFolder))
            return;
        _output.ClearParts(CopyName(_list)); // an accident before the end: nobody will come back for a single molecule's
        if (!_output.HasFiles)
            LeaveNothing();
    }

    /// <summary>There is nothing to keep: the next run may take the folder, and one that this run has made goes.</summary>
    private void LeaveNothing()
    {
        File.Delete(ConformerManifest.PathIn(_folder));
        if (_madeFolder && !Directory.EnumerateFileSystemEntries(_folder).Any())
            Directory.Delete(_folder);
    }

    private bool IsMine(int number) => (number - 1) % _task.Count == _task.Index;

    private static ConformerOutput Begin(string folder, MoleculeList list, ConformerOptions options, ConformerManifest manifest)
    {
        if (!ThrowIfOther(folder, manifest))
        {
            if (!OutputFolder.IsFree(folder) && !ThrowIfOther(folder, manifest)) // looked at again: another task may have begun meanwhile
                throw OutputFolder.Foreign(folder, ConformerManifest.CommandName);
            ConformerOutput.MakeFolder(folder);
            manifest.Write(folder); // before anything else is in the folder: tasks that begin together know each other by it
        }
        var output = new ConformerOutput(folder, options);
        if (list.Path is not null && !File.Exists(CopyIn(output, list)))
        {
            using var copy = new PendingFile(CopyIn(output, list));
            using FileStream original = File.OpenRead(list.Path);
            original.CopyTo(copy.Stream);
            copy.Keep();
        }
        return output;
    }

    /// <summary>Whether the folder holds the run that is asked for.</summary>
    private static bool ThrowIfOther(string folder, ConformerManifest asked)
    {
        if (ConformerManifest.Read(folder) is not { } present)
            return false;
        return present.Difference(asked) is { } difference
            ? throw new ArgumentException($"'{folder}' holds another run ({difference}): choose another --output, or replace it with --overwrite") : true;
    }

    /// <summary>Removes a run but for run.json, by which the folder is known to be ours.</summary>
    private static void Clear(string folder, ConformerOptions options)
    {
        ConformerManifest present = ConformerManifest.Read(folder) ?? throw OutputFolder.Foreign(folder, ConformerManifest.CommandName);
        var output = new ConformerOutput(folder, options);
        output.ThrowIfBusy();
        output.ClearParts(Path.GetFileName(present.Input));
        output.ClearFiles(present.Formats);
    }

    private static string? CopyName(MoleculeList list) => list.Path is { } path ? Path.GetFileName(path) : null;

    private static string CopyIn(ConformerOutput output, MoleculeList list) => Path.Combine(output.PartsFolder, CopyName(list)!);
}
