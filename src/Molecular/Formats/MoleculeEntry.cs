using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Formats;

/// <summary>One entry of an input as text, before chemistry looks at it: a list can be counted, and entries passed over, at the speed of
/// reading.</summary>
/// <param name="Input">The SMILES, or the record's name: what results call the input.</param>
/// <param name="Name">The molecule's name.</param>
/// <param name="Line">1-based line of its beginning, 0 if not from a file.</param>
/// <param name="Read">Makes the molecule, under the name that it is given.</param>
public sealed record MoleculeEntry(string Input, string Name, int Line, Func<string, RDKitMolecule> Read)
{
    /// <summary>The molecule, or the reason why it is none.</summary>
    public MoleculeRecord Parse()
    {
        try
        {
            return new(Input, Name, Read(Name), null);
        }
        catch (MoleculeFormatException e)
        {
            return new(Input, Name, null, e.Message);
        }
    }
}
