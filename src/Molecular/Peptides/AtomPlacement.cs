namespace MolSampling.Molecular.Peptides;

/// <summary>From internal to Cartesian coordinates.</summary>
internal static class AtomPlacement
{
    /// <summary>The point d with |cd| = length, angle b-c-d and dihedral a-b-c-d, both in degrees.</summary>
    public static Point Place(Point a, Point b, Point c, double length, double angle, double dihedral)
    {
        (double sinAngle, double cosAngle) = Math.SinCos(angle * Math.PI / 180);
        (double sin, double cos) = Math.SinCos(dihedral * Math.PI / 180);
        Point axis = (c - b).Unit(), normal = (b - a).Cross(axis).Unit(), side = normal.Cross(axis);
        return c + length * (-cosAngle * axis + sinAngle * cos * side + sinAngle * sin * normal);
    }
}
