namespace MolSampling.Molecular.Peptides;

/// <summary>A point, Angstrom.</summary>
internal readonly record struct Point(double X, double Y, double Z)
{
    public static Point operator +(Point a, Point b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Point operator -(Point a, Point b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Point operator *(double s, Point a) => new(s * a.X, s * a.Y, s * a.Z);

    public Point Cross(Point b) => new(Y * b.Z - Z * b.Y, Z * b.X - X * b.Z, X * b.Y - Y * b.X);

    public Point Unit() => 1 / Math.Sqrt(X * X + Y * Y + Z * Z) * this;
}

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
