namespace MolSampling.Molecular.FreeEnergies;

/// <summary>What a user names: GROMACS dhdl.xvg files (.gz, .bz2), Parquet tables of u_nk and dHdl, or folders of them.</summary>
public static class AlchemicalFiles
{
    private static readonly string[] s_endings = [".xvg", ".xvg.gz", ".xvg.bz2", ".parquet"];

    /// <summary>Names files; a folder stands for all files of these kinds in it and below.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <returns>In the order given, those of a folder by name.</returns>
    /// <exception cref="InvalidDataException">A path that is not there, a folder without such a file, or a file of another kind.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                string[] inside = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsKnown).Order(StringComparer.Ordinal)];
                files.AddRange(inside.Length > 0 ? inside : throw new InvalidDataException($"{path}: holds no {string.Join(", ", s_endings)} file"));
            }
            else
                files.Add(!File.Exists(path) ? throw new InvalidDataException($"{path}: there is no such file") : IsKnown(path) ? path
                    : throw new InvalidDataException($"{path}: is not one of {string.Join(", ", s_endings)}"));
        }
        return files;
    }

    /// <summary>Reads one.</summary>
    /// <param name="path">From <see cref="Find"/>.</param>
    /// <param name="temperature">K; needed if the file does not say it.</param>
    /// <exception cref="InvalidDataException">It cannot be read; file and line are named.</exception>
    public static AlchemicalFile Read(string path, double? temperature = null) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)
        ? AlchemicalParquet.ReadAsync(path, temperature).GetAwaiter().GetResult()
        : XvgReader.Read(path, temperature);

    private static bool IsKnown(string path) => s_endings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));
}
