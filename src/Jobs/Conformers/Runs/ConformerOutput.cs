using System.Globalization;
using System.Text;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Reports;
using MolSampling.Jobs.Running;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>
/// The folder that a conformer run leaves behind: ensemble.parquet, conformers.sdf, report.html, summary.json, and what the options ask for
/// beside them (<see cref="ConformerFormats"/>). Each molecule is a part below conformers.parts/ as soon as it is done; the files are put
/// together from the parts, one in memory at a time, and appear only when all are whole.
/// </summary>
public sealed class ConformerOutput
{
    private static readonly (string Kind, string File)[] s_usual = [("ensemble", "ensemble.parquet"), ("conformers", ConformerTexts.Sdf),
        ("report", "report.html"), ("summary", "summary.json")];

    private const string PartsName = "conformers.parts", PartExtension = ".zip", DamagedExtension = ".damaged", LockExtension = ".lock";

    private readonly string _folder;
    private readonly ConformerOptions _options;
    private readonly Provenance _provenance;
    private readonly Dictionary<string, string> _names; // by kind, the usual ones first

    /// <summary>Makes sure that the folder can be written, before any work is done.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="IOException">It cannot.</exception>
    /// <exception cref="ArgumentException">There is no such unit of energies.</exception>
    public ConformerOutput(string folder, ConformerOptions options)
    {
        (_folder, _options, PartsFolder) = (folder, options, Path.Combine(folder, PartsName));
        OutputFolder.ThrowIfLinked(folder, PartsName);
        _provenance = new(Provenance.CurrentVersion, options.Seed, options.ForceFieldName, options.Temperature);
        _names = Names(options.Formats);
        _ = EnergyUnit.Factor(options.EnergyUnit);
        MakeFolder(PartsFolder);
    }

    /// <summary>Makes a folder and sees whether it can be written.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    internal static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var probe = new PendingFile(Path.Combine(folder, OutputFolder.ManifestFile));
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the output folder '{folder}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Where the parts are.</summary>
    internal string PartsFolder { get; }

    /// <summary>Whether an entry has its part.</summary>
    public bool Has(int number) => File.Exists(PartPath(number));

    /// <summary>Takes one molecule's result, and gives it back with notes on what the files leave out.</summary>
    /// <param name="result">Finished, partial or failed.</param>
    /// <param name="molecule">The result's; null if it could not be read.</param>
    /// <param name="number">Of the entry, from 1: the order in the files.</param>
    /// <param name="line">Of the entry in its file; 0 for none.</param>
    /// <exception cref="IOException">A full disk, for example: nothing half-written stays.</exception>
    public ConformerResult Add(ConformerResult result, RDKitMolecule? molecule, int number = 1, int line = 0)
    {
        ConformerSelection selection = ConformerSelection.Of(result.Basins, _options);
        if (selection.Note is { } note)
            result = result with { Notes = [.. result.Notes, note] };
        ConformerTexts? texts = result.Status == ConformerStatus.Failed ? null
            : ConformerTexts.Of(result, selection.Written, molecule!, _options);
        result = result with { Notes = [.. result.Notes, .. texts?.Notes ?? []] };
        var outcome = new MoleculeOutcome(number, line, result.Name, result.Status, result.Reason, result.IsInputError);
        Writing(() => ConformerPart.Write(PartPath(number), outcome, result, texts, molecule, _provenance));
        return result;
    }

    /// <summary>How the entries with a part ended, in order.</summary>
    public IEnumerable<MoleculeOutcome> Outcomes() => Parts(p => p.Outcome());

    /// <summary>Writes the files from the parts; none if no molecule gave an ensemble, so that earlier results in the folder
    /// stay.</summary>
    /// <param name="entries">In the whole list; the summary says it.</param>
    /// <param name="summary">Gets a copy of summary.json, also if no file is written; may be null.</param>
    /// <returns>Names of the files.</returns>
    /// <exception cref="IOException">A disk that is full, for example; nothing half-written stays.</exception>
    public IReadOnlyList<string> Write(int entries, Stream? summary = null)
    {
        MoleculeOutcome[] failures = [.. Outcomes().Where(o => o.Status == ConformerStatus.Failed)];
        bool isEmpty = failures.Length == PartPaths().Count;
        void Summarise(Stream stream) => SummaryJson.Write(stream, Parts(p => p.Summary()), entries, failures, _provenance, isEmpty ? []
            : _names);
        if (!isEmpty)
            Writing(() => WriteFiles(entries, Summarise));
        if (summary is not null)
            Summarise(summary);
        return isEmpty ? [] : [.. _names.Values];
    }

    private void WriteFiles(int entries, Action<Stream> summarise)
    {
        var files = new List<PendingFile>();
        try
        {
            foreach ((string kind, string name) in _names)
            {
                var file = new PendingFile(Path.Combine(_folder, name));
                files.Add(file);
                switch (kind)
                {
                    case "ensemble":
                        EnsembleColumn[] columns = [.. Parts(p => p.Columns()).SelectMany(c => c).DistinctBy(c => c.Name)];
                        EnsembleFile.WriteAsync(file.Stream, Parts(p => p.Rows(columns)).SelectMany(r => r), _provenance, columns)
                            .GetAwaiter().GetResult();
                        break;
                    case "report":
                        WriteText(file, writer => HtmlReport.Write(writer, Parts(p => HtmlReport.Row(p.Outcome(), p.Summary())),
                            Parts(p => p.ReportJson()), entries, _provenance, _options.EnergyUnit));
                        break;
                    case "summary":
                        summarise(file.Stream);
                        break;
                    default:
                        WriteText(file, writer =>
                        {
                            writer.Write(ConformerTexts.Head(name, _options.EnergyUnit));
                            foreach (string piece in Parts(p => p.Text(name)))
                                writer.Write(piece);
                        });
                        break;
                }
            }
            foreach (PendingFile file in files)
                file.Keep();
        }
        finally
        {
            foreach (PendingFile file in files)
                file.Dispose();
        }
    }

    /// <summary>Removes the parts with their folder, unless others have put something there.</summary>
    /// <param name="list">Name of the copied list; null for none.</param>
    public void ClearParts(string? list = null)
    {
        OutputFolder.ThrowIfLinked(_folder, PartsName);
        foreach (string path in Directory.EnumerateFiles(PartsFolder).ToArray())
        {
            string name = Path.GetFileName(path);
            string kept = name.EndsWith(DamagedExtension, StringComparison.Ordinal) ? name[..^DamagedExtension.Length] : name;
            if (IsPartName(kept) || name.EndsWith(LockExtension, StringComparison.Ordinal) || name == list
                || (name.Length > 11 && IsPartName(name[..11]) && PendingFile.IsPendingOf(path, name[..11])))
                File.Delete(path);
        }
        if (!Directory.EnumerateFileSystemEntries(PartsFolder).Any())
            Directory.Delete(PartsFolder);
    }

    /// <summary>Removes the files of a run.</summary>
    /// <param name="formats">What the run wrote beside the usual ones.</param>
    internal void ClearFiles(ConformerFormats formats) => OutputFolder.Remove(_folder, Names(formats).Values);

    /// <summary>Whether results are there.</summary>
    internal bool HasFiles => _names.Values.Any(name => File.Exists(Path.Combine(_folder, name)));

    /// <summary>Puts parts aside that were damaged after they were written; their molecules are not done.</summary>
    /// <param name="isMine">Entries to look at: other tasks look at theirs.</param>
    /// <returns>The entries' numbers, and the files.</returns>
    internal List<(int Number, string File)> SetDamagedAside(Func<int, bool> isMine)
    {
        var damaged = new List<(int Number, string File)>();
        foreach (string path in PartPaths())
        {
            int number = int.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);
            if (!isMine(number) || ConformerPart.IsWhole(path))
                continue;
            Writing(() => File.Move(path, path + DamagedExtension, true));
            damaged.Add((number, path));
        }
        return damaged;
    }

    /// <summary>Takes the lock of a piece of work.</summary>
    /// <exception cref="IOException">Another process has it.</exception>
    internal FileStream Lock(string work) => TryLock(work) ?? throw new IOException($"another process is at work in '{_folder}' ({work})");

    /// <summary>Makes sure that nobody is at work on the parts.</summary>
    /// <exception cref="IOException">Somebody is.</exception>
    internal void ThrowIfBusy()
    {
        foreach (string file in Directory.GetFiles(PartsFolder, "*" + LockExtension))
            Lock(Path.GetFileNameWithoutExtension(file)).Dispose();
    }

    /// <summary>Takes the lock of a piece of work; null if another process has it, which the system forgets when that ends, however it
    /// ends.</summary>
    internal FileStream? TryLock(string work)
    {
        try
        {
            return new(Path.Combine(PartsFolder, work + LockExtension), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (Directory.Exists(PartsFolder))
        {
            return null;
        }
    }

    private string PartPath(int number) => Path.Combine(PartsFolder, string.Create(CultureInfo.InvariantCulture,
        $"{number:d7}{PartExtension}"));

    /// <summary>In the order of the entries: the names have all their zeros.</summary>
    private List<string> PartPaths() =>
        [.. Directory.EnumerateFiles(PartsFolder).Where(p => IsPartName(Path.GetFileName(p))).Order(StringComparer.Ordinal)];

    private static bool IsPartName(string name) =>
        name.Length == 7 + PartExtension.Length && name.EndsWith(PartExtension, StringComparison.Ordinal)
            && !name.AsSpan(0, 7).ContainsAnyExceptInRange('0', '9');

    private IEnumerable<T> Parts<T>(Func<ConformerPart, T> read)
    {
        foreach (string path in PartPaths())
        {
            using ConformerPart part = ConformerPart.Open(path);
            yield return read(part);
        }
    }

    private static Dictionary<string, string> Names(ConformerFormats formats)
    {
        var names = s_usual.ToDictionary(f => f.Kind, f => f.File);
        foreach ((_, string kind, string file) in ConformerFormatNames.Of(formats))
            names.Add(kind, file);
        return names;
    }

    private void Writing(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the results could not be written to '{_folder}': {e.Message}", e);
        }
    }

    private static void WriteText(PendingFile file, Action<TextWriter> write)
    {
        using var writer = new StreamWriter(file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    }
}
