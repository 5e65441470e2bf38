using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Potentials.Engine;

/// <summary>Four rows of four floats: between [W, 3N] and [3N, W] sixteen numbers move in eight shuffles.</summary>
internal readonly unsafe struct Tile
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Rows and columns.</summary>
    public const int Side = 4;

    private readonly Vector128<float> _a, _b, _c, _d;

    [MethodImpl(Inline)]
    public Tile(float* a, float* b, float* c, float* d) : this(Vector128.Load(a), Vector128.Load(b), Vector128.Load(c), Vector128.Load(d))
    {
    }

    [MethodImpl(Inline)]
    private Tile(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>Where the tile after the one at <paramref name="k"/> begins in a row of at least four: the last one overlaps its neighbour
    /// rather than end outside.</summary>
    [MethodImpl(Inline)]
    public static int Next(int k, int size) => k == size - Side ? size : Math.Min(k + Side, size - Side);

    /// <summary>Columns as rows.</summary>
    [MethodImpl(Inline)]
    public Tile Transposed()
    {
        Vector128<float> ac = Low(_a, _c), bd = Low(_b, _d), ca = High(_a, _c), db = High(_b, _d);
        return new(Low(ac, bd), High(ac, bd), Low(ca, db), High(ca, db));
    }

    /// <summary>Writes the rows <paramref name="stride"/> floats apart.</summary>
    [MethodImpl(Inline)]
    public void Store(float* target, int stride)
    {
        _a.Store(target);
        _b.Store(target + stride);
        _c.Store(target + 2 * stride);
        _d.Store(target + 3 * stride);
    }

    [MethodImpl(Inline)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1],
            b[1]);

    [MethodImpl(Inline)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2],
            a[3], b[3]);
}
