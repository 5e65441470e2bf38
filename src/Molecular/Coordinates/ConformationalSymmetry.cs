using MolSampling.Molecular.Chemistry;

namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// The automorphisms of a molecule that relabel one conformation into another of the same labelled isomer: those that keep the sense of
/// every tetrahedral centre (prochiral ones too, where hydrogens cannot make up for it) and the sides of every double bond. Exchanging the
/// two methyls of an isopropyl group is not one, as no rotation does it; turning a phenyl ring by half a turn is. They form a group.
/// </summary>
public static class ConformationalSymmetry
{
    /// <summary>Automorphisms that are looked at.</summary>
    internal const int MostAutomorphisms = 1000;

    /// <summary>Conformers of an isomer as starts for one ensemble: those that belong to it, numbered alike
    /// (<see cref="Renumber"/>).</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="isomer">What does not belong to it is left out; axes are turned to its hands where they can be.</param>
    /// <param name="reference">[N, 3] nm, numbered as all are to be.</param>
    /// <param name="conformers">[..][N, 3] nm.</param>
    public static IEnumerable<float[]> Alike(RDKitMolecule molecule, Stereoisomer isomer, float[] reference,
        IEnumerable<float[]> conformers)
    {
        IReadOnlyList<int[]> automorphisms = molecule.Automorphisms(MostAutomorphisms, out _);
        return conformers.Select(isomer.WithHands).Where(c => isomer.Contains(c)).Select(c => Renumber(molecule.Molecule, automorphisms,
            reference, c)).OfType<float[]>();
    }

    /// <summary>Filters automorphisms by a reference geometry of the isomer.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="automorphisms">Maps over all atoms, hydrogens following their atoms.</param>
    /// <param name="reference">[N, 3] nm.</param>
    public static IReadOnlyList<int[]> Filter(Molecule molecule, IReadOnlyList<int[]> automorphisms, ReadOnlySpan<float> reference)
    {
        float[] x = reference.ToArray();
        var kept = automorphisms.Where(map => KeepsCentres(molecule, map, x) && KeepsDoubleBonds(molecule, map, x)).ToArray();
        return kept.Length > 0 ? kept : [[.. Enumerable.Range(0, molecule.Atoms.Count)]];
    }

    /// <summary>
    /// A geometry with its equivalent atoms renumbered so that all labelled centres have the sense they have in a reference, hydrogens of
    /// CH2 and CH3 included. Embeddings number the two methyls of an isopropyl group, or the hydrogens of a ring's CH2, either way round;
    /// no motion exchanges them, so a set of starts of both kinds would show every conformer twice, in shares that mean nothing, and no
    /// single Gaussian would fit both.
    /// </summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="automorphisms">Maps over all atoms, hydrogens following their atoms.</param>
    /// <param name="reference">[N, 3] nm.</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <returns>Null if no renumbering does it.</returns>
    public static float[]? Renumber(Molecule molecule, IReadOnlyList<int[]> automorphisms, ReadOnlySpan<float> reference, float[] positions)
    {
        int[][] centres = [.. Enumerable.Range(0, molecule.Atoms.Count).Where(a => HasSense(molecule, a)).Select(a =>
            (int[])[a, .. molecule.Neighbours[a]])];
        int[] senses = new int[centres.Length];
        for (int c = 0; c < centres.Length; c++)
            senses[c] = Math.Sign(Stereoisomer.SignedVolume(reference, 1, 0, centres[c][0], centres[c][1..]));
        foreach (int[] map in automorphisms)
        {
            bool same = true;
            for (int c = 0; c < centres.Length && same; c++)
                same = Math.Sign(Stereoisomer.SignedVolume(positions, 1, 0, map[centres[c][0]],
                    [.. centres[c][1..].Select(n => map[n])])) == senses[c];
            if (!same)
                continue;
            float[] renumbered = new float[positions.Length];
            for (int a = 0; a < map.Length; a++)
                positions.AsSpan(3 * map[a], 3).CopyTo(renumbered.AsSpan(3 * a));
            ExchangeHydrogens(molecule, reference, renumbered);
            return renumbered;
        }
        return null;
    }

    /// <summary>Gives centres with two or three hydrogens the sense that they have in the reference.</summary>
    private static void ExchangeHydrogens(Molecule molecule, ReadOnlySpan<float> reference, float[] positions)
    {
        for (int a = 0; a < molecule.Atoms.Count; a++)
        {
            int[] neighbours = molecule.Neighbours[a], hydrogens = [.. neighbours.Where(n => molecule.Atoms[n].AtomicNumber == 1)];
            if (neighbours.Length != 4 || hydrogens.Length < 2
                || Math.Sign(Stereoisomer.SignedVolume(positions, 1, 0, a, neighbours)) == Math.Sign(Stereoisomer.SignedVolume(reference, 1,
                    0, a, neighbours)))
                continue;
            (int h, int g) = (3 * hydrogens[0], 3 * hydrogens[1]);
            for (int c = 0; c < 3; c++)
                (positions[h + c], positions[g + c]) = (positions[g + c], positions[h + c]);
        }
    }

    /// <summary>A centre whose neighbours' sense hydrogens cannot make up for.</summary>
    private static bool HasSense(Molecule m, int a)
    {
        int[] neighbours = m.Neighbours[a];
        return neighbours.Length == 4 ? neighbours.Count(n => m.Atoms[n].AtomicNumber == 1) <= 1 : neighbours.Length == 3
            && m.Atoms[a].Chirality != '\0';
    }

    private static bool KeepsCentres(Molecule m, int[] map, float[] x)
    {
        for (int a = 0; a < m.Atoms.Count; a++)
        {
            if (!HasSense(m, a))
                continue;
            int[] neighbours = m.Neighbours[a], image = [.. neighbours.Select(n => map[n])];
            if (Math.Sign(Stereoisomer.SignedVolume(x, 1, 0, a, neighbours)) != Math.Sign(Stereoisomer.SignedVolume(x, 1, 0, map[a],
                image)))
                return false;
        }
        return true;
    }

    private static bool KeepsDoubleBonds(Molecule m, int[] map, float[] x)
    {
        foreach (Bond bond in m.Bonds.Where(b => b is { Order: 2, IsAromatic: false }))
        {
            int i = m.Neighbours[bond.Begin].FirstOrDefault(n => n != bond.End, -1), l = m.Neighbours[bond.End].FirstOrDefault(n =>
                n != bond.Begin, -1);
            if (i < 0 || l < 0)
                continue;
            bool cis = Math.Cos(Dihedral.Angle(x, i, bond.Begin, bond.End, l)) > 0;
            if (Math.Cos(Dihedral.Angle(x, map[i], map[bond.Begin], map[bond.End], map[l])) > 0 != cis)
                return false;
        }
        return true;
    }
}
