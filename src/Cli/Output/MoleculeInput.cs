using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;

namespace MolSampling.Cli.Output;

/// <summary>What a user names: a SMILES, a .smi or an .sdf file (also .gz).</summary>
internal static class MoleculeInput
{
    /// <summary>Reads lazily; entries that cannot be read carry their error.</summary>
    /// <exception cref="MoleculeFormatException">A file that looks like one is not there, or holds nothing.</exception>
    public static IEnumerable<MoleculeRecord> Read(string input)
    {
        string plain = input.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? input[..^3] : input;
        bool sdf = plain.EndsWith(".sdf", StringComparison.OrdinalIgnoreCase) || plain.EndsWith(".mol", StringComparison.OrdinalIgnoreCase);
        bool smi = plain.EndsWith(".smi", StringComparison.OrdinalIgnoreCase) || plain.EndsWith(".smiles", StringComparison.OrdinalIgnoreCase);
        if (sdf || smi)
        {
            if (!File.Exists(input))
                throw new MoleculeFormatException(input, 0, "there is no such file");
            return sdf ? SdfReader.Read(input) : SmilesFile.Read(input);
        }
        return [FromText(input.Trim())];
    }

    private static MoleculeRecord FromText(string smiles)
    {
        if (smiles.Length == 0)
            throw new MoleculeFormatException("SMILES", 0, "it is empty");
        try
        {
            return new(smiles, smiles, RDKitMolecule.FromSmiles(smiles), null);
        }
        catch (MoleculeFormatException e)
        {
            return new(smiles, smiles, null, e.Message);
        }
    }
}
