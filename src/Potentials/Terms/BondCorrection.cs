using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>A correction of a bond, linear in its parameters: E = k1 s + k2 s^2 + k3 s^3, s the bond's bounded stretch
/// (<see cref="Bounded{T}"/>). The powers are those of class II force fields: M. J. Hwang, T. P. Stockfisch, A. T. Hagler, J. Am. Chem.
/// Soc. 116 (1994) 2515.</summary>
public readonly struct BondCorrection : ITwoBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "bondCorrection";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k1 (kJ/mol/nm)", "k2 (kJ/mol/nm^2)", "k3 (kJ/mol/nm^3)", "r0 (nm)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, out Vec3<T> forceA) where T : unmanaged, ILane<T>
    {
        Vec3<T> u = a - b;
        T square = Vec3<T>.Dot(u, u), inverse = T.ReciprocalSqrt(square);
        var stretch = Bounded<T>.OfLength(square * inverse, p[3]);
        T s = stretch.Value, cubic = p[2] * s;
        T slope = T.MultiplyAdd(T.MultiplyAdd(3.0, cubic, 2.0 * p[1]), s, p[0]) * stretch.Slope;
        forceA = -(slope * inverse) * u;
        return T.MultiplyAdd(cubic + p[1], s, p[0]) * s;
    }
}
