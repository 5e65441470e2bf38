using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>What a user names: a file of molecules (.smi, .smiles, .sdf, .mol, also with .gz), or a SMILES.</summary>
public static class MoleculeFile
{
    /// <summary>Whether a text is the name of such a file rather than a SMILES.</summary>
    public static bool IsName(string text) => IsSmiles(text) || IsSdf(text);

    /// <summary>The entries of a file, lazily, or the SMILES as the only one.</summary>
    /// <exception cref="MoleculeFormatException">There is no such file, it is a folder, a pipe or a device, or it holds nothing; the SMILES
    /// is empty.</exception>
    public static IEnumerable<MoleculeEntry> Entries(string input)
    {
        if (!IsName(input))
            return [Single(input.Trim())];
        InputFile.Require(input);
        return IsSdf(input) ? SdfReader.Entries(input) : SmilesFile.Entries(input);
    }

    private static MoleculeEntry Single(string smiles) =>
        smiles.Length == 0 ? throw new MoleculeFormatException("SMILES", 0, "it is empty") : new(smiles, smiles, 0, name =>
            RDKitMolecule.FromSmiles(smiles, name));

    private static bool IsSmiles(string text) => HasExtension(text, ".smi") || HasExtension(text, ".smiles");

    private static bool IsSdf(string text) => HasExtension(text, ".sdf") || HasExtension(text, ".mol");

    private static bool HasExtension(string text, string extension) =>
        text.EndsWith(extension, StringComparison.OrdinalIgnoreCase) || text.EndsWith(extension + ".gz",
            StringComparison.OrdinalIgnoreCase);
}
