namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>What a user names: GROMACS dhdl.xvg, Amber mdout and NAMD fepout files, CSV tables (each also .gz, .bz2), Parquet tables, or
/// folders of them.</summary>
public static class AlchemicalFiles
{
    private static readonly (string Ending, Func<string, double?, AlchemicalFile> Read)[] s_kinds =
    [
        (".xvg", XvgReader.Read), (".out", AmberMdoutReader.Read), (".mdout", AmberMdoutReader.Read), (".fepout", NamdFepoutReader.Read),
            (".csv", AlchemicalCsv.Read),
        (".parquet", (path, temperature) => AlchemicalParquet.ReadAsync(path, temperature).GetAwaiter().GetResult()),
    ];

    private static readonly string[] s_packed = [".gz", ".bz2"];

    private static readonly string s_endings = string.Join(", ", s_kinds.Select(k => k.Ending)) + " (or .gz, .bz2 of these)";

    /// <summary>Names files; a folder stands for all files of these kinds in it and below.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <returns>In the order given, those of a folder by name.</returns>
    /// <exception cref="InvalidDataException">A path that is not there, a folder without such a file, or a file of another
    /// kind.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                string[] inside = [.. Directory.EnumerateFiles(path, "*",
                    SearchOption.AllDirectories).Where(IsInFolder).Order(StringComparer.Ordinal)];
                files.AddRange(inside.Length > 0 ? inside
                    : throw new InvalidDataException($"{path}: holds no file whose name ends with {s_endings}"));
            }
            else
                files.Add(!File.Exists(path) ? throw new InvalidDataException($"{path}: there is no such file") : IsKnown(path) ? path
                    : throw new InvalidDataException($"{path}: is not one of {s_endings}"));
        }
        return files;
    }

    /// <summary>Reads a file as the ending of its name says.</summary>
    /// <param name="path">From <see cref="Find"/>.</param>
    /// <param name="temperature">K; needed if the file does not say it.</param>
    /// <exception cref="InvalidDataException">It cannot be read; file and line are named.</exception>
    public static AlchemicalFile Read(string path, double? temperature = null) => Reader(path) is { } read ? read(path, temperature)
        : throw new InvalidDataException($"{path}: is not one of {s_endings}");

    private static Func<string, double?, AlchemicalFile>? Reader(string path)
    {
        string name = Array.Find(s_packed, e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } packed ? path[..^packed.Length]
            : path;
        return s_kinds.FirstOrDefault(k => name.EndsWith(k.Ending, StringComparison.OrdinalIgnoreCase)).Read;
    }

    private static bool IsKnown(string path) => Reader(path) is not null;

    /// <summary>Many programs write .out files: those of a folder count if they are Amber's.</summary>
    private static bool IsInFolder(string path) => Reader(path) is { } read
        && (read.Method != ((Func<string, double?, AlchemicalFile>)AmberMdoutReader.Read).Method || AmberMdoutReader.Looks(path));
}
