using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MolSampling.Sampling.Proposals;

/// <summary>
/// Functions on a circle by their values at <see cref="Nodes"/> equidistant angles -pi, -pi + h, ..., and densities that are linear between
/// nodes: normalised by the trapezoid rule without error, drawn from by inversion.
/// </summary>
internal static class CircleGrid
{
    /// <summary>3.75 degrees apart; a multiple of all vector lengths and of the folds 2, 3, 4 and 6.</summary>
    public const int Nodes = 96;

    public const double Step = 2 * Math.PI / Nodes;

    /// <summary>Harmonics there are values of.</summary>
    public const int Harmonics = 16;

    private static readonly float[] s_waves =
        [.. Enumerable.Range(0, 2 * Harmonics).SelectMany(p => Enumerable.Range(0, Nodes).Select(k =>
        (float)Wave(p, -Math.PI + k * Step)))];

    /// <summary>[2 Harmonics, Nodes] cos t, sin t, cos 2t, ... at the nodes.</summary>
    public static ReadOnlySpan<float> WaveTable => s_waves;

    private static double Wave(int p, double angle) => p % 2 == 0 ? Math.Cos((p / 2 + 1) * angle) : Math.Sin((p / 2 + 1) * angle);

    /// <summary>cos t, sin t, cos 2t, ... of one angle, by the addition theorem.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Waves(double angle, Span<float> values)
    {
        (double s, double c) = Math.SinCos(angle);
        (double cosine, double sine) = (c, s);
        for (int p = 0; p < values.Length; p += 2)
        {
            (values[p], values[p + 1]) = ((float)cosine, (float)sine);
            (cosine, sine) = (cosine * c - sine * s, sine * c + cosine * s);
        }
    }

    /// <summary>The node below an angle, and the share of the way to the next.</summary>
    public static (int Node, float Share) Locate(double angle)
    {
        double u = (angle + Math.PI) / Step;
        double floor = Math.Floor(u);
        int node = (int)floor % Nodes;
        return (node < 0 ? node + Nodes : node, (float)(u - floor));
    }

    /// <summary>sum += factor * values, node by node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(Span<float> sum, ReadOnlySpan<float> values, float factor)
    {
        Span<Vector512<float>> s = MemoryMarshal.Cast<float, Vector512<float>>(sum);
        ReadOnlySpan<Vector512<float>> v = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var f = Vector512.Create(factor);
        for (int k = 0; k < s.Length; k++)
            s[k] = Vector512.FusedMultiplyAdd(v[k], f, s[k]);
    }

    /// <summary>values += sum_p coefficients_p wave_p, node by node: all values stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddWaves(Span<float> values, ReadOnlySpan<float> coefficients)
    {
        ref float v = ref MemoryMarshal.GetReference(values), wave = ref s_waves[0];
        Vector512<float> v0 = Vector512.LoadUnsafe(ref v), v1 = Vector512.LoadUnsafe(ref v, 16), v2 = Vector512.LoadUnsafe(ref v, 32),
            v3 = Vector512.LoadUnsafe(ref v, 48), v4 = Vector512.LoadUnsafe(ref v, 64), v5 = Vector512.LoadUnsafe(ref v, 80);
        for (int p = 0; p < coefficients.Length; p++)
        {
            var c = Vector512.Create(coefficients[p]);
            nuint at = (nuint)(p * Nodes);
            v0 = Vector512.FusedMultiplyAdd(c, Vector512.LoadUnsafe(ref wave, at), v0);
            v1 = Vector512.FusedMultiplyAdd(c, Vector512.LoadUnsafe(ref wave, at + 16), v1);
            v2 = Vector512.FusedMultiplyAdd(c, Vector512.LoadUnsafe(ref wave, at + 32), v2);
            v3 = Vector512.FusedMultiplyAdd(c, Vector512.LoadUnsafe(ref wave, at + 48), v3);
            v4 = Vector512.FusedMultiplyAdd(c, Vector512.LoadUnsafe(ref wave, at + 64), v4);
            v5 = Vector512.FusedMultiplyAdd(c, Vector512.LoadUnsafe(ref wave, at + 80), v5);
        }
        v0.StoreUnsafe(ref v);
        v1.StoreUnsafe(ref v, 16);
        v2.StoreUnsafe(ref v, 32);
        v3.StoreUnsafe(ref v, 48);
        v4.StoreUnsafe(ref v, 64);
        v5.StoreUnsafe(ref v, 80);
    }

    /// <summary>moments_p = factor sum_k values_k wave_p(k).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(ReadOnlySpan<float> values, float factor, Span<float> moments)
    {
        ref float v = ref MemoryMarshal.GetReference(values), wave = ref s_waves[0];
        Vector512<float> v0 = Vector512.LoadUnsafe(ref v), v1 = Vector512.LoadUnsafe(ref v, 16), v2 = Vector512.LoadUnsafe(ref v, 32),
            v3 = Vector512.LoadUnsafe(ref v, 48), v4 = Vector512.LoadUnsafe(ref v, 64), v5 = Vector512.LoadUnsafe(ref v, 80);
        for (int p = 0; p < moments.Length; p++)
        {
            nuint at = (nuint)(p * Nodes);
            Vector512<float> even = v0 * Vector512.LoadUnsafe(ref wave, at), odd = v1 * Vector512.LoadUnsafe(ref wave, at + 16);
            even = Vector512.FusedMultiplyAdd(v2, Vector512.LoadUnsafe(ref wave, at + 32), even);
            odd = Vector512.FusedMultiplyAdd(v3, Vector512.LoadUnsafe(ref wave, at + 48), odd);
            even = Vector512.FusedMultiplyAdd(v4, Vector512.LoadUnsafe(ref wave, at + 64), even);
            odd = Vector512.FusedMultiplyAdd(v5, Vector512.LoadUnsafe(ref wave, at + 80), odd);
            moments[p] = factor * Vector512.Sum(even + odd);
        }
    }

    /// <summary>values = exp(values - largest) + floor * mean; returns their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Exponentiate(Span<float> values, float floor)
    {
        Span<Vector512<float>> v = MemoryMarshal.Cast<float, Vector512<float>>(values);
        Vector512<float> largest = v[0];
        for (int k = 1; k < v.Length; k++)
            largest = Vector512.Max(largest, v[k]);
        Vector256<float> half = Vector256.Max(largest.GetLower(), largest.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        var shift = Vector512.Create(Math.Max(Math.Max(quarter[0], quarter[1]), Math.Max(quarter[2], quarter[3])));
        Vector512<float> sum = Vector512<float>.Zero;
        for (int k = 0; k < v.Length; k++)
        {
            v[k] = Vector512.Exp(v[k] - shift);
            sum += v[k];
        }
        float total = Vector512.Sum(sum);
        var least = Vector512.Create(floor * total / Nodes);
        for (int k = 0; k < v.Length; k++)
            v[k] += least;
        return total * (1 + floor);
    }

    /// <summary>The density at an angle.</summary>
    /// <param name="values">[Nodes] not negative.</param>
    /// <param name="total">Their sum.</param>
    /// <param name="angle">rad.</param>
    public static double Density(ReadOnlySpan<float> values, float total, double angle)
    {
        (int k, float u) = Locate(angle);
        double a = values[k], b = values[k + 1 == Nodes ? 0 : k + 1];
        return (a + u * (b - a)) / (total * Step);
    }

    /// <summary>The angle below which a share of the density lies.</summary>
    /// <param name="values">[Nodes] not negative.</param>
    /// <param name="total">Their sum.</param>
    /// <param name="share">In (0, 1).</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Quantile(ReadOnlySpan<float> values, float total, double share)
    {
        double rest = share * total;
        int k = 0;
        double a = values[0], b = values[1];
        for (; k < Nodes - 1; k++)
        {
            (a, b) = (values[k], values[k + 1 == Nodes ? 0 : k + 1]);
            double mass = 0.5 * (a + b);
            if (rest < mass)
                break;
            rest -= mass;
        }
        if (k == Nodes - 1)
            (a, b) = (values[k], values[0]);
        rest = Math.Min(rest, 0.5 * (a + b));
        // a u + (b - a) u^2 / 2 = rest
        double root = a + Math.Sqrt(Math.Max(0, a * a + 2 * (b - a) * rest));
        double u = root > 0 ? 2 * rest / root : 0;
        return -Math.PI + (k + Math.Min(u, 1)) * Step;
    }
}
