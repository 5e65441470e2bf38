using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// What a generalized Born solvent takes from two charges whose Born radii stay: E = -K (1/e_in - 1/e_out) q q / f,
/// f^2 = r^2 + B B exp(-r^2/(4 B B)); see <see cref="GeneralizedBorn"/>.
/// </summary>
public readonly struct BornScreening : IRadialTerm
{
    /// <inheritdoc/>
    public static string Name => "bornScreening";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["K (1/e_in - 1/e_out) q q (kJ nm/mol)", "B B (nm^2)"];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T product = p[1], quarter = -0.25 * 1.44269504088896341 * T.Reciprocal(product); // log2(e)
        T energy = -p[0] * GeneralizedBorn.InverseDistance(r * r, product, quarter, out T fall, out _);
        force = -p[0] * fall * r;
        return energy;
    }
}
