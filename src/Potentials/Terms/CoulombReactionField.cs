using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// Coulomb with a reaction field: E = K q q (1/r + k r^2 - c) below rc, with k = (e - 1)/((2 e + 1) rc^3), c = 3 e/((2 e + 1) rc) for a
/// dielectric e beyond. I. G. Tironi, R. Sperb, P. E. Smith, W. F. van Gunsteren, J. Chem. Phys. 102 (1995) 5451.
/// </summary>
public readonly struct CoulombReactionField : IRadialTerm
{
    /// <inheritdoc/>
    public static string Name => "Coulomb";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["K q q (kJ nm/mol)", "rc (nm)", "k (1/nm^3)", "c (1/nm)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T curve = p[2] * r;
        force = T.IfLess(r, p[1], p[0] * T.MultiplyAdd(inverse, inverse, -2.0 * curve), 0.0);
        return T.IfLess(r, p[1], p[0] * (T.MultiplyAdd(curve, r, inverse) - p[3]), 0.0);
    }
}
