using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MolSampling.Potentials;
using PlainTile = MolSampling.Potentials.Engine.Tile;

namespace MolSampling.Flows.Networks;

/// <summary>
/// C = A B + bias in float32, [M, K] times [K, N], in 512-bit registers. B is packed into panels of 64 columns; a tile of C, 6 by 64, stays
/// in 24 registers while 128 terms are added (K. Goto, R. A. van de Geijn, ACM Trans. Math. Softw. 34 (2008) 12). The order of summation is
/// fixed, so results do not depend on threads.
/// </summary>
internal unsafe struct MatrixProduct
{
    private const int Panel = 64, TileRows = 6, Depth = 128, ChunkRows = 8 * TileRows, Lane = 16;

    /// <summary>Whether this machine has the registers.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>M, N and K.</summary>
    public int Rows, Columns, Inner;

    /// <summary>A(m, k) = A[m * RowStep + k * InnerStep].</summary>
    public float* A;

    /// <summary>Between elements of A, as said there.</summary>
    public int RowStep, InnerStep;

    /// <summary>[K, N], or [N, K] if <see cref="Transposed"/>.</summary>
    public float* B;

    /// <summary>Whether B is stored as [N, K].</summary>
    public bool Transposed;

    /// <summary>[N], or null.</summary>
    public float* Bias;

    /// <summary>[M, N], written.</summary>
    public float* C;

    /// <summary>Computes C.</summary>
    /// <param name="threads">At most so many.</param>
    public readonly void Run(int threads)
    {
        MatrixProduct product = this;
        int panels = (Columns + Panel - 1) / Panel, chunks = (Rows + ChunkRows - 1) / ChunkRows;
        // a panel's first row is its bias
        float* packed = (float*)NativeMemory.AlignedAlloc((nuint)((long)panels * (Inner + 1) * Panel * sizeof(float)), 64);
        try
        {
            Each(panels, threads, p => product.Pack(packed, p));
            Each(chunks, threads, c => product.Multiply(packed, panels, c * ChunkRows, Math.Min(product.Rows, (c + 1) * ChunkRows)));
        }
        finally
        {
            NativeMemory.AlignedFree(packed);
        }
    }

    private readonly void Each(int count, int threads, Action<int> work)
    {
        if (threads > 1 && count > 1 && (long)Rows * Columns * Inner > 1 << 18) // below, starting a thread costs more
            Parallel.For(0, count, ParallelWork.Options(threads), work);
        else
            for (int k = 0; k < count; k++)
                work(k);
    }

    private readonly void Pack(float* packed, int panel)
    {
        int first = panel * Panel, width = Math.Min(Panel, Columns - first);
        float* target = packed + (long)panel * (Inner + 1) * Panel;
        var row = new Span<float>(target, Panel);
        row.Clear();
        if (Bias != null)
            new Span<float>(Bias + first, width).CopyTo(row);
        target += Panel;
        if (!Transposed)
        {
            for (int k = 0; k < Inner; k++, target += Panel)
            {
                new Span<float>(B + (long)k * Columns + first, width).CopyTo(new(target, width));
                new Span<float>(target + width, Panel - width).Clear();
            }
            return;
        }
        int tiled = Inner < PlainTile.Side ? 0 : width / PlainTile.Side * PlainTile.Side;
        float* source = B + (long)first * Inner;
        for (int n = 0; n < tiled; n += PlainTile.Side, source += PlainTile.Side * Inner)
            for (int k = 0; k < Inner; k = PlainTile.Next(k, Inner))
                new PlainTile(source + k, source + Inner + k, source + 2 * Inner + k, source + 3 * Inner + k).Transposed().Store(target
                    + k * Panel + n, Panel);
        for (int n = tiled; n < Panel; n++, source += Inner)
            for (int k = 0; k < Inner; k++)
                target[k * Panel + n] = n < width ? source[k] : 0;
    }

    [SkipLocalsInit]
    private readonly void Multiply(float* packed, int panels, int first, int end)
    {
        float* edge = stackalloc float[TileRows * Panel];
        int k = 0;
        do
        {
            int depth = Math.Min(Depth, Inner - k);
            for (int p = 0; p < panels; p++)
            {
                int width = Math.Min(Panel, Columns - p * Panel);
                float* bias = packed + (long)p * (Inner + 1) * Panel, b = bias + (long)(k + 1) * Panel;
                for (int m = first; m < end; m += TileRows)
                {
                    int rows = Math.Min(TileRows, end - m);
                    float* a = A + (long)m * RowStep + (long)k * InnerStep, c = C + (long)m * Columns + p * Panel;
                    if (rows == TileRows && width == Panel)
                    {
                        Tile(a, RowStep, InnerStep, rows, b, depth, k == 0 ? bias : c, k == 0 ? 0 : Columns, c, Columns);
                        continue;
                    }
                    if (k > 0)
                        Copy(c, Columns, edge, Panel, rows, width);
                    Tile(a, RowStep, InnerStep, rows, b, depth, k == 0 ? bias : edge, k == 0 ? 0 : Panel, edge, Panel);
                    Copy(edge, Panel, c, Columns, rows, width);
                }
            }
            k += Depth;
        }
        while (k < Inner);
    }

    private static void Copy(float* from, int fromStep, float* to, int toStep, int rows, int width)
    {
        for (int r = 0; r < rows; r++)
            new Span<float>(from + r * fromStep, width).CopyTo(new(to + r * toStep, width));
    }

    /// <summary>to = from + A B for 6 rows; where there are fewer, the last is computed again.</summary>
    private static void Tile(float* a, int rowStep, int innerStep, int rows, float* b, int inner, float* from, int fromStep, float* to,
        int toStep)
    {
        nint last = rows - 1;
        float* a1 = a + Math.Min(1, last) * rowStep, a2 = a + Math.Min(2, last) * rowStep, a3 = a + Math.Min(3, last) * rowStep,
            a4 = a + Math.Min(4, last) * rowStep, a5 = a + Math.Min(5, last) * rowStep;
        Load(from, out Vector512<float> c00, out Vector512<float> c01, out Vector512<float> c02, out Vector512<float> c03);
        Load(from += fromStep, out Vector512<float> c10, out Vector512<float> c11, out Vector512<float> c12, out Vector512<float> c13);
        Load(from += fromStep, out Vector512<float> c20, out Vector512<float> c21, out Vector512<float> c22, out Vector512<float> c23);
        Load(from += fromStep, out Vector512<float> c30, out Vector512<float> c31, out Vector512<float> c32, out Vector512<float> c33);
        Load(from += fromStep, out Vector512<float> c40, out Vector512<float> c41, out Vector512<float> c42, out Vector512<float> c43);
        Load(from + fromStep, out Vector512<float> c50, out Vector512<float> c51, out Vector512<float> c52, out Vector512<float> c53);
        nint at = 0;
        for (; inner > 0; inner--, b += Panel, at += innerStep)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + Lane), b2 = Vector512.Load(b + 2 * Lane),
                b3 = Vector512.Load(b + 3 * Lane), x = Vector512.Create(a[at]);
            c00 = Vector512.FusedMultiplyAdd(x, b0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, b1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, b2, c02);
            c03 = Vector512.FusedMultiplyAdd(x, b3, c03);
            x = Vector512.Create(a1[at]);
            c10 = Vector512.FusedMultiplyAdd(x, b0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, b1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, b2, c12);
            c13 = Vector512.FusedMultiplyAdd(x, b3, c13);
            x = Vector512.Create(a2[at]);
            c20 = Vector512.FusedMultiplyAdd(x, b0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, b1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, b2, c22);
            c23 = Vector512.FusedMultiplyAdd(x, b3, c23);
            x = Vector512.Create(a3[at]);
            c30 = Vector512.FusedMultiplyAdd(x, b0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, b1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, b2, c32);
            c33 = Vector512.FusedMultiplyAdd(x, b3, c33);
            x = Vector512.Create(a4[at]);
            c40 = Vector512.FusedMultiplyAdd(x, b0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, b1, c41);
            c42 = Vector512.FusedMultiplyAdd(x, b2, c42);
            c43 = Vector512.FusedMultiplyAdd(x, b3, c43);
            x = Vector512.Create(a5[at]);
            c50 = Vector512.FusedMultiplyAdd(x, b0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, b1, c51);
            c52 = Vector512.FusedMultiplyAdd(x, b2, c52);
            c53 = Vector512.FusedMultiplyAdd(x, b3, c53);
        }
        Store(to, c00, c01, c02, c03);
        Store(to += toStep, c10, c11, c12, c13);
        Store(to += toStep, c20, c21, c22, c23);
        Store(to += toStep, c30, c31, c32, c33);
        Store(to += toStep, c40, c41, c42, c43);
        Store(to + toStep, c50, c51, c52, c53);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* from, out Vector512<float> a, out Vector512<float> b, out Vector512<float> c, out Vector512<float> d) =>
        (a, b, c, d) = (Vector512.Load(from), Vector512.Load(from + Lane), Vector512.Load(from + 2 * Lane),
            Vector512.Load(from + 3 * Lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        a.Store(to);
        b.Store(to + Lane);
        c.Store(to + 2 * Lane);
        d.Store(to + 3 * Lane);
    }
}
