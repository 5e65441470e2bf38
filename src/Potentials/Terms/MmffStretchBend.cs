using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 stretch-bend coupling: E = (k_ab (r_ab - r0_ab) + k_cb (r_cb - r0_cb)) (theta - theta0).
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 5.
/// </summary>
public readonly struct MmffStretchBend : IThreeBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "stretchBend";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } =
        ["k_ab (kJ/mol/nm/rad)", "k_cb (kJ/mol/nm/rad)", "r0_ab (nm)", "r0_cb (nm)", "theta0 (rad)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, out Vec3<T> forceA, out Vec3<T> forceC)
        where T : unmanaged, ILane<T>
    {
        var angle = new BondAngle<T>(a, b, c);
        T minusT = p[4] - T.Acos(angle.Cosine);
        T stretch = T.MultiplyAdd(p[0], angle.LengthA - p[2], p[1] * (angle.LengthC - p[3]));
        T minusSlope = -(stretch * angle.AngleSlope);
        forceA = Vec3<T>.MultiplyAdd(minusSlope, angle.GradientA, (p[0] * minusT) * angle.UnitA);
        forceC = Vec3<T>.MultiplyAdd(minusSlope, angle.GradientC, (p[1] * minusT) * angle.UnitC);
        return -(stretch * minusT);
    }
}
