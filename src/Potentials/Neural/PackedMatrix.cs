using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Neural;

/// <summary>
/// A matrix of weights [rows, depth] in the order in which its product with panels reads it: six rows at a time, [group][depth][6], the
/// last group filled up with zeros. A panel is two columns of lanes side by side, [depth][2]: atoms of one element times walkers.
/// </summary>
/// <remarks>
/// The kernel holds 6 x 2 sums in registers and has 12 multiply-adds for 8 loads, so two multiply-add units are what it waits for: 0.91 to
/// 0.98 of their peak for 256 x 384, 384 x 256 and 192 x 256 on a core with AVX2 (Zen 3), and less when the depth was cut into parts.
/// Sixteen registers suffice: 12 sums, 2 of the panel, 1 weight in all lanes. Wider lanes change nothing else.
/// </remarks>
internal sealed class PackedMatrix
{
    /// <summary>Rows of a group.</summary>
    public const int GroupRows = 6;

    private readonly float[] _weights; // pinned

    /// <param name="rows">Of the product.</param>
    /// <param name="depth">Summed over.</param>
    /// <param name="weight">The number at (row, depth).</param>
    public PackedMatrix(int rows, int depth, Func<int, int, float> weight)
    {
        (Rows, Depth) = (rows, depth);
        _weights = GC.AllocateArray<float>(PaddedRows(rows) * depth, pinned: true);
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < depth; k++)
                _weights[(row / GroupRows * depth + k) * GroupRows + row % GroupRows] = weight(row, k);
    }

    /// <summary>Rows of the product without the filling.</summary>
    public int Rows { get; }

    /// <summary>Summed over.</summary>
    public int Depth { get; }

    /// <summary>Rows that a product writes.</summary>
    public static int PaddedRows(int rows) => (rows + GroupRows - 1) / GroupRows * GroupRows;

    /// <summary>y = A x + b, or y += A x, for some panels.</summary>
    /// <param name="bias">[padded rows]; null to add to what is in y.</param>
    /// <param name="x">Panels [depth, 2].</param>
    /// <param name="xStride">Lanes between two panels.</param>
    /// <param name="y">Panels [padded rows, 2].</param>
    /// <param name="yStride">Lanes between two panels.</param>
    /// <param name="panels">How many.</param>
    public unsafe void Multiply<T>(float* bias, T* x, int xStride, T* y, int yStride, int panels) where T : unmanaged, ILane<T>
    {
        fixed (float* weights = _weights)
            for (int row = 0; row < Rows; row += GroupRows)
                for (int p = 0; p < panels; p++)
                    Tile(weights + (nint)row * Depth, Depth, bias is null ? null : bias + row, x + (nint)p * xStride,
                        y + (nint)p * yStride + 2 * row);
    }

    private static unsafe void Tile<T>(float* w, int depth, float* bias, T* x, T* y) where T : unmanaged, ILane<T>
    {
        T a0, a1, b0, b1, c0, c1, d0, d1, e0, e1, f0, f1;
        if (bias is null)
        {
            (a0, a1, b0, b1, c0, c1) = (y[0], y[1], y[2], y[3], y[4], y[5]);
            (d0, d1, e0, e1, f0, f1) = (y[6], y[7], y[8], y[9], y[10], y[11]);
        }
        else
        {
            a0 = a1 = Weight<T>(bias, 0);
            b0 = b1 = Weight<T>(bias, 1);
            c0 = c1 = Weight<T>(bias, 2);
            d0 = d1 = Weight<T>(bias, 3);
            e0 = e1 = Weight<T>(bias, 4);
            f0 = f1 = Weight<T>(bias, 5);
        }
        for (float* end = w + (nint)GroupRows * depth; w < end; w += GroupRows, x += 2)
        {
            T x0 = x[0], x1 = x[1];
            T v = Weight<T>(w, 0);
            a0 = T.MultiplyAdd(v, x0, a0);
            a1 = T.MultiplyAdd(v, x1, a1);
            v = Weight<T>(w, 1);
            b0 = T.MultiplyAdd(v, x0, b0);
            b1 = T.MultiplyAdd(v, x1, b1);
            v = Weight<T>(w, 2);
            c0 = T.MultiplyAdd(v, x0, c0);
            c1 = T.MultiplyAdd(v, x1, c1);
            v = Weight<T>(w, 3);
            d0 = T.MultiplyAdd(v, x0, d0);
            d1 = T.MultiplyAdd(v, x1, d1);
            v = Weight<T>(w, 4);
            e0 = T.MultiplyAdd(v, x0, e0);
            e1 = T.MultiplyAdd(v, x1, e1);
            v = Weight<T>(w, 5);
            f0 = T.MultiplyAdd(v, x0, f0);
            f1 = T.MultiplyAdd(v, x1, f1);
        }
        (y[0], y[1], y[2], y[3], y[4], y[5]) = (a0, a1, b0, b1, c0, c1);
        (y[6], y[7], y[8], y[9], y[10], y[11]) = (d0, d1, e0, e1, f0, f1);
    }

    /// <summary>A weight in all lanes. Weights are single precision for doubles as well: that is what is published.</summary>
    /// <remarks>A scalar conversion would wait for what was in its register before; one of vectors does not.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe T Weight<T>(float* weights, int index) where T : unmanaged, ILane<T> =>
        typeof(T) == typeof(Double64) ? Vector128.WidenLower(Vector128.CreateScalarUnsafe(weights[index])).ToScalar()
            : T.Broadcast((byte*)weights, index);
}
