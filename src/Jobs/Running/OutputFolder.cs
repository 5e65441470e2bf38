using System.Text.Encodings.Web;
using System.Text.Json;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Running;

/// <summary>
/// The one rule for every folder of results: it is new or empty, or it holds a run of the same command, which that run's
/// manifest says; anything else is somebody's and is refused. Overwriting removes the files that the manifest names and no
/// others. A link inside of the folder is never followed.
/// </summary>
internal static class OutputFolder
{
    /// <summary>Name of the manifest of commands that leave a handful of files.</summary>
    public const string ManifestFile = "run.json";

    private const int Schema = 1;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private sealed record Manifest(int Schema, string Command, string Program, IReadOnlyList<string> Files);

    /// <summary>Sees, before any work is done, whether <see cref="Claim"/> will take a folder.</summary>
    /// <inheritdoc cref="Claim"/>
    public static void ThrowIfTaken(string folder, string command, bool overwrite, string instead = "")
    {
        if (IsFree(folder))
            return;
        if (Read(folder, command) is null)
            throw Foreign(folder, command);
        if (!overwrite)
            throw Taken(folder, command, instead);
    }

    /// <summary>Takes a folder for a command's files, before any of them is written.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="command">Its name, as in run.json.</param>
    /// <param name="files">Names of all files that it may write there.</param>
    /// <param name="overwrite">Whether an earlier run of the command is removed.</param>
    /// <param name="instead">What else can be done about an earlier run, for the message.</param>
    /// <exception cref="ArgumentException">The folder is somebody's, or holds an earlier run that is not to be overwritten.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Claim(string folder, string command, IReadOnlyList<string> files, bool overwrite, string instead = "")
    {
        ThrowIfTaken(folder, command, overwrite, instead);
        if (Read(folder, command) is { } earlier)
            Remove(folder, earlier.Files); // the manifest stays until the new one takes its place
        try
        {
            Directory.CreateDirectory(folder);
            using var file = new PendingFile(Path.Combine(folder, ManifestFile));
            JsonSerializer.Serialize(file.Stream, new Manifest(Schema, command, Provenance.CurrentVersion, files), s_json);
            file.Keep();
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the output folder '{folder}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Whether nothing is in the folder, or it is not there. A manifest that is being written counts as nothing: tasks that begin
    /// together do not refuse each other.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="manifest">Name of the command's manifest.</param>
    /// <param name="lock">Name of a file that a start leaves before its manifest, empty; null for none.</param>
    public static bool IsFree(string folder, string manifest = ManifestFile, string? @lock = null) => File.Exists(folder)
        ? throw new ArgumentException($"'{folder}' is a file: --output names a folder")
        : !Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).All(e => PendingFile.IsPendingOf(e, manifest)
            || (Path.GetFileName(e) == @lock && new FileInfo(e) is { Exists: true, Length: 0, LinkTarget: null }));

    /// <summary>Says that a folder is somebody's.</summary>
    public static ArgumentException Foreign(string folder, string command) =>
        new($"'{folder}' is not empty and holds no run of 'molsampling {command}': choose another --output");

    /// <summary>Says that a folder holds an earlier run.</summary>
    public static ArgumentException Taken(string folder, string command, string instead = "") =>
        new($"'{folder}' holds an earlier run of 'molsampling {command}': {instead}choose another --output, or replace it with --overwrite");

    /// <summary>Makes sure that parts of a folder are what they seem to be.</summary>
    /// <exception cref="ArgumentException">One is a link: what is done there would be done elsewhere.</exception>
    public static void ThrowIfLinked(string folder, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (new FileInfo(Path.Combine(folder, name)).LinkTarget is not null)
                throw new ArgumentException($"'{Path.Combine(folder, name)}' is a link: nothing outside of the folder is touched, remove it");
    }

    /// <summary>Makes sure that no input lies where an earlier run is removed.</summary>
    /// <exception cref="ArgumentException">One does.</exception>
    public static void ThrowIfInside(string folder, IEnumerable<string> inputs)
    {
        string top = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        if (inputs.FirstOrDefault(i => Path.GetFullPath(i).StartsWith(top, StringComparison.Ordinal)) is { } inside)
            throw new ArgumentException($"the input '{inside}' lies in the output folder '{folder}': choose another --output");
    }

    /// <summary>Name of the file of <see cref="Hold"/>.</summary>
    public const string LockFile = "lock";

    /// <summary>Keeps other processes out of a folder until it is disposed of; the system forgets it when the process ends, however it
    /// ends.</summary>
    /// <exception cref="IOException">Another process works there.</exception>
    public static FileStream Hold(string folder)
    {
        try
        {
            return new(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(Path.Combine(folder, LockFile)))
        {
            throw new IOException($"{folder}: another process works here", e);
        }
    }

    /// <summary>Sees that nobody works in a folder whose earlier run is to be replaced.</summary>
    /// <exception cref="IOException">Another process does.</exception>
    public static void ThrowIfHeld(string folder)
    {
        if (File.Exists(Path.Combine(folder, LockFile)))
            Hold(folder).Dispose();
    }

    /// <summary>Removes files by name; of a link the link itself. Those that are not there are passed over.</summary>
    public static void Remove(string folder, IEnumerable<string> names)
    {
        foreach (string name in names)
            if (Path.Combine(folder, name) is var path && File.Exists(path))
                File.Delete(path);
    }

    private static Manifest? Read(string folder, string command)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(Path.Combine(folder, ManifestFile)),
                s_json) is { Schema: Schema } m && m.Command == command
                && m.Files.All(f => f.Length > 0 && f == Path.GetFileName(f)) ? m : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null;
        }
    }
}
