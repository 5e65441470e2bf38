using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// The volume of orientations in Cayley's chart c (<see cref="Rigid.RigidBodyPotential"/>) as an energy: dS = dc/(1 + c^2)^2 of S^3, so
/// E = 2 RT ln(1 + c^2), whose Boltzmann factor at T is that volume. With it alone orientations are uniform.
/// </summary>
public readonly struct RotationVolume : IOneBodyTerm
{
    /// <inheritdoc/>
    public static string Name => "volume of orientations";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["RT (kJ/mol)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, out Vec3<T> forceA) where T : unmanaged, ILane<T>
    {
        T square = T.MultiplyAdd(a.X, a.X, T.MultiplyAdd(a.Y, a.Y, T.MultiplyAdd(a.Z, a.Z, 1.0)));
        forceA = -4.0 * p[0] * T.Reciprocal(square) * a;
        return 2.0 * p[0] * T.Log(square);
    }
}
