using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.Formats;

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
        RDKitMolecule molecule = MolBlock.ToMolecule(prmtop.AtomicNumbers, bonds, found.Orders, found.Charges, positions, name);
        molecule.Parameters = prmtop;
        return molecule;
    }
}
