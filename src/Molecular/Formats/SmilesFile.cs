using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// SMILES files: one "SMILES name" or "SMILES |CXSMILES extension| name" a line; blank lines and lines that begin with '#' are skipped; a
/// bad line does not stop the others.
/// </summary>
internal static class SmilesFile
{
    /// <summary>Reads line by line, as they are asked for.</summary>
    /// <exception cref="MoleculeFormatException">The file holds no SMILES at all.</exception>
    public static IEnumerable<MoleculeRecord> Read(string path) => Entries(path).Select(e => e.Parse());

    /// <summary>The lines that hold a SMILES, not parsed; lazily.</summary>
    /// <exception cref="MoleculeFormatException">The file holds no SMILES at all.</exception>
    public static IEnumerable<MoleculeEntry> Entries(string path)
    {
        string file = Path.GetFileName(path);
        foreach ((int line, string text) in Lines(path, "SMILES"))
        {
            (string smiles, string name) = Split(text);
            yield return new(smiles, name.Length > 0 ? name : smiles, line, name => RDKitMolecule.FromSmiles(smiles, name, file, line));
        }
    }

    /// <summary>The lines of a list that hold something, trimmed, with their numbers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should hold.</param>
    /// <exception cref="MoleculeFormatException">It holds nothing.</exception>
    internal static IEnumerable<(int Line, string Text)> Lines(string path, string what)
    {
        using LineReader reader = TextFile.Open(path);
        int line = 0, entries = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            text = text.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            entries++;
            yield return (line, text);
        }
        if (entries == 0)
            throw new MoleculeFormatException(Path.GetFileName(path), 0, $"the file holds no {what}");
    }

    /// <summary>An extension belongs to the SMILES: taken for a name, its stereo groups and R groups would be lost.</summary>
    private static (string Smiles, string Name) Split(string line)
    {
        string[] parts = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 1)
            return (line, "");
        string rest = parts[1].Trim();
        int end = rest[0] == '|' ? rest.IndexOf('|', 1) : -1;
        return end < 0 || (end + 1 < rest.Length && !char.IsWhiteSpace(rest[end + 1])) ? (parts[0], rest)
            : ($"{parts[0]} {rest[..(end + 1)]}", rest[(end + 1)..].Trim());
    }
}
