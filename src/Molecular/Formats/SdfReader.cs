using System.Text;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>SDF, V2000 and V3000, record by record; a broken record does not stop the others.</summary>
internal static class SdfReader
{
    private const int LongestRecord = 16 << 20; // characters: 200,000 atoms
    private const int HeaderLines = 3; // name, program, comment: they may be any text
    private const string ChargeField = "<atom.dprop.PartialCharge>"; // as RDKit and OpenFF write lists of numbers, one an atom

    /// <summary>Reads record by record, as they are asked for.</summary>
    /// <param name="path">.sdf or .sdf.gz.</param>
    /// <param name="addHydrogens">Whether missing hydrogens are added; false leaves the atoms exactly as they stand.</param>
    /// <exception cref="MoleculeFormatException">The file holds no record at all.</exception>
    public static IEnumerable<MoleculeRecord> Read(string path, bool addHydrogens = true) => Entries(path, addHydrogens).Select(e =>
        e.Parse());

    /// <summary>The records, not parsed; lazily.</summary>
    /// <param name="path">.sdf or .sdf.gz.</param>
    /// <param name="addHydrogens">Whether missing hydrogens are added; false leaves the atoms exactly as they stand.</param>
    /// <exception cref="MoleculeFormatException">The file holds no record at all.</exception>
    public static IEnumerable<MoleculeEntry> Entries(string path, bool addHydrogens = true)
    {
        using LineReader reader = TextFile.Open(path);
        string file = Path.GetFileName(path);
        StringBuilder block = new(), charges = new();
        string name = "";
        int line = 0, start = 1, records = 0;
        bool hasText = false, inMolBlock = true, inCharges = false, isTooLong = false;
        while (true)
        {
            string? text = reader.ReadLine();
            line++;
            if (text is null || text.StartsWith("$$$$", StringComparison.Ordinal))
            {
                if (hasText)
                {
                    records++;
                    yield return Entry(isTooLong ? null : block.ToString(), name.Length > 0 ? name
                        : $"{Path.GetFileNameWithoutExtension(file)}-{records}", file, start, addHydrogens,
                        charges.Length > 0 ? charges.ToString() : null);
                }
                if (text is null)
                    break;
                block.Clear();
                charges.Clear();
                (name, hasText, inMolBlock, inCharges, isTooLong, start) = ("", false, true, false, false, line + 1);
                continue;
            }
            if (line == start)
                name = text.Trim();
            hasText |= text.Trim().Length > 0;
            isTooLong |= (inMolBlock || inCharges) && block.Length + charges.Length + text.Length > LongestRecord;
            if (inMolBlock && !isTooLong)
                block.Append(text).Append('\n');
            // of the data fields one concerns us; a blank line ends it
            if (!inMolBlock && text.StartsWith('>'))
                inCharges = text.Contains(ChargeField, StringComparison.Ordinal);
            else if (inCharges && text.Trim().Length > 0 && !isTooLong)
                charges.Append(text).Append(' ');
            else
                inCharges = false;
            inMolBlock &= line < start + HeaderLines || !text.StartsWith("M  END", StringComparison.Ordinal);
        }
        if (records == 0)
            throw new MoleculeFormatException(file, 0, "the file holds no molecule");
    }

    private static MoleculeEntry Entry(string? block, string name, string file, int line, bool addHydrogens, string? charges) =>
        new(name, name, line, given => block is null ? throw new MoleculeFormatException(file, line,
            $"a record of more than {LongestRecord >> 20} megabytes") : RDKitMolecule.FromMolBlock(block, given, file, line, addHydrogens,
                charges));
}
