namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>
/// Where force-field files come from: a path; the data folder of an installed OpenMM (OPENMM_DIR, CONDA_PREFIX, VIRTUAL_ENV, Debian's
/// python3-simtk); else our own tables, subsets of OpenMM's files for peptides.
/// </summary>
public static class ForceFieldFiles
{
    private const string DebianFolder = "/usr/lib/python3/dist-packages/openmm/app/data";

    private static readonly Dictionary<string, string> s_shortNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ff14SB"] = "amber14/protein.ff14SB.xml",
        ["ff99SB-ILDN"] = "amber99sbildn.xml",
        ["ff96"] = "amber96.xml",
        ["tip3p"] = "tip3p.xml",
    };

    /// <summary>"ff14SB", "ff99SB-ILDN", "ff96", "tip3p": the names that are always there.</summary>
    public static IReadOnlyCollection<string> Names => s_shortNames.Keys;

    /// <summary>Of peptides, where nothing else is asked for.</summary>
    public const string Usual = "ff14SB";

    /// <summary>Finds a file.</summary>
    /// <param name="name">A path, a path below OpenMM's data folder ("amber14/protein.ff14SB.xml"), or one of <see cref="Names"/>.</param>
    /// <exception cref="FileNotFoundException">It is nowhere; the message says where it was sought.</exception>
    public static ForceFieldFile Find(string name) => TryFind(name) ?? throw new FileNotFoundException(
        $"no force field '{name}': it is no file, in none of OpenMM's folders ({string.Join(", ", DataFolders(Environment.GetEnvironmentVariable).DefaultIfEmpty("none found"))}), and not one of {string.Join(", ", Names)}", name);

    /// <summary>Our own copy of one of <see cref="Names"/>, whatever else is installed.</summary>
    /// <exception cref="FileNotFoundException">There is no such name.</exception>
    public static ForceFieldFile Embedded(string name) =>
        OwnTable(name) ?? throw new FileNotFoundException($"no force field '{name}' of our own: they are {string.Join(", ", Names)}", name);

    internal static ForceFieldFile? TryFind(string name)
    {
        if (File.Exists(name))
            return new(Path.GetFullPath(name), null);
        string relative = s_shortNames.GetValueOrDefault(name, name);
        foreach (string folder in DataFolders(Environment.GetEnvironmentVariable))
            if (Path.Combine(folder, relative) is { } path && File.Exists(path))
                return new(path, null);
        return OwnTable(name);
    }

    private static ForceFieldFile? OwnTable(string name)
    {
        foreach ((string shortName, string relative) in s_shortNames)
            if (name.Equals(shortName, StringComparison.OrdinalIgnoreCase) || name == relative)
                return new(shortName, $"forcefields/{shortName}.xml");
        return null;
    }

    /// <summary>OpenMM's data folders, in the order they are searched.</summary>
    internal static IEnumerable<string> DataFolders(Func<string, string?> environment)
    {
        foreach (string variable in new[] { "OPENMM_DIR", "CONDA_PREFIX", "VIRTUAL_ENV" })
        {
            if (environment(variable) is not { Length: > 0 } root)
                continue;
            string lib = Path.Combine(root, "lib");
            string[] pythons = Directory.Exists(lib) ? [.. Directory.GetDirectories(lib, "python*").OrderDescending(StringComparer.Ordinal)]
                : [];
            foreach (string folder in pythons.Select(p => Path.Combine(p, "site-packages", "openmm", "app",
                "data")).Prepend(Path.Combine(root, "openmm", "app", "data")))
                if (Directory.Exists(folder))
                    yield return folder;
        }
        if (Directory.Exists(DebianFolder))
            yield return DebianFolder;
    }
}
