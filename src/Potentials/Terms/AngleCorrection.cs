using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A correction of an angle a-b-c and of how it goes with its bonds, linear in its parameters: E = k1 t + k2 t^2 + k3 t^3 + kbb s_a s_c +
/// ka s_a t + kc s_c t, with t the bounded cos theta - cos theta0 and s the bonds' bounded stretches (<see cref="Bounded{T}"/>). The cosine
/// is smooth at the straight angle. Class II crosses: see <see cref="BondCorrection"/>.
/// </summary>
public readonly struct AngleCorrection : IThreeBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "angleCorrection";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k1 (kJ/mol)", "k2 (kJ/mol)", "k3 (kJ/mol)", "kbb (kJ/mol/nm^2)",
        "ka (kJ/mol/nm)", "kc (kJ/mol/nm)", "cos theta0", "r0a (nm)", "r0c (nm)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, out Vec3<T> forceA, out Vec3<T> forceC)
        where T : unmanaged, ILane<T>
    {
        var angle = new BondAngle<T>(a, b, c);
        Bounded<T> bend = Bounded<T>.OfCosine(angle.Cosine, p[6]), sa = Bounded<T>.OfLength(angle.LengthA, p[7]),
            sc = Bounded<T>.OfLength(angle.LengthC, p[8]);
        T t = bend.Value;
        T crosses = T.MultiplyAdd(p[4], sa.Value, p[5] * sc.Value), cubic = p[2] * t;
        T minusSlope = -(T.MultiplyAdd(T.MultiplyAdd(3.0, cubic, 2.0 * p[1]), t, p[0]) + crosses) * bend.Slope; // -dE/dcos theta
        T minusA = -(T.MultiplyAdd(p[3], sc.Value, p[4] * t) * sa.Slope), minusC = -(T.MultiplyAdd(p[3], sa.Value, p[5] * t) * sc.Slope);
        forceA = Vec3<T>.MultiplyAdd(minusSlope, angle.GradientA, minusA * angle.UnitA);
        forceC = Vec3<T>.MultiplyAdd(minusSlope, angle.GradientC, minusC * angle.UnitC);
        return T.MultiplyAdd(T.MultiplyAdd(cubic + p[1], t, p[0] + crosses), t, p[3] * sa.Value * sc.Value);
    }
}
