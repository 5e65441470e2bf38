using System.Globalization;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;

namespace MolSampling.Molecular.Conformers;

/// <summary>
/// A run over a list in its folder, by one process or by tasks that share the folder. run.json says which run it is; which molecules are done is which parts are there, so a run goes on after a
/// kill, however the list is cut. Whoever finds all parts puts the files together. A molecule's result follows from the settings and the molecule alone. A single molecule is no list: it leaves
/// no run.json, and the next one may take its folder.
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

    private ConformerRun(string folder, ConformerOutput output, ConformerManifest manifest, MoleculeList list, (int Index, int Count) task, bool isList, FileStream? @lock)
    {
        (_folder, _output, _manifest, _list, _task, IsList, _lock) = (folder, output, manifest, list, task, isList, @lock);
        Total = Enumerable.Range(1, Entries).Count(IsMine);
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

    /// <summary>Entries of this task that gave no ensemble.</summary>
    public IReadOnlyList<MoleculeOutcome> Failures => _failures;

    /// <summary>Begins a run, or goes on with it.</summary>
    /// <param name="folder">Of the results.</param>
    /// <param name="list">The molecules.</param>
    /// <param name="options">The settings.</param>
    /// <param name="task">Number and count of a task; null for all of the list.</param>
    /// <param name="restart">Whether a run in the folder is thrown away.</param>
    /// <exception cref="ArgumentException">The folder holds another run.</exception>
    /// <exception cref="IOException">It cannot be written, or another process does the same.</exception>
    public static ConformerRun Open(string folder, MoleculeList list, ConformerOptions options, (int Index, int Count)? task = null, bool restart = false)
    {
        if (restart && task is not null)
            throw new ArgumentException("--restart would throw away what other tasks have done: remove the folder, or restart without --task-index");
        bool isList = list.Count > 1 || task is not null;
        if (restart)
            ThrowAway(folder, options);
        ConformerManifest manifest = ConformerManifest.Of(list, options);
        if (!isList)
        {
            ThrowIfOther(folder, null);
            return new(folder, new(folder, options, string.Create(CultureInfo.InvariantCulture, $"conformers.{Environment.ProcessId}.parts")), manifest, list, (0, 1), false, null);
        }
        ConformerOutput output = Begin(folder, list, options, manifest);
        (int Index, int Count) cut = task ?? (0, 1);
        FileStream @lock = output.Lock(string.Create(CultureInfo.InvariantCulture, $"task-{cut.Index}-of-{cut.Count}"));
        return new(folder, output, manifest, MoleculeList.Open(InputIn(output, list)), cut, true, @lock);
    }

    /// <summary>Opens a run as far as it has come, to put its files together.</summary>
    /// <exception cref="ArgumentException">The folder holds no run of this list under these settings.</exception>
    public static ConformerRun OpenToMerge(string folder, MoleculeList list, ConformerOptions options)
    {
        var manifest = ConformerManifest.Of(list, options);
        if (!ThrowIfOther(folder, manifest))
            throw new ArgumentException($"'{folder}' holds no run of a list");
        return new(folder, new(folder, options), manifest, list, (0, 1), true, null);
    }

    /// <summary>Makes a run before its tasks start, so that they find it.</summary>
    /// <exception cref="ArgumentException">The folder holds another run.</exception>
    public static void Prepare(string folder, MoleculeList list, ConformerOptions options)
    {
        if (Finished(folder, list, options) is null)
            Begin(folder, list, options, ConformerManifest.Of(list, options));
    }

    /// <summary>For a run of this list under these settings whose files are there: how many molecules failed, by their input and otherwise. Null if it is not done, or another run.</summary>
    public static (int Input, int Run)? Finished(string folder, MoleculeList list, ConformerOptions options) =>
        ConformerManifest.Read(folder) is { IsDone: true } m && m.Difference(ConformerManifest.Of(list, options)) is null ? (m.InputFailures, m.RunFailures) : null;

    /// <summary>The entries of this task that are not done, in order.</summary>
    public IEnumerable<(int Number, MoleculeEntry Entry)> Pending() => _list.Entries().Where(e => IsMine(e.Number) && !_output.Has(e.Number));

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

    /// <summary>Writes the four files from what is done; once that is all, the run is finished and its parts go. Nothing is written if no molecule gave an ensemble.</summary>
    /// <param name="summary">Gets a copy of summary.json; may be null.</param>
    /// <returns>Names of the files; null if another process is putting them together now.</returns>
    public IReadOnlyList<string>? Write(Stream? summary = null)
    {
        using FileStream? writing = _output.TryLock("files");
        if (writing is null)
            return null;
        bool isWhole = Missing() == 0;
        IReadOnlyList<string> names = _output.Write(Entries, summary);
        if (!isWhole)
            return names;
        if (IsList && names.Count > 0)
        {
            MoleculeOutcome[] failures = [.. _output.Outcomes().Where(o => o.Status == ConformerStatus.Failed)];
            (_manifest with { IsDone = true, InputFailures = failures.Count(f => f.IsInputError), RunFailures = failures.Count(f => !f.IsInputError) }).Write(_folder);
        }
        _output.ClearParts();
        if (names.Count == 0)
            File.Delete(ConformerManifest.PathIn(_folder)); // nothing to keep: the next run may take the folder
        return names;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock?.Dispose();
        if (!IsList && Directory.Exists(_output.PartsFolder))
            _output.ClearParts(); // an accident before the end: nobody will come back for a single molecule's
    }

    private bool IsMine(int number) => (number - 1) % _task.Count == _task.Index;

    private static ConformerOutput Begin(string folder, MoleculeList list, ConformerOptions options, ConformerManifest manifest)
    {
        bool isThere = ThrowIfOther(folder, manifest);
        var output = new ConformerOutput(folder, options);
        if (isThere)
            return output;
        if (output.Outcomes().Any() && ConformerManifest.Read(folder) is null) // read again: another task may have begun meanwhile
            throw new ArgumentException($"'{output.PartsFolder}' holds parts of an unknown run: remove it, or choose another --output");
        using (var copy = new PendingFile(InputIn(output, list))) // a list that is edited during the run changes nothing
        {
            using FileStream original = File.OpenRead(list.Path!);
            original.CopyTo(copy.Stream);
            copy.Keep();
        }
        manifest.Write(folder);
        return output;
    }

    /// <summary>Whether the folder holds the run that is asked for; null asks for none.</summary>
    private static bool ThrowIfOther(string folder, ConformerManifest? asked)
    {
        if (ConformerManifest.Read(folder) is not { } present)
            return false;
        if ((asked is null ? $"it is of the list {present.Input}" : present.Difference(asked)) is { } difference)
            throw new ArgumentException($"'{folder}' holds another run ({difference}): choose another --output, or begin anew with --restart");
        return true;
    }

    /// <summary>The parts first: without run.json nobody would know whose they are.</summary>
    private static void ThrowAway(string folder, ConformerOptions options)
    {
        if (!File.Exists(ConformerManifest.PathIn(folder)))
            return;
        var output = new ConformerOutput(folder, options);
        output.ThrowIfBusy();
        output.ClearParts();
        File.Delete(ConformerManifest.PathIn(folder));
    }

    private static string InputIn(ConformerOutput output, MoleculeList list) => Path.Combine(output.PartsFolder, Path.GetFileName(list.Path!));
}
