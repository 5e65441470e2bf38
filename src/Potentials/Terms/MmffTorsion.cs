using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 torsion: E = 1/2 [V1 (1 + cos phi) + V2 (1 - cos 2 phi) + V3 (1 + cos 3 phi)], a cubic in c = cos phi, so no angle is
/// needed: E = 1/2 (V1 (1 + c) + 2 V2 (1 - c^2) + V3 (1 + 4 c^3 - 3 c)).
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 7.
/// </summary>
public readonly struct MmffTorsion : IFourBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "torsion";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["V1 (kJ/mol)", "V2 (kJ/mol)", "V3 (kJ/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC, out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        Vec3<T> u = b - a, v = c - b, w = d - c;
        Vec3<T> m = Vec3<T>.Cross(u, v), n = Vec3<T>.Cross(v, w);
        // a straight angle has no torsion: the floor (1e-7 of the usual |m|^2) keeps its gradient finite
        T inverseM = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(m, m), 1e-11)), inverseN = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(n, n), 1e-11));
        m = inverseM * m;
        n = inverseN * n;
        T cosine = T.Max(-1.0, T.Min(1.0, Vec3<T>.Dot(m, n)));
        T square = cosine * cosine;
        T slope = T.MultiplyAdd(p[2], T.MultiplyAdd(square, 6.0, -1.5), T.MultiplyAdd(-2.0 * p[1], cosine, 0.5 * p[0])); // dE/dc
        Vec3<T> gm = (slope * inverseM) * Vec3<T>.MultiplyAdd(-cosine, m, n); // dE/dm
        Vec3<T> gn = (slope * inverseN) * Vec3<T>.MultiplyAdd(-cosine, n, m); // dE/dn
        // dE/du = v x gm, dE/dv = gm x u + w x gn, dE/dw = gn x v
        Vec3<T> gu = Vec3<T>.Cross(v, gm), gw = Vec3<T>.Cross(gn, v);
        Vec3<T> gv = Vec3<T>.Cross(gm, u) + Vec3<T>.Cross(w, gn);
        forceA = gu;
        forceC = gw - gv;
        forceD = -gw;
        return 0.5 * T.MultiplyAdd(p[0], 1.0 + cosine, T.MultiplyAdd(2.0 * p[1], 1.0 - square, p[2] * T.MultiplyAdd(cosine, T.MultiplyAdd(4.0, square, -3.0), 1.0)));
    }
}
