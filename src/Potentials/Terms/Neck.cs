using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// The neck between two spheres, where no water fits although neither sphere reaches there; it adds to an atom's descreening integral
/// I = S m / (1 + 100 (r - d)^2 + 300000 (r - d)^6) for r below r_i + r_j + 0.68 nm, 0 beyond. m and d are height (1/nm) and place (nm) of
/// the integral's maximum for the two radii; they depend on whose integral it is. J. Mongan, C. Simmerling, J. A. McCammon, D. A. Case, A.
/// Onufriev, J. Chem. Theory Comput. 3 (2007) 156; H. Nguyen, D. R. Roe, C. Simmerling, J. Chem. Theory Comput. 9 (2013) 2020.
/// </summary>
public readonly struct Neck : INeck
{
    /// <summary>nm between two surfaces: two water molecules and more, so that the step there is small.</summary>
    public const double Reach = 0.68;

    internal const int Length = 5;

    private const double Second = 100, Sixth = 300_000; // 1/nm^2 and 1/nm^6: 1 and 0.3 in Angstrom

    /// <inheritdoc/>
    public static bool IsThere
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } =
        ["cut-off (nm)", "place for i (nm)", "8 S height for i (1/nm)", "place for j (nm)", "8 S height for j (1/nm)"];

    /// <summary>A pair's parameters.</summary>
    /// <param name="radii">r_i + r_j, nm.</param>
    /// <param name="scale">S of the model.</param>
    /// <param name="first">Maximum of what the neck takes from i's integral.</param>
    /// <param name="second">The same from j's.</param>
    public static double[] Row(double radii, double scale, NeckMaximum first, NeckMaximum second) =>
        [radii + Reach, first.Place, 8 * scale * first.Height, second.Place, 8 * scale * second.Height];

    /// <summary>Eight times what the neck adds, as <see cref="GeneralizedBorn"/> counts integrals.</summary>
    /// <param name="cutoff">nm.</param>
    /// <param name="place">d, nm.</param>
    /// <param name="height">8 S m, 1/nm.</param>
    /// <param name="r">The distance, nm.</param>
    /// <param name="inverse">1/r.</param>
    /// <param name="fall">-d/dr, divided by r.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(T cutoff, T place, T height, T r, T inverse, out T fall) where T : unmanaged, ILane<T>
    {
        T x = T.Min(r, cutoff) - place, square = x * x, fourth = square * square; // no power overflows beyond the cut-off
        T part = T.Reciprocal(T.MultiplyAdd(square, T.MultiplyAdd(fourth, Sixth, Second), 1.0));
        T value = T.IfLess(r, cutoff, height * part, 0.0);
        fall = value * part * (x * inverse) * T.MultiplyAdd(fourth, 6 * Sixth, 2 * Second);
        return value;
    }
}

/// <summary>The maximum of a neck's integral over the distance of two spheres.</summary>
/// <param name="Place">The distance, nm.</param>
/// <param name="Height">The integral, divided by 4 pi, 1/nm.</param>
public readonly record struct NeckMaximum(double Place, double Height);
