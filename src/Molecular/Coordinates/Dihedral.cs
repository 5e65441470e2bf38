namespace MolSampling.Molecular.Coordinates;

/// <summary>Dihedral angles, IUPAC sign.</summary>
public static class Dihedral
{
    /// <summary>The dihedral angle of four atoms.</summary>
    /// <param name="x">[N, 3].</param>
    /// <param name="i">First atom.</param>
    /// <param name="j">Axis.</param>
    /// <param name="k">Axis.</param>
    /// <param name="l">Last atom.</param>
    /// <returns>rad in [-pi, pi].</returns>
    public static double Angle(ReadOnlySpan<float> x, int i, int j, int k, int l)
    {
        (double ux, double uy, double uz) = Difference(x, j, i);
        (double vx, double vy, double vz) = Difference(x, k, j);
        (double wx, double wy, double wz) = Difference(x, l, k);
        (double mx, double my, double mz) = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
        (double nx, double ny, double nz) = (vy * wz - vz * wy, vz * wx - vx * wz, vx * wy - vy * wx);
        double length = Math.Sqrt(vx * vx + vy * vy + vz * vz);
        return Math.Atan2(length * (ux * nx + uy * ny + uz * nz), mx * nx + my * ny + mz * nz);
    }

    private static (double X, double Y, double Z) Difference(ReadOnlySpan<float> x, int a, int b) =>
        ((double)x[3 * a] - x[3 * b], (double)x[3 * a + 1] - x[3 * b + 1], (double)x[3 * a + 2] - x[3 * b + 2]);
}
