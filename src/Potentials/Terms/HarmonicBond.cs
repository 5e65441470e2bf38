using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>Harmonic bond: E = 1/2 k (r - r0)^2.</summary>
public readonly struct HarmonicBond : ITwoBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "bond";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/nm^2)", "r0 (nm)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, out Vec3<T> forceA) where T : unmanaged, ILane<T>
    {
        Vec3<T> u = a - b;
        T square = Vec3<T>.Dot(u, u);
        T inverse = T.ReciprocalSqrt(square);
        T d = T.MultiplyAdd(square, inverse, -p[1]);
        T slope = p[0] * d;
        forceA = -(slope * inverse) * u;
        return 0.5 * slope * d;
    }
}
