using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>An angle that is kept in a window, free within and harmonic beyond: E = 1/2 k max(0, |theta - theta0| - w)^2.</summary>
public readonly struct AngleWall : IThreeBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "angleWall";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/rad^2)", "theta0 (rad)", "w (rad)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, out Vec3<T> forceA, out Vec3<T> forceC)
        where T : unmanaged, ILane<T>
    {
        var angle = new BondAngle<T>(a, b, c);
        T d = T.Acos(angle.Cosine) - p[1], beyond = T.Max(T.Abs(d) - p[2], 0.0), slope = p[0] * beyond;
        T pull = T.IfLess(d, 0.0, slope, -slope) * angle.AngleSlope; // - dE/dcos
        forceA = pull * angle.GradientA;
        forceC = pull * angle.GradientC;
        return 0.5 * slope * beyond;
    }
}
