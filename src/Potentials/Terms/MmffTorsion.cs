using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 torsion: E = 1/2 [V1 (1 + cos phi) + V2 (1 - cos 2 phi) + V3 (1 + cos 3 phi)], a cubic in c = cos phi, so no angle is needed: E =
/// 1/2 (V1 (1 + c) + 2 V2 (1 - c^2) + V3 (1 + 4 c^3 - 3 c)). T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 7.
/// </summary>
public readonly struct MmffTorsion : IFourBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "torsion";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["V1 (kJ/mol)", "V2 (kJ/mol)", "V3 (kJ/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        var torsion = new TorsionAngle<T>(a, b, c, d);
        T cosine = torsion.Cosine, square = cosine * cosine;
        T slope = T.MultiplyAdd(p[2], T.MultiplyAdd(square, 6.0, -1.5), T.MultiplyAdd(-2.0 * p[1], cosine, 0.5 * p[0])); // dE/dc
        torsion.Forces(-(torsion.Sine * slope), out forceA, out forceC, out forceD);
        return 0.5 * T.MultiplyAdd(p[0], 1.0 + cosine, T.MultiplyAdd(2.0 * p[1], 1.0 - square,
            p[2] * T.MultiplyAdd(cosine, T.MultiplyAdd(4.0, square, -3.0), 1.0)));
    }
}
