using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling;

/// <summary>
/// The counter-based generator Philox4x32-10: a keyed bijection of 128-bit counters, so the n-th number is had without the others.
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Proc. SC'11 (2011), "Parallel random numbers: as easy as 1, 2, 3".
/// </summary>
internal static class Philox
{
    private const uint FirstMultiplier = 0xD2511F53, SecondMultiplier = 0xCD9E8D57, FirstWeyl = 0x9E3779B9, SecondWeyl = 0xBB67AE85;
    private const float Unit = 1f / (1 << 24), Offset = 0.5f / (1 << 24);

    /// <summary>The four words at a counter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint A, uint B, uint C, uint D) Words(ulong key, ulong counterLow, ulong counterHigh)
    {
        uint c0 = (uint)counterLow, c1 = (uint)(counterLow >> 32), c2 = (uint)counterHigh, c3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)FirstMultiplier * c0, p1 = (ulong)SecondMultiplier * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += FirstWeyl;
            k1 += SecondWeyl;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Uniform on the open interval (0, 1), 53 bits.</summary>
    public static double Uniform(uint high, uint low) => ((((ulong)high << 32) | low) >> 11) * (1.0 / (1UL << 53)) + 0.5 / (1UL << 53);

    /// <summary>Two standard normal numbers in double precision, a function of (key, low, high).</summary>
    public static (double First, double Second) Normals(ulong key, ulong counterLow, ulong counterHigh)
    {
        (uint a, uint b, uint c, uint d) = Words(key, counterLow, counterHigh);
        double radius = Math.Sqrt(-2 * Math.Log(Uniform(a, b)));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * Uniform(c, d));
        return (radius * cosine, radius * sine);
    }

    /// <summary>Uniform on (0, 1), 24 bits: what <see cref="NormalPair{T}"/> makes a radius of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Radius(uint word) => (word >> 8) * Unit + Offset;

    /// <summary>Uniform on [-1/2, 1/2), 24 bits: a part of a turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Turn(uint word) => (word >> 8) * Unit - 0.5f;

    /// <summary>Two standard normal numbers: sqrt(-2 ln radius) times cosine and sine. G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29
    /// (1958) 610.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NormalPair<T>(T radius, T turn, out T first, out T second) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        SinglePrecision.SinCosOfTurns(turn, out T sine, out T cosine);
        T length = T.Sqrt(-2.0 * SinglePrecision.Log(radius));
        (first, second) = (length * cosine, length * sine);
    }

    /// <summary>
    /// Standard normal numbers for a block of walkers in lanes. The number of walker w, step s and coordinate k depends on (key, w, s, k)
    /// alone: not on the lane width, nor on the thread. Both numbers of a <see cref="NormalPair{T}"/> are used, rows apart.
    /// </summary>
    /// <param name="key">The stream.</param>
    /// <param name="firstWalker">The walker in lane 0.</param>
    /// <param name="step">The step.</param>
    /// <param name="width">Lanes, a multiple of 4.</param>
    /// <param name="normals">[rows, width].</param>
    /// <param name="scratch">Made for as many rows.</param>
    public static void FillNormals(ulong key, long firstWalker, long step, int width, Span<float> normals, NormalScratch scratch)
    {
        int rows = normals.Length / width, quads = (rows + 3) / 4;
        for (int quad = 0; quad < quads; quad++)
        {
            Span<float> radii = scratch.Radii.Span.Slice(2 * quad * width, 2 * width), angles = scratch.Angles.Span.Slice(2 * quad * width,
                2 * width);
            if (Avx2.IsSupported && width % 8 == 0)
                FillUniformsOfEight(key, firstWalker, step, quad, width, radii, angles);
            else
                FillUniforms(key, firstWalker, step, quad, width, radii, angles);
        }
        if (width % Float512.Width == 0)
            Transform<Float512>(scratch, normals, quads, width / Float512.Width);
        else if (width % Float256.Width == 0)
            Transform<Float256>(scratch, normals, quads, width / Float256.Width);
        else if (width % Float128.Width == 0)
            Transform<Float128>(scratch, normals, quads, width / Float128.Width);
        else
            throw new ArgumentException($"Blocks of {width} walkers; a multiple of {Float128.Width} is needed.");
    }

    private static void FillUniforms(ulong key, long firstWalker, long step, int quad, int width, Span<float> radii, Span<float> angles)
    {
        for (int lane = 0; lane < width; lane++)
        {
            (uint a, uint b, uint c, uint d) = Words(key, ((ulong)(firstWalker + lane) << 20) | (uint)quad, (ulong)step);
            (radii[lane], angles[lane]) = (Radius(a), Turn(b));
            (radii[width + lane], angles[width + lane]) = (Radius(c), Turn(d));
        }
    }

    /// <summary>The same numbers, eight walkers at a time. Words stand in the low halves of 64-bit lanes; what the high halves hold does
    /// not reach the products.</summary>
    private static void FillUniformsOfEight(ulong key, long firstWalker, long step, int quad, int width, Span<float> radii,
        Span<float> angles)
    {
        for (int lane = 0; lane < width; lane += 8)
        {
            Vector256<ulong> low = Vector256.Create((ulong)(firstWalker + lane)) + Vector256.Create(0UL, 1, 2, 3),
                high = low + Vector256.Create(4UL);
            low = Vector256.ShiftLeft(low, 20) | Vector256.Create((ulong)quad);
            high = Vector256.ShiftLeft(high, 20) | Vector256.Create((ulong)quad);
            Rounds(key, step, low, out Vector256<ulong> a0, out Vector256<ulong> b0, out Vector256<ulong> c0, out Vector256<ulong> d0);
            Rounds(key, step, high, out Vector256<ulong> a1, out Vector256<ulong> b1, out Vector256<ulong> c1, out Vector256<ulong> d1);
            (ToUnit(a0, a1) + Vector256.Create(Offset)).CopyTo(radii[lane..]);
            (ToUnit(b0, b1) - Vector256.Create(0.5f)).CopyTo(angles[lane..]);
            (ToUnit(c0, c1) + Vector256.Create(Offset)).CopyTo(radii[(width + lane)..]);
            (ToUnit(d0, d1) - Vector256.Create(0.5f)).CopyTo(angles[(width + lane)..]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rounds(ulong key, long step, Vector256<ulong> counter, out Vector256<ulong> c0, out Vector256<ulong> c1,
        out Vector256<ulong> c2, out Vector256<ulong> c3)
    {
        (c0, c1, c2, c3) = (counter, Vector256.ShiftRightLogical(counter, 32), Vector256.Create((ulong)(uint)step),
            Vector256.Create((ulong)step >> 32));
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> p0 = Avx2.Multiply(c0.AsUInt32(), Vector256.Create(FirstMultiplier)),
                p1 = Avx2.Multiply(c2.AsUInt32(), Vector256.Create(SecondMultiplier));
            c0 = Vector256.ShiftRightLogical(p1, 32) ^ c1 ^ Vector256.Create((ulong)k0);
            c1 = p1;
            c2 = Vector256.ShiftRightLogical(p0, 32) ^ c3 ^ Vector256.Create((ulong)k1);
            c3 = p0;
            k0 += FirstWeyl;
            k1 += SecondWeyl;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToUnit(Vector256<ulong> low, Vector256<ulong> high) =>
        Vector256.ConvertToSingle(Vector256.ShiftRightLogical(Vector256.Narrow(low, high), 8).AsInt32()) * Unit;

    private static unsafe void Transform<T>(NormalScratch scratch, Span<float> normals, int quads, int vectors) where T : unmanaged,
        ISingleLane<T>, ILane<T>
    {
        fixed (float* radii = scratch.Radii.Span, angles = scratch.Angles.Span, output = normals)
        {
            int length = normals.Length / T.Width, half = 2 * quads * vectors; // in vectors; a row has several
            for (int pair = 0; pair < half; pair++)
            {
                NormalPair(((T*)radii)[pair], ((T*)angles)[pair], out T first, out T second);
                if (pair < length)
                    ((T*)output)[pair] = first;
                if (half + pair < length)
                    ((T*)output)[half + pair] = second;
            }
        }
    }
}

/// <summary>Work space of <see cref="Philox.FillNormals"/>, so that it allocates nothing.</summary>
internal sealed class NormalScratch(int rows, int width) : IDisposable
{
    public LaneBuffer Radii { get; } = new(2 * ((rows + 3) / 4) * width);

    public LaneBuffer Angles { get; } = new(2 * ((rows + 3) / 4) * width);

    public void Dispose()
    {
        Radii.Dispose();
        Angles.Dispose();
    }
}
