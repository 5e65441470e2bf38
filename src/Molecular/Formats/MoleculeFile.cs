using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>What a user names: a file of molecules (.smi, .smiles, .sdf, .mol), of peptides' sequences (.seq), a structure (.pdb, .ent,
/// .cif, .mmcif), all of them also with .gz, or a SMILES.</summary>
public static class MoleculeFile
{
    /// <summary>Whether a text is the name of such a file rather than a SMILES.</summary>
    public static bool IsName(string text) => IsSmiles(text) || IsSdf(text) || HasResidues(text);

    /// <summary>Whether its molecules are made of residues, for which there are force fields of their own.</summary>
    public static bool HasResidues(string text) => IsSequences(text) || IsPdb(text) || IsCif(text);

    /// <summary>The entries of a file, lazily, or the SMILES as the only one.</summary>
    /// <exception cref="MoleculeFormatException">There is no such file, it is a folder, a pipe or a device, or it holds nothing; the SMILES
    /// is empty.</exception>
    public static IEnumerable<MoleculeEntry> Entries(string input)
    {
        if (!IsName(input))
            return [Single(input.Trim())];
        InputFile.Require(input);
        return IsSdf(input) ? SdfReader.Entries(input) : IsSmiles(input) ? SmilesFile.Entries(input)
            : IsSequences(input) ? SequenceFile.Entries(input) : [Structure(input)];
    }

    private static MoleculeEntry Structure(string file) => new(file, Path.GetFileName(file).Split('.')[0], 0, name =>
        ResidueChemistry.Molecule(IsPdb(file) ? PdbReader.Read(file) : PdbxReader.Read(file), name));

    private static MoleculeEntry Single(string smiles) =>
        smiles.Length == 0 ? throw new MoleculeFormatException("SMILES", 0, "it is empty") : new(smiles, smiles, 0, name =>
            RDKitMolecule.FromSmiles(smiles, name));

    /// <summary>Whether it is the name of an Amber prmtop, which brings a force field and needs coordinates beside it.</summary>
    public static bool IsPrmtop(string text) => HasExtension(text, ".prmtop") || HasExtension(text, ".parm7") || HasExtension(text, ".top");

    private static bool IsSmiles(string text) => HasExtension(text, ".smi") || HasExtension(text, ".smiles");

    private static bool IsSdf(string text) => HasExtension(text, ".sdf") || HasExtension(text, ".mol");

    private static bool IsSequences(string text) => HasExtension(text, ".seq");

    private static bool IsPdb(string text) => HasExtension(text, ".pdb") || HasExtension(text, ".ent");

    private static bool IsCif(string text) => HasExtension(text, ".cif") || HasExtension(text, ".mmcif");

    private static bool HasExtension(string text, string extension) =>
        text.EndsWith(extension, StringComparison.OrdinalIgnoreCase) || text.EndsWith(extension + ".gz",
            StringComparison.OrdinalIgnoreCase);
}
