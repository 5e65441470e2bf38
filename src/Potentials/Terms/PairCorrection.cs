using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A correction of two atoms that are not bonded, linear in its parameters: E = k1 / (r^2 + a^2)^1/2 + k2 x + k3 x^2, a = 0.15 nm, x the
/// bounded exp(-r / 0.1 nm), which does not grow further below the contact distance r_c (<see cref="Bounded{T}"/>).
/// </summary>
public readonly struct PairCorrection : IRadialTerm
{
    private const double InverseRange = 10, SquareOfCore = 0.15 * 0.15; // 1/nm, nm^2

    /// <inheritdoc/>
    public static string Name => "pairCorrection";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } = ["k1 (kJ/mol nm)", "k2 (kJ/mol)", "k3 (kJ/mol)", "exp(r_c / 0.1 nm)"];

    /// <summary>The constant of a row.</summary>
    /// <param name="contact">r_c, nm.</param>
    public static double Contact(double contact) => Math.Exp(InverseRange * contact);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>
    {
        T e = T.Exp(-InverseRange * r);
        var bounded = Bounded<T>.Of(e, p[3]);
        T x = bounded.Value, square = p[2] * x, soft = T.ReciprocalSqrt(T.MultiplyAdd(r, r, SquareOfCore)), coulomb = p[0] * soft;
        force = T.MultiplyAdd(coulomb * soft * soft, r, (InverseRange * e) * bounded.Slope * T.MultiplyAdd(2.0, square, p[1]));
        return T.MultiplyAdd(square + p[1], x, coulomb);
    }
}
