using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Cli.Output;

/// <summary>What a user names: a SMILES, a .smi or an .sdf file (also .gz).</summary>
internal static class MoleculeInput
{
    /// <summary>Reads lazily; entries that cannot be read carry their error.</summary>
    /// <exception cref="MoleculeFormatException">A file that looks like one is not there, or holds nothing.</exception>
    public static IEnumerable<MoleculeRecord> Read(string input) => MoleculeFile.Entries(input).Select(e => e.Parse());
}
