using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace MolSampling.Sampling;

/// <summary>
/// The counter-based generator Philox4x32-10: a keyed bijection of 128-bit counters, so the n-th number is had without the others.
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Proc. SC'11 (2011), "Parallel random numbers: as easy as 1, 2, 3".
/// </summary>
internal static class Philox
{
    /// <summary>The four words at a counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint A, uint B, uint C, uint D) Words(ulong key, ulong counterLow, ulong counterHigh)
    {
        uint c0 = (uint)counterLow, c1 = (uint)(counterLow >> 32), c2 = (uint)counterHigh, c3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Uniform on the open interval (0, 1), 53 bits.</summary>
    public static double Uniform(uint high, uint low) => ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53)) + 0.5 / (1UL << 53);

    /// <summary>
    /// Standard normal numbers for a block of walkers in lanes. The number of walker w, step s and coordinate k depends on (key, w, s, k) alone:
    /// not on the lane width, nor on the thread. Box and Muller, Ann. Math. Stat. 29 (1958) 610.
    /// </summary>
    /// <param name="key">The stream.</param>
    /// <param name="firstWalker">The walker in lane 0.</param>
    /// <param name="step">The step.</param>
    /// <param name="width">Lanes.</param>
    /// <param name="normals">[rows, width].</param>
    /// <param name="scratch">Made for as many rows.</param>
    public static void FillNormals(ulong key, long firstWalker, long step, int width, Span<float> normals, NormalScratch scratch)
    {
        int rows = normals.Length / width, quads = (rows + 3) / 4, half = 2 * quads * width;
        Span<float> radii = scratch.Radii.AsSpan(0, half), angles = scratch.Angles.AsSpan(0, half), sines = scratch.Sines.AsSpan(0, half);
        const float unit = 1f / (1 << 24), offset = 0.5f / (1 << 24);
        for (int quad = 0; quad < quads; quad++)
        {
            for (int lane = 0; lane < width; lane++)
            {
                (uint a, uint b, uint c, uint d) = Words(key, ((ulong)(firstWalker + lane) << 20) | (uint)quad, (ulong)step);
                int first = 2 * quad * width + lane, second = first + width;
                radii[first] = (a >> 8) * unit + offset;
                angles[first] = (b >> 8) * unit;
                radii[second] = (c >> 8) * unit + offset;
                angles[second] = (d >> 8) * unit;
            }
        }
        TensorPrimitives.Log(radii, radii);
        TensorPrimitives.Multiply(radii, -2f, radii);
        TensorPrimitives.Sqrt(radii, radii);
        TensorPrimitives.Multiply(angles, 2 * MathF.PI, angles);
        TensorPrimitives.SinCos(angles, sines, angles);
        int firstHalf = Math.Min(half, normals.Length);
        TensorPrimitives.Multiply(radii[..firstHalf], angles[..firstHalf], normals[..firstHalf]);
        int rest = normals.Length - firstHalf;
        if (rest > 0)
            TensorPrimitives.Multiply(radii[..rest], sines[..rest], normals[firstHalf..]);
    }
}

/// <summary>Work space of <see cref="Philox.FillNormals"/>, so that it allocates nothing.</summary>
internal sealed class NormalScratch(int rows, int width)
{
    public float[] Radii { get; } = new float[2 * ((rows + 3) / 4) * width];

    public float[] Angles { get; } = new float[2 * ((rows + 3) / 4) * width];

    public float[] Sines { get; } = new float[2 * ((rows + 3) / 4) * width];
}
