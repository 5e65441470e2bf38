namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// Whether two planar groups can pass one another about the single bond between them. What stands beside the bond counts by its size:
/// nothing for hydrogen, less than a methyl group for F and O, more for heavy atoms, branched groups and fused rings. Three methyl groups
/// or their like make barriers of about 90 kJ/mol and more, above which atropisomers can be told apart at room temperature (M. Oki, Top.
/// Stereochem. 14 (1983) 1; radii after G. Bott, L. D. Field, S. Sternhell, J. Am. Chem. Soc. 102 (1980) 5618). A rule of thumb: what a
/// barrier is, only a calculation tells.
/// </summary>
internal static class AxisCrowding
{
    private const double Enough = 3; // methyl groups
    private const double FiveRing = 0.8; // its substituents lean away from the bond

    /// <summary>Whether the bond is such an axis; its ends have two more neighbours each.</summary>
    public static bool IsHindered(Molecule m, Bond bond) =>
        IsPlanarEnd(m, bond.Begin) && IsPlanarEnd(m, bond.End) && (RingOf(m, bond.Begin, bond.End) is not null
            || RingOf(m, bond.End, bond.Begin) is not null)
        && Size(m, bond.Begin, bond.End) + Size(m, bond.End, bond.Begin) >= Enough
        && Size(m, bond.Begin, bond.End) > 0 && Size(m, bond.End, bond.Begin) > 0;

    private static bool IsPlanarEnd(Molecule m, int atom) => m.Atoms[atom].Hybridisation == 2 && m.Neighbours[atom].Length == 3;

    private static int[]? RingOf(Molecule m, int end, int other)
    {
        int[] flanks = [.. m.Neighbours[end].Where(n => n != other)];
        return m.Rings.Where(r => r.Contains(end) && flanks.All(r.Contains)).MinBy(r => r.Length);
    }

    /// <summary>What one end carries beside the bond, in methyl groups.</summary>
    private static double Size(Molecule m, int end, int other)
    {
        int[] flanks = [.. m.Neighbours[end].Where(n => n != other)];
        if (RingOf(m, end, other) is not { } ring)
            return flanks.Sum(f => m.Atoms[f].AtomicNumber == 1 ? 0 : m.Neighbours[f].Length == 1 ? 0.5 : IsBranched(m, f, end) ? 1.25
                : 0.75);
        double sum = flanks.Sum(f => m.Neighbours[f].Where(n => !ring.Contains(n)).Select(n =>
            Size(m, n, f, true)).DefaultIfEmpty(0).Max());
        return ring.Length == 5 ? FiveRing * sum : sum;
    }

    private static double Size(Molecule m, int atom, int from, bool inRingPlane) => m.Atoms[atom].AtomicNumber switch
    {
        1 => 0,
        9 => 0.5,
        8 => 0.75,
        35 or 53 => 1.5,
        _ => inRingPlane && (IsBranched(m, atom, from) || InOneRing(m, atom, from)) ? 1.5 : 1,
    };

    /// <summary>A tetrahedral atom with two or more heavy neighbours besides.</summary>
    private static bool IsBranched(Molecule m, int atom, int from) =>
        m.Neighbours[atom].Length >= 4 && m.Neighbours[atom].Count(n => n != from && m.Atoms[n].AtomicNumber > 1) >= 2;

    private static bool InOneRing(Molecule m, int a, int b) => m.Rings.Any(r => r.Contains(a) && r.Contains(b));
}
