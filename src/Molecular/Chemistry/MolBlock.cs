using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Chemistry;

/// <summary>A molecule by its parts, through a mol block, as RDKit reads them: aromaticity is RDKit's, stereo that of the
/// positions.</summary>
internal static class MolBlock
{
    /// <summary>Makes it; atoms stay in their order.</summary>
    /// <param name="elements">[N] atomic numbers, hydrogens included.</param>
    /// <param name="bonds">Each once.</param>
    /// <param name="orders">[bonds] 1, 2 or 3.</param>
    /// <param name="charges">[N] formal charges.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="MoleculeFormatException">RDKit refuses it; one line.</exception>
    public static RDKitMolecule ToMolecule(IReadOnlyList<int> elements, IReadOnlyList<(int I, int J)> bonds, IReadOnlyList<int> orders,
        IReadOnlyList<int> charges, IReadOnlyList<double> positions, string name)
    {
        Atom[] atoms = [.. elements.Select((z, i) => new Atom(z, ChemicalElement.Symbol(z), 0, 0, charges[i], 0, false, 0, '\0'))];
        Bond[] all = [.. bonds.Select((b, n) => new Bond(b.I, b.J, orders[n], false, false, false, '\0', -1, -1))];
        using var block = new StringWriter();
        SdfWriter.Write(block, new Molecule(name, "", atoms, all, []), [.. positions.Select(x => (float)x)], []);
        return RDKitMolecule.FromMolBlock(block.ToString().Split("$$$$")[0], name, name, 0, addHydrogens: false);
    }
}
