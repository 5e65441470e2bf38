using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MolSampling.Sampling;

/// <summary>
/// Sums whose order follows from the number of terms alone. TensorPrimitives begins them where memory is aligned, which differs from run to
/// run with where the arrays came to lie, and so do the last digits of what follows.
/// </summary>
public static class FixedOrder
{
    /// <summary>sum a_n.</summary>
    public static T Sum<T>(ReadOnlySpan<T> a) where T : unmanaged, INumber<T>
    {
        Vector256<T> s0 = Vector256<T>.Zero, s1 = s0;
        ref T x = ref MemoryMarshal.GetReference(a);
        int width = Vector256<T>.Count, n = 0;
        for (; n + 2 * width <= a.Length; n += 2 * width)
        {
            s0 += Vector256.LoadUnsafe(ref x, (nuint)n);
            s1 += Vector256.LoadUnsafe(ref x, (nuint)(n + width));
        }
        T sum = Vector256.Sum(s0 + s1);
        for (; n < a.Length; n++)
            sum += Unsafe.Add(ref x, n);
        return sum;
    }

    /// <summary>sum a_n b_n.</summary>
    /// <exception cref="ArgumentException">Not as many of one as of the other.</exception>
    public static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : unmanaged, INumber<T>
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"{a.Length} and {b.Length} numbers have no product.");
        Vector256<T> s0 = Vector256<T>.Zero, s1 = s0;
        ref T x = ref MemoryMarshal.GetReference(a);
        ref T y = ref MemoryMarshal.GetReference(b);
        int width = Vector256<T>.Count, n = 0;
        for (; n + 2 * width <= a.Length; n += 2 * width)
        {
            s0 += Vector256.LoadUnsafe(ref x, (nuint)n) * Vector256.LoadUnsafe(ref y, (nuint)n);
            s1 += Vector256.LoadUnsafe(ref x, (nuint)(n + width)) * Vector256.LoadUnsafe(ref y, (nuint)(n + width));
        }
        T sum = Vector256.Sum(s0 + s1);
        for (; n < a.Length; n++)
            sum += Unsafe.Add(ref x, n) * Unsafe.Add(ref y, n);
        return sum;
    }

    /// <summary>sum_n += f a_n, element by element, where no order matters.</summary>
    /// <param name="sum">Added to.</param>
    /// <param name="factor">f.</param>
    /// <param name="a">At least as long.</param>
    public static void AddScaled(Span<double> sum, double factor, ReadOnlySpan<double> a)
    {
        ref double s = ref MemoryMarshal.GetReference(sum);
        ref double x = ref MemoryMarshal.GetReference(a[..sum.Length]);
        Vector256<double> f = Vector256.Create(factor);
        int n = 0;
        for (; n + Vector256<double>.Count <= sum.Length; n += Vector256<double>.Count)
            (Vector256.LoadUnsafe(ref s, (nuint)n) + f * Vector256.LoadUnsafe(ref x, (nuint)n)).StoreUnsafe(ref s, (nuint)n);
        for (; n < sum.Length; n++)
            Unsafe.Add(ref s, n) += factor * Unsafe.Add(ref x, n);
    }

    /// <summary>sum a_n^2.</summary>
    public static T SumOfSquares<T>(ReadOnlySpan<T> a) where T : unmanaged, INumber<T> => Dot(a, a);
}
