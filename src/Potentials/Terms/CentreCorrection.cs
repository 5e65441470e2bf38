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
        var star = new BondStar<T>(a, b, c, d);
        Bounded<T> bendAC = Bounded<T>.OfCosine(star.CosineAC, p[5]), bendAD = Bounded<T>.OfCosine(star.CosineAD, p[6]),
            bendCD = Bounded<T>.OfCosine(star.CosineCD, p[7]);
        T ac = bendAC.Value, ad = bendAD.Value, cd = bendCD.Value, flat = star.Determinant, square = flat * flat;
        star.Forces(-T.MultiplyAdd(p[0], ad, p[1] * cd) * bendAC.Slope, -T.MultiplyAdd(p[0], ac, p[2] * cd) * bendAD.Slope,
            -T.MultiplyAdd(p[1], ac, p[2] * ad) * bendCD.Slope, -2.0 * flat * T.MultiplyAdd(2.0 * p[4], square, p[3]), out forceA,
            out forceC, out forceD);
        return T.MultiplyAdd(ac, T.MultiplyAdd(p[0], ad, p[1] * cd),
            T.MultiplyAdd(p[2] * ad, cd, T.MultiplyAdd(p[4], square, p[3]) * square));
    }
}
