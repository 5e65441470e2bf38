using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Constraints;

/// <summary>A group of atoms that keeps the shape of a geometry: each distance within it, bonds aside (the energy has them, and structures
/// by X-rays have short ones to hydrogens), and, since distances are those of the mirror image too, the torsion of the four atoms that are
/// farthest from a plane.</summary>
internal static class CoreWalls
{
    /// <summary>nm, half of each distance's window.</summary>
    public const double Width = 0.01;

    private const double LargestHandWidth = Math.PI / 4;
    private const double FlatVolume = 5e-5; // nm^3, six times a tetrahedron's: 0.005 nm out of a plane
    private const int MostForHand = 40; // atoms of which all fours are looked at; of larger cores these, evenly

    /// <summary>The windows.</summary>
    /// <param name="spec">The constraint, as written.</param>
    /// <param name="molecule">The molecule.</param>
    /// <param name="atoms">Indices from 0.</param>
    /// <param name="reference">[N, 3] nm.</param>
    public static IEnumerable<Wall> Of(string spec, Molecule molecule, int[] atoms, float[] reference)
    {
        foreach ((int a, int b) in Pairs(atoms).Where(p => !molecule.Neighbours[p.A].Contains(p.B)))
            yield return new(spec, ConstraintKind.Distance, [a, b], Wall.Distance(reference, a, b), Width, ConstraintSpec.StiffDistance);
        if (Hand(atoms, reference) is not { } four)
            yield break;
        double torsion = Dihedral.Angle(reference, four[0], four[1], four[2], four[3]);
        yield return new(spec, ConstraintKind.Torsion, four, torsion,
            Math.Min(LargestHandWidth, 0.5 * Math.Min(Math.Abs(torsion), Math.PI - Math.Abs(torsion))), ConstraintSpec.StiffAngle);
    }

    private static IEnumerable<(int A, int B)> Pairs(int[] atoms) => atoms.SelectMany((a, n) => atoms[..n].Select(b => (b, a)));

    /// <summary>The four atoms of the largest volume, in the order whose torsion is nearest to a right angle; null where all are in a
    /// plane.</summary>
    private static int[]? Hand(int[] atoms, float[] x)
    {
        int step = (atoms.Length + MostForHand - 1) / MostForHand;
        int[] some = [.. atoms.Where((_, n) => n % step == 0)];
        (double volume, int[] four) = (FlatVolume, []);
        for (int i = 0; i < some.Length; i++)
            for (int j = 0; j < i; j++)
                for (int k = 0; k < j; k++)
                    for (int l = 0; l < k; l++)
                    {
                        int[] these = [some[i], some[j], some[k], some[l]];
                        double v = Math.Abs(Stereoisomer.SignedVolume(x, 1, 0, these[0], these));
                        if (v > volume)
                            (volume, four) = (v, these);
                    }
        if (four.Length == 0)
            return null;
        // of twelve orders that are not each other's reverse; the volume says that none of them is straight
        return Orders(four).MinBy(o => Math.Abs(Math.Abs(Dihedral.Angle(x, o[0], o[1], o[2], o[3])) - Math.PI / 2));
    }

    private static IEnumerable<int[]> Orders(int[] f) => Pairs(f).SelectMany(axis =>
    {
        int[] ends = [.. f.Except([axis.A, axis.B])];
        return new int[][] { [ends[0], axis.A, axis.B, ends[1]], [ends[1], axis.A, axis.B, ends[0]] };
    });
}
