using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>Harmonic angle: E = 1/2 k (theta - theta0)^2.</summary>
public readonly struct HarmonicAngle : IThreeBodyTerm
{
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
        T d = T.Acos(angle.Cosine) - p[1];
        T kd = p[0] * d;
        T pull = -(kd * angle.AngleSlope); // - dE/dcos
        forceA = pull * angle.GradientA;
        forceC = pull * angle.GradientC;
        return 0.5 * kd * d;
    }
}
