using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 out-of-plane bending at a trigonal centre b: E = 1/2 k chi^2, chi the Wilson angle between bond b-d and the plane a-b-c, sin chi
/// = n . w, n = (u x v) / |u x v|, w = (d - b) / |d - b|. T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 6.
/// </summary>
public readonly struct MmffOutOfPlane : IFourBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "outOfPlane";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/rad^2)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        // Unit vectors first: lengths in nm would bring the normal near the smallest floats for nothing.
        Vec3<T> u = a - b, v = c - b, w = d - b;
        T inverseU = T.ReciprocalSqrt(Vec3<T>.Dot(u, u)), inverseV = T.ReciprocalSqrt(Vec3<T>.Dot(v, v)),
            inverseW = T.ReciprocalSqrt(Vec3<T>.Dot(w, w));
        u = inverseU * u;
        v = inverseV * v;
        w = inverseW * w;
        Vec3<T> normal = Vec3<T>.Cross(u, v);
        T inverseN = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(normal, normal), 1e-8));
        normal = inverseN * normal;
        T sine = T.Max(-1.0, T.Min(1.0, Vec3<T>.Dot(normal, w)));
        T chi = T.Asin(sine);
        T minusSlope = -(p[0] * chi * T.ReciprocalSqrt(T.Max(T.MultiplyAdd(-sine, sine, 1.0), 1e-7))); // - dE/dsin
        forceD = (minusSlope * inverseW) * Vec3<T>.MultiplyAdd(-sine, w, normal);
        Vec3<T> g = (minusSlope * inverseN) * Vec3<T>.MultiplyAdd(-sine, normal, w); // - dE/d(u x v) of unit vectors
        Vec3<T> onU = Vec3<T>.Cross(v, g), onV = Vec3<T>.Cross(g, u);
        // normalising u removes the part along u (n does not depend on |u|)
        forceA = inverseU * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(onU, u), u, onU);
        forceC = inverseV * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(onV, v), v, onV);
        return 0.5 * p[0] * chi * chi;
    }
}
