using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>What a single-precision lane provides beside <see cref="ILane{T}"/>, so that elementary functions are written once:
/// <see cref="SinglePrecision"/>.</summary>
internal interface ISingleLane<T> : ILane<T> where T : unmanaged, ISingleLane<T>
{
    /// <summary>a 2^n for integral n; what leaves the range of normal numbers is held at its ends or becomes 0 or infinite.</summary>
    static abstract T Scale(T a, T n);

    /// <summary>a = mantissa 2^e with the mantissa in [3/4, 3/2); a positive and normal.</summary>
    /// <returns>e.</returns>
    static abstract T SplitExponent(T a, out T mantissa);
}

/// <summary>Elementary functions in single precision, by polynomials over lanes.</summary>
internal static class SinglePrecision
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const double Ln2High = 0.693359375, Ln2Low = -2.12194440e-4; // the high part times an exponent is exact

    /// <summary>e^a, relative error below 2e-7. The polynomial is that of Cephes' expf (S. Moshier).</summary>
    [MethodImpl(Inline)]
    public static T Exp<T>(T a) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T n = T.Round(a * 1.44269504088896341);
        T r = T.MultiplyAdd(n, -Ln2Low, T.MultiplyAdd(n, -Ln2High, a));
        T p = T.MultiplyAdd(r, 1.9875691500e-4, 1.3981999507e-3);
        p = T.MultiplyAdd(p, r, 8.3334519073e-3);
        p = T.MultiplyAdd(p, r, 4.1665795894e-2);
        p = T.MultiplyAdd(p, r, 1.6666665459e-1);
        p = T.MultiplyAdd(p, r, 5.0000001201e-1);
        return T.Scale(T.MultiplyAdd(p, r * r, r + 1.0), n);
    }

    /// <summary>2^a, relative error below 2e-7: what is left of the nearest integer goes through the minimax polynomial of degree 6 on
    /// [-1/2, 1/2] (relative error 2e-9).</summary>
    [MethodImpl(Inline)]
    public static T Exp2<T>(T a) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T n = T.Round(a), f = a - n;
        T p = T.MultiplyAdd(f, 0.0001534581164, 0.001339993122);
        p = T.MultiplyAdd(p, f, 0.009618488958);
        p = T.MultiplyAdd(p, f, 0.05550328777);
        p = T.MultiplyAdd(p, f, 0.2402264689);
        p = T.MultiplyAdd(p, f, 0.6931472057);
        return T.Scale(T.MultiplyAdd(p, f, 1.000000001), n);
    }

    /// <summary>ln a for positive normal a, relative error below 2e-7: e ln 2 + m + m^2 (-1/2 + m P(m)), a = (1 + m) 2^e with m in [-1/4,
    /// 1/2).</summary>
    [MethodImpl(Inline)]
    public static T Log<T>(T a) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T e = T.SplitExponent(a, out T m);
        m -= 1.0;
        T p = T.MultiplyAdd(m, -0.05147591755, 0.1089631439);
        p = T.MultiplyAdd(p, m, -0.1306141532);
        p = T.MultiplyAdd(p, m, 0.1438231738);
        p = T.MultiplyAdd(p, m, -0.1664944838);
        p = T.MultiplyAdd(p, m, 0.1999687406);
        p = T.MultiplyAdd(p, m, -0.2500014408);
        p = T.MultiplyAdd(p, m, 0.3333334632);
        p = T.MultiplyAdd(p, m, -0.5);
        return T.MultiplyAdd(e, 0.693147180559945309, T.MultiplyAdd(m * m, p, m));
    }

    /// <summary>sin and cos of 2 pi t for t in [-1/2, 1/2], absolute error below 3e-7: from the half angle, sin 2a = 2 sin a cos a, cos 2a
    /// = 1 - 2 sin^2 a.</summary>
    [MethodImpl(Inline)]
    public static void SinCosOfTurns<T>(T t, out T sine, out T cosine) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T a = t * Math.PI, z = a * a; // half the angle, in [-pi/2, pi/2]; series at the Chebyshev nodes
        T s = T.MultiplyAdd(z, 2.605107489e-06, -0.0001980901735);
        s = T.MultiplyAdd(s, z, 0.00833305017);
        s = T.MultiplyAdd(s, z, -0.1666665795);
        s = T.MultiplyAdd(s, z, 0.9999999957);
        s *= a;
        T c = T.MultiplyAdd(z, -2.605065611e-07, 2.47601096e-05);
        c = T.MultiplyAdd(c, z, -0.001388836028);
        c = T.MultiplyAdd(c, z, 0.04166663616);
        c = T.MultiplyAdd(c, z, -0.4999999936);
        c = T.MultiplyAdd(c, z, 0.9999999998);
        sine = 2.0 * s * c;
        cosine = T.MultiplyAdd(-2.0 * s, s, 1.0);
    }

    /// <summary>pi/2 - asin for |a| at most 1/2, else 2 asin sqrt((1 - |a|)/2) reflected: no cancellation on either branch.</summary>
    [MethodImpl(Inline)]
    public static T Acos<T>(T a) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T magnitude = T.Abs(a);
        T z = T.IfLess(magnitude, 0.5, a * a, T.Max((1.0 - magnitude) * 0.5, 0.0));
        T arcsine = ArcsineSeries(T.IfLess(magnitude, 0.5, a, T.Sqrt(z)), z);
        T twice = arcsine + arcsine;
        return T.IfLess(magnitude, 0.5, Math.PI / 2 - arcsine, T.IfLess(a, 0.0, Math.PI - twice, twice));
    }

    /// <summary>asin for |a| at most 1/2, else pi/2 - 2 asin sqrt((1 - |a|)/2) with the sign of a.</summary>
    [MethodImpl(Inline)]
    public static T Asin<T>(T a) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T magnitude = T.Abs(a);
        T z = T.IfLess(magnitude, 0.5, a * a, T.Max((1.0 - magnitude) * 0.5, 0.0));
        T arcsine = ArcsineSeries(T.IfLess(magnitude, 0.5, magnitude, T.Sqrt(z)), z);
        T positive = T.IfLess(magnitude, 0.5, arcsine, Math.PI / 2 - (arcsine + arcsine));
        return T.IfLess(a, 0.0, -positive, positive);
    }

    /// <summary>asin(s) = s + s z P(z), z = s^2 at most 1/4: interpolation at the Chebyshev nodes of 0 &lt;= z &lt;= 1/4, relative error
    /// 1e-9.</summary>
    [MethodImpl(Inline)]
    private static T ArcsineSeries<T>(T s, T z) where T : unmanaged, ISingleLane<T>, ILane<T>
    {
        T p = T.MultiplyAdd(z, 0.03369084873528785, 0.017149237233349848);
        p = T.MultiplyAdd(p, z, 0.03110066304225682);
        p = T.MultiplyAdd(p, z, 0.044599401490536664);
        p = T.MultiplyAdd(p, z, 0.07500094543702736);
        p = T.MultiplyAdd(p, z, 0.1666666633742721);
        return T.MultiplyAdd(p * z, s, s);
    }
}
