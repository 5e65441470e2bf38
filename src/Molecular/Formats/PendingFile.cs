namespace MolSampling.Molecular.Formats;

/// <summary>A file that appears whole or not at all: written beside its place under a temporary name, renamed at the end, removed if that
/// is not reached.</summary>
internal sealed class PendingFile : IDisposable
{
    private const string Suffix = ".part";

    private static int s_opened; // in this process

    private readonly string _path, _temporary;
    private bool _kept;

    /// <summary>Opens the temporary file.</summary>
    /// <exception cref="IOException">The folder cannot be written, or the path is that of a folder, a device or a pipe, whose place a file
    /// must not take.</exception>
    public PendingFile(string path)
    {
        if (Directory.Exists(path) || (File.Exists(path) && InputFile.WhyNot(path) is not null))
            throw new IOException($"'{path}' {InputFile.WhyNot(path)}: it cannot be written to");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"'{path}' cannot be written: there is no folder '{folder}'");
        // two writers of one file have two numbers, also in one process
        (_path, _temporary) = (path, $"{path}.{Environment.ProcessId}{Interlocked.Increment(ref s_opened):d9}{Suffix}");
        File.Delete(_temporary); // of an earlier process with our number, or a link that somebody has put there
        try
        {
            Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (FileNotFoundException e) // what systems say whose folders take no files, as /proc
        {
            throw new IOException($"'{path}' cannot be written", e);
        }
    }

    /// <summary>What is written to.</summary>
    public FileStream Stream { get; }

    /// <summary>Flushes and takes the place of an existing file, in one step.</summary>
    /// <exception cref="IOException">The disk is full, or the file cannot be replaced.</exception>
    public void Keep()
    {
        Stream.Flush(true);
        Stream.Dispose();
        File.Move(_temporary, _path, true);
        _kept = true;
    }

    /// <summary>Whether an exception says that a file cannot be written; a file that reaches a limit of its system comes as an
    /// ArgumentOutOfRangeException from .NET.</summary>
    public static bool IsWriteFailure(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Whether a path is the temporary one of some process that writes a file of this name.</summary>
    public static bool IsPendingOf(string path, string name)
    {
        ReadOnlySpan<char> file = Path.GetFileName(path.AsSpan());
        return file.StartsWith(name + ".", StringComparison.Ordinal) && file.EndsWith(Suffix, StringComparison.Ordinal)
            && file.Length > name.Length + 1 + Suffix.Length && file[(name.Length + 1)..^Suffix.Length].IndexOfAnyExceptInRange('0',
                '9') < 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Stream.Dispose(); // may try to flush to a full disk
        }
        catch (Exception e) when (IsWriteFailure(e))
        {
        }
        if (!_kept)
            File.Delete(_temporary);
    }
}
