using System.Globalization;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Simulation;

/// <summary>Which files in a run directory are the run's own, and what may be done to them: what others have put there (exports, reports,
/// notes) is theirs, and nothing outside of the folder is touched.</summary>
internal static class RunFiles
{
    public const string Segments = "segments", Checkpoints = "checkpoint", Input = "input", PostMortems = "postmortem", LockFile = "lock";

    private const string SegmentExtension = ".parquet", CheckpointExtension = ".bin", DumpExtension = ".json", Dumps = "replica-*-step-*";
    private const int Digits = 6;

    /// <summary>Small files that the run alone writes. Not the report: another process may be writing that at any moment.</summary>
    private static readonly string[] s_small = [Manifest.FileName, "status.json", "metrics.csv", "events.log"];

    /// <summary>Refuses a folder that a new run may not take.</summary>
    /// <exception cref="ArgumentException">It holds a run, or what is none, or a link.</exception>
    /// <exception cref="MoleculeFormatException">It holds a damaged run.</exception>
    public static void ThrowIfTaken(string path, bool overwrite)
    {
        ThrowIfLinked(path);
        if (!File.Exists(Path.Combine(path, Manifest.FileName)))
        {
            if (!OutputFolder.IsFree(path, Manifest.FileName, LockFile))
                throw OutputFolder.Foreign(path, "simulate");
        }
        else if (Manifest.Read(path).State != Manifest.Preparing && !overwrite)
            throw OutputFolder.Taken(path, "simulate", $"continue it with --resume {path}, ");
    }

    /// <exception cref="ArgumentException">A folder or the lock is a link: what is done there would be done elsewhere.</exception>
    public static void ThrowIfLinked(string path) => OutputFolder.ThrowIfLinked(path, Segments, Checkpoints, Input, PostMortems, LockFile);

    /// <summary>Removes a run, if there is one, but for its manifest: a kill between leaves a folder that is known to be ours, until the
    /// new manifest takes its place.</summary>
    public static void Clear(string path)
    {
        if (!File.Exists(Path.Combine(path, Manifest.FileName)))
            return;
        SimulationConfig config = Manifest.Read(path).Config;
        OutputFolder.Remove(path, [.. s_small.Where(f => f != Manifest.FileName), "report.html"]);
        OutputFolder.Remove(Path.Combine(path, PostMortems),
            [.. Files(path, PostMortems, Dumps + DumpExtension).Select(f => Path.GetFileName(f))]);
        OutputFolder.Remove(Path.Combine(path, Input), new[] { config.Input, config.Coordinates, config.ForceField,
            config.ForceField == TrainedPotential.FileName ? TrainedPotential.WeightsFile : null }.OfType<string>()
            .Where(f => f == Path.GetFileName(f)));
        Sweep(path, Segments, SegmentExtension, _ => false);
        Sweep(path, Checkpoints, CheckpointExtension, _ => false);
    }

    /// <summary>Removes segments and checkpoints that the manifest does not name, and what the run did not finish writing.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="last">Number of the last generation.</param>
    public static void Sweep(string path, int last)
    {
        Sweep(path, Segments, SegmentExtension, n => n <= last);
        Sweep(path, Checkpoints, CheckpointExtension, n => n == last || n == last - 1);
        foreach (string file in Files(path, "", "*").Where(f => s_small.Any(own => PendingFile.IsPendingOf(f, own))).Concat(Files(path,
            PostMortems, Dumps).Where(IsPendingDump)))
            File.Delete(file);
    }

    /// <summary>Removes files NNNNNN.extension whose number is not kept, and those that are being written.</summary>
    private static void Sweep(string path, string folder, string extension, Func<int, bool> keep)
    {
        int length = Digits + extension.Length;
        foreach (string file in Files(path, folder, "*"))
        {
            string name = Path.GetFileName(file);
            if (name.Length >= length && int.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture,
                out int number)
                && name.AsSpan(Digits, extension.Length).SequenceEqual(extension) && (name.Length == length ? !keep(number)
                    : PendingFile.IsPendingOf(file, name[..length])))
                File.Delete(file);
        }
    }

    private static bool IsPendingDump(string file)
    {
        string name = Path.GetFileName(file);
        int at = name.IndexOf(DumpExtension, StringComparison.Ordinal);
        return at > 0 && PendingFile.IsPendingOf(file, name[..(at + DumpExtension.Length)]);
    }

    private static string[] Files(string path, string folder, string pattern) =>
        Directory.Exists(Path.Combine(path, folder)) ? Directory.GetFiles(Path.Combine(path, folder), pattern) : [];
}
