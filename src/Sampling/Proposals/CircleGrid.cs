using System.Numerics;
using System.Runtime.InteropServices;

namespace MolSampling.Sampling.Proposals;

/// <summary>
/// Functions on a circle by their values at <see cref="Nodes"/> equidistant angles -pi, -pi + h, ..., and densities that are linear between nodes: normalised by the trapezoid rule without error, drawn from by inversion.
/// </summary>
internal static class CircleGrid
{
    /// <summary>3.75 degrees apart; a multiple of all vector lengths and of the folds 2, 3, 4 and 6.</summary>
    public const int Nodes = 96;

    public const double Step = 2 * Math.PI / Nodes;

    /// <summary>Harmonics there are values of.</summary>
    public const int Harmonics = 24;

    /// <summary>[2 Harmonics][Nodes] cos t, sin t, cos 2t, sin 2t, ... at the nodes.</summary>
    public static readonly float[][] Basis = [.. Enumerable.Range(0, 2 * Harmonics).Select(p => Enumerable.Range(0, Nodes).Select(k => (float)Wave(p, -Math.PI + k * Step)).ToArray())];

    private static double Wave(int p, double angle) => p % 2 == 0 ? Math.Cos((p / 2 + 1) * angle) : Math.Sin((p / 2 + 1) * angle);

    /// <summary>cos t, sin t, cos 2t, ... of one angle, by the addition theorem.</summary>
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
    public static void AddScaled(Span<float> sum, ReadOnlySpan<float> values, float factor)
    {
        Span<Vector<float>> s = MemoryMarshal.Cast<float, Vector<float>>(sum);
        ReadOnlySpan<Vector<float>> v = MemoryMarshal.Cast<float, Vector<float>>(values);
        var f = new Vector<float>(factor);
        for (int k = 0; k < s.Length; k++)
            s[k] = Vector.FusedMultiplyAdd(v[k], f, s[k]);
    }

    /// <summary>sum_k a_k b_k.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> x = MemoryMarshal.Cast<float, Vector<float>>(a), y = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sum = Vector<float>.Zero;
        for (int k = 0; k < x.Length; k++)
            sum = Vector.FusedMultiplyAdd(x[k], y[k], sum);
        return Vector.Sum(sum);
    }

    /// <summary>values = exp(values - largest) + floor * mean; returns their sum.</summary>
    public static float Exponentiate(Span<float> values, float floor)
    {
        Span<Vector<float>> v = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> largest = v[0];
        for (int k = 1; k < v.Length; k++)
            largest = Vector.Max(largest, v[k]);
        float top = largest[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++)
            top = Math.Max(top, largest[lane]);
        var shift = new Vector<float>(top);
        var sum = Vector<float>.Zero;
        for (int k = 0; k < v.Length; k++)
        {
            v[k] = Vector.Exp(v[k] - shift);
            sum += v[k];
        }
        float total = Vector.Sum(sum);
        var least = new Vector<float>(floor * total / Nodes);
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
