using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A tilted double well along x, harmonic along y and z: E = h ((x/w)^2 - 1)^2 + t x/w + 1/2 k (y^2 + z^2).
/// Its populations are known from one-dimensional quadrature: a test target for samplers.
/// </summary>
public readonly struct DoubleWell : IOneBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "doubleWell";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["h (kJ/mol)", "w (nm)", "t (kJ/mol)", "k (kJ/mol/nm^2)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, out Vec3<T> forceA) where T : unmanaged, ILane<T>
    {
        T inverse = T.Reciprocal(p[1]);
        T s = a.X * inverse;
        T well = T.MultiplyAdd(s, s, -1.0);
        forceA = new(-(inverse * T.MultiplyAdd(4.0 * p[0] * well, s, p[2])), -p[3] * a.Y, -p[3] * a.Z);
        return T.MultiplyAdd(p[0] * well, well, T.MultiplyAdd(p[2], s, 0.5 * p[3] * T.MultiplyAdd(a.Y, a.Y, a.Z * a.Z)));
    }
}
