using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Chemistry;

/// <summary>From an Amber prmtop and coordinates to chemistry: the file has elements, bonds and charges; bond orders follow by
/// <see cref="BondOrders"/>, stereo from the coordinates. Atoms stay in their order.</summary>
public static class PrmtopChemistry
{
    /// <summary>A molecule that knows its parameters.</summary>
    /// <param name="prmtop">One molecule, with all hydrogens.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="MoleculeFormatException">Bond orders that cannot be found, or what RDKit refuses; one line.</exception>
    public static RDKitMolecule Molecule(AmberPrmtop prmtop, IReadOnlyList<double> positions, string name)
    {
        (int I, int J)[] bonds = [.. prmtop.System.Bonds.Select(b => (b.I, b.J))];
        int charge = (int)Math.Round(prmtop.System.Particles.Sum(p => p.Charge));
        if (BondOrders.Find(prmtop.AtomicNumbers, bonds, charge) is not { } found)
            throw new MoleculeFormatException(name, 0, $"no bond orders fit the elements, the bonds and a charge of {charge:+0;-0;0}: "
                + "hydrogens are missing, or it is more than one molecule; give an SDF file with --force-field");
        RDKitMolecule molecule = Molecule(prmtop.AtomicNumbers, bonds, found.Orders, found.Charges, positions, name);
        molecule.Parameters = prmtop;
        return molecule;
    }

    /// <summary>A molecule by its parts.</summary>
    internal static RDKitMolecule Molecule(IReadOnlyList<int> elements, IReadOnlyList<(int I, int J)> bonds, IReadOnlyList<int> orders,
        IReadOnlyList<int> charges, IReadOnlyList<double> positions, string name)
    {
        Atom[] atoms = [.. elements.Select((z, i) => new Atom(z, ChemicalElement.Symbol(z), 0, 0, charges[i], 0, false, 0, '\0'))];
        Bond[] all = [.. bonds.Select((b, n) => new Bond(b.I, b.J, orders[n], false, false, false, '\0', -1, -1))];
        using var block = new StringWriter();
        SdfWriter.Write(block, new Molecule(name, "", atoms, all, []), [.. positions.Select(x => (float)x)], []);
        return RDKitMolecule.FromMolBlock(block.ToString().Split("$$$$")[0], name, name, 0, addHydrogens: false);
    }
}
