using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Constraints;

/// <summary>
/// Atoms that only a geometry tells apart: the hydrogens of a CH2, the methyls of an isopropyl group. No motion exchanges them, and without
/// a geometry an embedding decides which has which number, another one with another seed. A law that names one of them would be another
/// law with another seed, so it is refused.
/// </summary>
internal static class EquivalentAtoms
{
    /// <summary>Refuses.</summary>
    /// <param name="constraints">The law's.</param>
    /// <param name="input">The molecule, without a geometry.</param>
    /// <param name="reference">[N, 3] nm, any conformer.</param>
    /// <exception cref="MoleculeFormatException">A constraint is not kept when such atoms exchange their numbers.</exception>
    public static void ThrowIfToldApart(ConformerConstraints constraints, RDKitMolecule input, float[] reference)
    {
        Molecule molecule = input.Molecule;
        IReadOnlyList<int[]> all = input.Automorphisms(ConformationalSymmetry.MostAutomorphisms, out _),
            motions = ConformationalSymmetry.Filter(molecule, all, reference);
        HashSet<string> known = [.. motions.Select(m => string.Join(' ', m))];
        foreach (int[] renaming in all.Where(m => !known.Contains(string.Join(' ', m))).Concat(HydrogenExchanges(constraints, molecule)))
            if (!motions.Any(motion => constraints.Keeps([.. renaming.Select(a => motion[a])])))
            {
                Wall wall = constraints.Lost(renaming)!;
                int atom = wall.Atoms.First(a => renaming[a] != a);
                throw ConformerConstraints.Wrong(molecule, wall.Spec, AtomNumbers.Names(molecule, [atom]) + " and "
                    + AtomNumbers.Names(molecule, [renaming[atom]]) + " are told apart by a geometry only: give one whose numbers are meant, "
                    + "by --start or as the input");
            }
    }

    /// <summary>Of every centre with two or three hydrogens of which walls name one: two of them, so that its sense is the other
    /// one.</summary>
    private static IEnumerable<int[]> HydrogenExchanges(ConformerConstraints constraints, Molecule molecule)
    {
        IReadOnlySet<int> named = constraints.Atoms;
        for (int a = 0; a < molecule.Atoms.Count; a++)
        {
            int[] hydrogens = [.. molecule.Neighbours[a].Where(n => molecule.Atoms[n].AtomicNumber == 1)];
            if (molecule.Neighbours[a].Length != 4 || hydrogens.Length is not (2 or 3) || !hydrogens.Any(named.Contains))
                continue;
            int[][] exchanges = [.. hydrogens.SelectMany((h, n) => hydrogens[..n].Select(g => Exchange(molecule.Atoms.Count, g, h)))];
            // the hydrogens of a methyl turn: any of its exchanges will do
            yield return exchanges.FirstOrDefault(constraints.Keeps) ?? exchanges[0];
        }
    }

    private static int[] Exchange(int atoms, int a, int b) =>
        [.. Enumerable.Range(0, atoms).Select(n => n == a ? b : n == b ? a : n)];
}
