using System.Runtime.CompilerServices;

namespace MolSampling.Sampling.Kernels;

/// <summary>A pyramidal atom of a ring, and what hangs on it.</summary>
/// <param name="Centre">The atom.</param>
/// <param name="First">A neighbour in the ring.</param>
/// <param name="Second">The other one.</param>
/// <param name="Moving">The substituent, the neighbour of <paramref name="Centre"/> first, and all atoms beyond it.</param>
public sealed record Pyramid(int Centre, int First, int Second, IReadOnlyList<int> Moving);

/// <summary>
/// Metropolis moves that invert a pyramidal atom of a ring: its substituent turns as a whole about the axis through the atom that is
/// parallel to the line between its ring neighbours, to the mirror image of its bond in the plane of the three. In cylinder coordinates
/// about this axis the substituent's angle changes its sign and those beyond it turn by the same angle, so the move is its own inverse,
/// keeps volume, and the plain Metropolis ratio is exact. Dynamics cross such barriers rarely: 80 kJ/mol in aziridines.
/// </summary>
public sealed class PyramidInversion : MetropolisMove
{
    private readonly Pyramid[] _pyramids;

    /// <summary>Makes the kernel.</summary>
    /// <exception cref="ArgumentException">No pyramids.</exception>
    public PyramidInversion(IEnumerable<Pyramid> pyramids)
    {
        _pyramids = [.. pyramids];
        if (_pyramids.Length == 0)
            throw new ArgumentException("An inversion needs at least one pyramid.");
    }

    /// <inheritdoc/>
    internal override ulong Key(RandomSource random, long step) => random.Key;

    /// <inheritdoc/>
    internal override (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace)
    {
        (uint a, uint b, uint c, _) = Philox.Words(key, walker, (ulong)step);
        Invert(block.Positions.Span, block.Width, lane, _pyramids[(int)(c * (ulong)_pyramids.Length >> 32)]);
        return (0, Philox.Uniform(a, b));
    }

    /// <summary>The mirror image of one walker's pyramid.</summary>
    /// <param name="x">[3N, W] nm.</param>
    /// <param name="width">W.</param>
    /// <param name="lane">The walker.</param>
    /// <param name="pyramid">Which.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Invert(Span<float> x, int width, int lane, Pyramid pyramid)
    {
        int o = 3 * pyramid.Centre * width + lane, p = 3 * pyramid.First * width + lane, q = 3 * pyramid.Second * width + lane,
            s = 3 * pyramid.Moving[0] * width + lane;
        double ox = x[o], oy = x[o + width], oz = x[o + 2 * width];
        double px = x[p] - ox, py = x[p + width] - oy, pz = x[p + 2 * width] - oz, qx = x[q] - ox, qy = x[q + width] - oy,
            qz = x[q + 2 * width] - oz;
        double ax = qx - px, ay = qy - py, az = qz - pz, a = 1 / Math.Sqrt(ax * ax + ay * ay + az * az);
        (ax, ay, az) = (ax * a, ay * a, az * a);
        double nx = py * qz - pz * qy, ny = pz * qx - px * qz, nz = px * qy - py * qx, n = 1 / Math.Sqrt(nx * nx + ny * ny + nz * nz);
        (nx, ny, nz) = (nx * n, ny * n, nz * n);
        // in the frame of the axis a, the normal n and m = n x a, which lies in the plane: the bond has the angle atan2(n, m), and turns by
        // minus twice that
        double mx = ny * az - nz * ay, my = nz * ax - nx * az, mz = nx * ay - ny * ax;
        double sx = x[s] - ox, sy = x[s + width] - oy, sz = x[s + 2 * width] - oz;
        (double sine, double cosine) = Math.SinCos(-2 * Math.Atan2(sx * nx + sy * ny + sz * nz, sx * mx + sy * my + sz * mz));
        foreach (int atom in pyramid.Moving)
        {
            int k = 3 * atom * width + lane;
            double rx = x[k] - ox, ry = x[k + width] - oy, rz = x[k + 2 * width] - oz;
            double along = rx * ax + ry * ay + rz * az, up = rx * nx + ry * ny + rz * nz, flat = rx * mx + ry * my + rz * mz;
            double turnedUp = cosine * up + sine * flat, turnedFlat = cosine * flat - sine * up;
            x[k] = (float)(ox + along * ax + turnedUp * nx + turnedFlat * mx);
            x[k + width] = (float)(oy + along * ay + turnedUp * ny + turnedFlat * my);
            x[k + 2 * width] = (float)(oz + along * az + turnedUp * nz + turnedFlat * mz);
        }
    }
}
