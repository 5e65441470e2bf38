using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Flows.Splines;

/// <summary>Between [W, P], an element's numbers side by side, and [P, W], a lane for each element: four by four in registers. P is at least 4, W a multiple of 4.</summary>
internal static unsafe class LaneTranspose
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Side = 4;

    /// <summary>[W, P] to [P, W].</summary>
    public static void ToLanes(float* source, float* lanes, int rows, int width)
    {
        for (int w = 0; w < width; w += Side, source += Side * rows)
            for (int k = 0; k < rows; k = Next(k, rows))
                Move(source + k, rows, lanes + k * width + w, width);
    }

    /// <summary>[P, W] to [W, P].</summary>
    public static void FromLanes(float* lanes, float* target, int rows, int width)
    {
        for (int w = 0; w < width; w += Side, target += Side * rows)
            for (int k = 0; k < rows; k = Next(k, rows))
                Move(lanes + k * width + w, width, target + k, rows);
    }

    /// <summary>The last tile overlaps its neighbour rather than end outside.</summary>
    [MethodImpl(Inline)]
    private static int Next(int k, int rows) => k == rows - Side ? rows : Math.Min(k + Side, rows - Side);

    [MethodImpl(Inline)]
    private static void Move(float* source, int from, float* target, int to)
    {
        Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + from), c = Vector128.Load(source + 2 * from), d = Vector128.Load(source + 3 * from);
        Vector128<float> ac = Low(a, c), bd = Low(b, d), ca = High(a, c), db = High(b, d);
        Low(ac, bd).Store(target);
        High(ac, bd).Store(target + to);
        Low(ca, db).Store(target + 2 * to);
        High(ca, db).Store(target + 3 * to);
    }

    [MethodImpl(Inline)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    [MethodImpl(Inline)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);
}
