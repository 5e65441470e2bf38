using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>An isotropic harmonic well about a point: E = 1/2 k |a - a0|^2. A position restraint, and a target with a closed
/// form.</summary>
public readonly struct HarmonicWell : IOneBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "harmonicWell";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k (kJ/mol/nm^2)", "x0 (nm)", "y0 (nm)", "z0 (nm)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, out Vec3<T> forceA) where T : unmanaged, ILane<T>
    {
        Vec3<T> d = a - new Vec3<T>(p[1], p[2], p[3]);
        forceA = -p[0] * d;
        return 0.5 * p[0] * Vec3<T>.Dot(d, d);
    }
}
