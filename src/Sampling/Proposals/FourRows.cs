using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MolSampling.Sampling.Proposals;

/// <summary>Small products of a matrix and a vector, four rows at a time: each number of the vector is loaded once for them, and their sums
/// do not wait for one another.</summary>
internal static class FourRows
{
    /// <summary>y = A x.</summary>
    /// <param name="a">[D, F].</param>
    /// <param name="width">F.</param>
    /// <param name="x">[F].</param>
    /// <param name="y">[D], overwritten.</param>
    public static void Multiply(ReadOnlySpan<double> a, int width, ReadOnlySpan<double> x, Span<double> y)
    {
        int d = 0;
        for (; d + 4 <= y.Length; d += 4)
            Dots(a[(d * width)..], width, x[..width]).CopyTo(y[d..]);
        for (; d < y.Length; d++)
            y[d] = Dot(a.Slice(d * width, width), x);
    }

    /// <summary>y += L x, L the lower triangle of a square matrix.</summary>
    /// <param name="l">[D, D].</param>
    /// <param name="width">D.</param>
    /// <param name="x">[D].</param>
    /// <param name="y">[D].</param>
    public static void AddTriangle(ReadOnlySpan<double> l, int width, ReadOnlySpan<double> x, Span<double> y)
    {
        int d = 0;
        for (; d + 4 <= width; d += 4)
        {
            (Vector256.Create<double>(y.Slice(d, 4)) + Dots(l[(d * width)..], width, x[..d])).CopyTo(y[d..]);
            for (int r = d; r < d + 4; r++)
                y[r] += Dot(l.Slice(r * width + d, r - d + 1), x[d..]);
        }
        for (; d < width; d++)
            y[d] += Dot(l.Slice(d * width, d + 1), x);
    }

    /// <summary>x = L^-1 x, L the lower triangle of a square matrix.</summary>
    /// <param name="l">[D, D].</param>
    /// <param name="inverseDiagonal">[D].</param>
    /// <param name="x">[D].</param>
    public static void SolveTriangle(ReadOnlySpan<double> l, ReadOnlySpan<double> inverseDiagonal, Span<double> x)
    {
        int width = inverseDiagonal.Length, d = 0;
        for (; d + 4 <= width; d += 4)
        {
            (Vector256.Create<double>(x.Slice(d, 4)) - Dots(l[(d * width)..], width, x[..d])).CopyTo(x[d..]);
            for (int r = d; r < d + 4; r++)
                x[r] = (x[r] - Dot(l.Slice(r * width + d, r - d), x[d..])) * inverseDiagonal[r];
        }
        for (; d < width; d++)
            x[d] = (x[d] - Dot(l.Slice(d * width, d), x)) * inverseDiagonal[d];
    }

    /// <summary>Products of x with the first numbers of four rows.</summary>
    private static Vector256<double> Dots(ReadOnlySpan<double> rows, int width, ReadOnlySpan<double> x)
    {
        ref double v = ref MemoryMarshal.GetReference(x), first = ref MemoryMarshal.GetReference(rows[..(3 * width + x.Length)]),
            second = ref Unsafe.Add(ref first, width), third = ref Unsafe.Add(ref second, width),
            fourth = ref Unsafe.Add(ref third, width);
        Vector256<double> a = default, b = default, c = default, d = default;
        nuint k = 0, count = (nuint)x.Length;
        for (; k + 4 <= count; k += 4)
        {
            var four = Vector256.LoadUnsafe(ref v, k);
            a = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref first, k), four, a);
            b = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref second, k), four, b);
            c = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref third, k), four, c);
            d = Vector256.MultiplyAddEstimate(Vector256.LoadUnsafe(ref fourth, k), four, d);
        }
        var sums = Vector256.Create(Vector256.Sum(a), Vector256.Sum(b), Vector256.Sum(c), Vector256.Sum(d));
        for (; k < count; k++)
            sums += Vector256.Create(Unsafe.Add(ref first, k), Unsafe.Add(ref second, k), Unsafe.Add(ref third, k),
                Unsafe.Add(ref fourth, k)) * Unsafe.Add(ref v, k);
        return sums;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += a[k] * b[k];
        return sum;
    }
}
