using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>MMFF94 bending at a linear centre: E = k (1 + cos theta). T. A. Halgren, J. Comput. Chem. 17 (1996) 490, eq. 4.</summary>
public readonly struct MmffLinearAngle : IThreeBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "angle";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, out Vec3<T> forceA, out Vec3<T> forceC)
        where T : unmanaged, ILane<T>
    {
        var angle = new BondAngle<T>(a, b, c);
        forceA = -p[0] * angle.GradientA;
        forceC = -p[0] * angle.GradientC;
        return p[0] * (1.0 + angle.Cosine);
    }
}
