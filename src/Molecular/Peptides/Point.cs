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
