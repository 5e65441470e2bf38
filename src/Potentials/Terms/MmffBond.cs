using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// MMFF94 bond stretching, a quartic: E = 1/2 k d^2 (1 + c d + 7/12 c^2 d^2), d = r - r0, c = -2 / Angstrom.
/// T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 2.
/// </summary>
public readonly struct MmffBond : ITwoBodyTerm
{
    private const double Cubic = -2 / Units.NanometrePerAngstrom;

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
        T d = square * inverse - p[1];
        T kd = p[0] * d;
        // dE/dr = k d (1 + 3/2 c d + 7/6 c^2 d^2)
        T slope = kd * T.MultiplyAdd(d, T.MultiplyAdd(d, 7.0 / 6 * Cubic * Cubic, 1.5 * Cubic), 1.0);
        forceA = -(slope * inverse) * u;
        return 0.5 * kd * d * T.MultiplyAdd(d, T.MultiplyAdd(d, 7.0 / 12 * Cubic * Cubic, Cubic), 1.0);
    }
}
