using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>A distance that is kept in a window, free within and harmonic beyond: E = 1/2 k max(0, |r - r0| - w)^2.</summary>
public readonly struct DistanceWall : ITwoBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "distanceWall";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/nm^2)", "r0 (nm)", "w (nm)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, out Vec3<T> forceA) where T : unmanaged, ILane<T>
    {
        Vec3<T> u = a - b;
        T square = Vec3<T>.Dot(u, u), inverse = T.ReciprocalSqrt(square), d = T.MultiplyAdd(square, inverse, -p[1]),
            beyond = T.Max(T.Abs(d) - p[2], 0.0), pull = p[0] * beyond;
        forceA = (T.IfLess(d, 0.0, pull, -pull) * inverse) * u;
        return 0.5 * pull * beyond;
    }
}
