using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 angle bending, a cubic: E = 1/2 k t^2 (1 - 0.006981317 t / degree), t = theta - theta0.
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 3.
/// </summary>
public readonly struct MmffAngle : IThreeBodyTerm
{
    private const double Cubic = -0.006981317 / Units.RadianPerDegree;

    /// <inheritdoc/>
    public static string Name => "angle";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/rad^2)", "theta0 (rad)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, out Vec3<T> forceA, out Vec3<T> forceC)
        where T : unmanaged, ILane<T>
    {
        var angle = new BondAngle<T>(a, b, c);
        T t = T.Acos(angle.Cosine) - p[1];
        T kt = p[0] * t;
        T minusSlope = -(kt * T.MultiplyAdd(t, 1.5 * Cubic, 1.0) * angle.AngleSlope); // - dE/dcos
        forceA = minusSlope * angle.GradientA;
        forceC = minusSlope * angle.GradientC;
        return 0.5 * kt * t * T.MultiplyAdd(t, Cubic, 1.0);
    }
}
