using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Molecular.Formats;

/// <summary>Lists of peptides: one "SEQUENCE name" a line (<see cref="PeptideBuilder"/> says how sequences are written); blank lines and
/// lines that begin with '#' are skipped; a bad line does not stop the others.</summary>
internal static class SequenceFile
{
    /// <summary>The lines that hold a sequence, not built; lazily.</summary>
    /// <exception cref="MoleculeFormatException">The file holds none at all.</exception>
    public static IEnumerable<MoleculeEntry> Entries(string path)
    {
        string file = Path.GetFileName(path);
        foreach ((int line, string text) in SmilesFile.Lines(path, "sequence"))
        {
            string[] parts = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            yield return Entry(parts[0], parts.Length > 1 ? parts[1].Trim() : parts[0], file, line);
        }
    }

    /// <summary>One peptide.</summary>
    /// <param name="sequence">As written.</param>
    /// <param name="name">Of the molecule.</param>
    /// <param name="source">What an error names.</param>
    /// <param name="line">1-based, 0 if not from a file.</param>
    public static MoleculeEntry Entry(string sequence, string name, string source, int line) => new(sequence, name, line, given =>
    {
        try
        {
            return ResidueChemistry.Molecule(PeptideBuilder.Build(sequence), given);
        }
        catch (ArgumentException e)
        {
            throw new MoleculeFormatException(source, line, e.Message.Split(" (Parameter")[0]);
        }
    });
}
