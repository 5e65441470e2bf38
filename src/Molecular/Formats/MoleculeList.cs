using System.Security.Cryptography;
using System.Text;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// The molecules of a file, or one SMILES: read once to count the entries and to see which names return, and again, lazily, to give them. It is never in memory as a whole.
/// </summary>
public sealed class MoleculeList
{
    private readonly IEnumerable<MoleculeEntry> _entries; // read anew each time
    private readonly Dictionary<int, string> _renamed = []; // number of the entry to its name, where another had that name before

    private MoleculeList(string input, string? path, string hash, IEnumerable<MoleculeEntry> entries)
    {
        (Input, Path, Hash, _entries) = (input, path, hash, entries);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var repeated = new List<(int Number, string Name)>();
        foreach (MoleculeEntry entry in entries)
        {
            Count++;
            if (!names.Add(entry.Name))
                repeated.Add((Count, entry.Name));
        }
        var uses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((int number, string name) in repeated)
        {
            int use = uses.GetValueOrDefault(name, 1);
            string free;
            do
                free = $"{name} ({++use})";
            while (!names.Add(free));
            (uses[name], _renamed[number]) = (use, free);
        }
    }

    /// <summary>As given: a file's name, or a SMILES.</summary>
    public string Input { get; }

    /// <summary>The file; null for a SMILES.</summary>
    public string? Path { get; }

    /// <summary>SHA-256 of the file, or of the SMILES.</summary>
    public string Hash { get; }

    /// <summary>Entries, those that cannot be parsed included.</summary>
    public int Count { get; }

    /// <summary>How many entries have a name that an entry before them has: they are called "name (2)", "name (3)", ...</summary>
    public int Renamed => _renamed.Count;

    /// <summary>A file, or a SMILES.</summary>
    /// <exception cref="MoleculeFormatException">The file is not there or holds nothing; the SMILES is empty.</exception>
    public static MoleculeList Open(string input)
    {
        IEnumerable<MoleculeEntry> entries = MoleculeFile.Entries(input);
        if (!MoleculeFile.IsName(input))
            return new(input, null, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(input.Trim()))), entries);
        using FileStream stream = File.OpenRead(input);
        return new(input, input, Convert.ToHexStringLower(SHA256.HashData(stream)), entries);
    }

    /// <summary>Entries with their numbers, from 1; no two have the same name.</summary>
    public IEnumerable<(int Number, MoleculeEntry Entry)> Entries()
    {
        int number = 0;
        foreach (MoleculeEntry entry in _entries)
        {
            number++;
            yield return (number, _renamed.TryGetValue(number, out string? name) ? entry with { Name = name } : entry);
        }
    }
}
