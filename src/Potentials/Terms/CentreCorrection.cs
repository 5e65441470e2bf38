using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A correction of three bonds a, c, d at a centre b, linear in its parameters: crosses of its angles, and how far it is from flat.
/// With t_xy the bounded cos theta_xy - cos theta0_xy (<see cref="Bounded{T}"/>) and the determinant w of the three unit vectors,
/// E = ka t_ac t_ad + kc t_ac t_cd + kd t_ad t_cd + k2 w^2 + k4 w^4. Class II crosses: see <see cref="BondCorrection"/>.
/// </summary>
public readonly struct CentreCorrection : IFourBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "centreCorrection";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["ka (kJ/mol)", "kc (kJ/mol)", "kd (kJ/mol)", "k2 (kJ/mol)",
        "k4 (kJ/mol)", "cos theta0 ac", "cos theta0 ad", "cos theta0 cd"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        Vec3<T> u = a - b, v = c - b, w = d - b;
        T inverseU = T.ReciprocalSqrt(Vec3<T>.Dot(u, u)), inverseV = T.ReciprocalSqrt(Vec3<T>.Dot(v, v)),
            inverseW = T.ReciprocalSqrt(Vec3<T>.Dot(w, w));
        (u, v, w) = (inverseU * u, inverseV * v, inverseW * w);
        Bounded<T> bendAC = Bounded<T>.OfCosine(Vec3<T>.Dot(u, v), p[5]), bendAD = Bounded<T>.OfCosine(Vec3<T>.Dot(u, w), p[6]),
            bendCD = Bounded<T>.OfCosine(Vec3<T>.Dot(v, w), p[7]);
        T ac = bendAC.Value, ad = bendAD.Value, cd = bendCD.Value;
        Vec3<T> vw = Vec3<T>.Cross(v, w);
        T flat = Vec3<T>.Dot(u, vw), square = flat * flat;
        // -dE by the three cosines and by the determinant
        T onAC = -T.MultiplyAdd(p[0], ad, p[1] * cd) * bendAC.Slope, onAD = -T.MultiplyAdd(p[0], ac, p[2] * cd) * bendAD.Slope,
            onCD = -T.MultiplyAdd(p[1], ac, p[2] * ad) * bendCD.Slope,
            onFlat = -2.0 * flat * T.MultiplyAdd(2.0 * p[4], square, p[3]);
        Vec3<T> gU = onAC * v + onAD * w + onFlat * vw, gV = onAC * u + onCD * w + onFlat * Vec3<T>.Cross(w, u),
            gW = onAD * u + onCD * v + onFlat * Vec3<T>.Cross(u, v);
        // a unit vector does not feel what pulls along it
        forceA = inverseU * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(gU, u), u, gU);
        forceC = inverseV * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(gV, v), v, gV);
        forceD = inverseW * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(gW, w), w, gW);
        return T.MultiplyAdd(ac, T.MultiplyAdd(p[0], ad, p[1] * cd),
            T.MultiplyAdd(p[2] * ad, cd, T.MultiplyAdd(p[4], square, p[3]) * square));
    }
}
