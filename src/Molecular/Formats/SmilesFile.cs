using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>SMILES files: one "SMILES name" a line; blank lines and lines that begin with '#' are skipped; a bad line does not stop the others.</summary>
public static class SmilesFile
{
    /// <summary>Reads lazily.</summary>
    /// <exception cref="MoleculeFormatException">The file holds no SMILES at all.</exception>
    public static IEnumerable<MoleculeRecord> Read(string path)
    {
        using StreamReader reader = TextFile.Open(path);
        string file = Path.GetFileName(path);
        int line = 0, records = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            text = text.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            records++;
            string[] parts = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            string name = parts.Length > 1 ? parts[1].Trim() : parts[0];
            MoleculeRecord record;
            try
            {
                record = new(parts[0], name, RDKitMolecule.FromSmiles(parts[0], name, file, line), null);
            }
            catch (MoleculeFormatException e)
            {
                record = new(parts[0], name, null, e.Message);
            }
            yield return record;
        }
        if (records == 0)
            throw new MoleculeFormatException(file, 0, "the file holds no SMILES");
    }
}
