using MolSampling.Sampling.Kernels;

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
    public static double Angle(ReadOnlySpan<float> x, int i, int j, int k, int l) => LaneGeometry.Dihedral(x, 1, 0, i, j, k, l);
}
