using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>SMILES files: one "SMILES name" a line; blank lines and lines that begin with '#' are skipped; a bad line does not stop the others.</summary>
public static class SmilesFile
{
    /// <summary>Reads lazily.</summary>
    /// <exception cref="MoleculeFormatException">The file holds no SMILES at all.</exception>
    public static IEnumerable<MoleculeRecord> Read(string path) => Entries(path).Select(e => e.Parse());

    /// <summary>The lines that hold a SMILES, not parsed; lazily.</summary>
    /// <exception cref="MoleculeFormatException">The file holds no SMILES at all.</exception>
    public static IEnumerable<MoleculeEntry> Entries(string path)
    {
        using LineReader reader = TextFile.Open(path);
        string file = Path.GetFileName(path);
        int line = 0, entries = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            text = text.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            entries++;
            string[] parts = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            string smiles = parts[0];
            int at = line;
            yield return new(smiles, parts.Length > 1 ? parts[1].Trim() : smiles, at, name => RDKitMolecule.FromSmiles(smiles, name, file, at));
        }
        if (entries == 0)
            throw new MoleculeFormatException(file, 0, "the file holds no SMILES");
    }
}
