namespace MolSampling.Sampling.Kernels;

/// <summary>Geometry of one walker in a block.</summary>
internal static class LaneGeometry
{
    /// <summary>The dihedral angle i-j-k-l, IUPAC sign.</summary>
    /// <param name="x">[3N, W].</param>
    /// <param name="width">W.</param>
    /// <param name="lane">The walker.</param>
    /// <param name="i">First atom.</param>
    /// <param name="j">Axis.</param>
    /// <param name="k">Axis.</param>
    /// <param name="l">Last atom.</param>
    /// <returns>rad in [-pi, pi].</returns>
    public static double Dihedral(ReadOnlySpan<float> x, int width, int lane, int i, int j, int k, int l)
    {
        (double ux, double uy, double uz) = Difference(x, width, lane, j, i);
        (double vx, double vy, double vz) = Difference(x, width, lane, k, j);
        (double wx, double wy, double wz) = Difference(x, width, lane, l, k);
        (double mx, double my, double mz) = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
        (double nx, double ny, double nz) = (vy * wz - vz * wy, vz * wx - vx * wz, vx * wy - vy * wx);
        double length = Math.Sqrt(vx * vx + vy * vy + vz * vz);
        return Math.Atan2(length * (ux * nx + uy * ny + uz * nz), mx * nx + my * ny + mz * nz);
    }

    private static (double X, double Y, double Z) Difference(ReadOnlySpan<float> x, int width, int lane, int a, int b)
    {
        int p = 3 * a * width + lane, q = 3 * b * width + lane;
        return ((double)x[p] - x[q], (double)x[p + width] - x[q + width], (double)x[p + 2 * width] - x[q + 2 * width]);
    }
}
