using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// All periodic torsions on four atoms as one, E = sum_n k_n (1 + cos(n phi - d_n)), n up to 6. With c = cos phi, s = sin phi it is
/// E = P(c) + s Q(c), since cos n phi = T_n(c) and sin n phi = s U_(n-1)(c) (Chebyshev's polynomials); then dE/dphi = -s P'(c) + c Q(c) -
/// s^2 Q'(c).
/// </summary>
public readonly struct PeriodicTorsion : IFourBodyTerm
{
    /// <summary>The largest n.</summary>
    public const int HighestPeriodicity = 6;

    /// <inheritdoc/>
    public static string Name => "torsion";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } =
        [.. Enumerable.Range(0, HighestPeriodicity + 1).Select(m => $"P{m} (kJ/mol)"),
            .. Enumerable.Range(0, HighestPeriodicity).Select(m => $"Q{m} (kJ/mol)")];

    /// <summary>One row of parameters: the coefficients of P, then those of Q.</summary>
    /// <param name="series">n, phase d_n (rad), k_n (kJ/mol).</param>
    /// <exception cref="ArgumentException">n is not 1 to 6.</exception>
    public static double[] Row(IEnumerable<(int Periodicity, double Phase, double ForceConstant)> series)
    {
        var row = new double[2 * HighestPeriodicity + 1];
        foreach ((int n, double phase, double k) in series)
        {
            if (n is < 1 or > HighestPeriodicity)
                throw new ArgumentException($"A torsion of periodicity {n}: 1 to {HighestPeriodicity} are possible.");
            // cos(n phi - d) = cos d T_n(c) + sin d s U_(n-1)(c); T and U by their common recurrence
            double[] t = [.. Chebyshev(n, 1)], u = [.. Chebyshev(n - 1, 2)];
            row[0] += k;
            for (int m = 0; m <= n; m++)
                row[m] += k * Math.Cos(phase) * t[m];
            for (int m = 0; m < n; m++)
                row[HighestPeriodicity + 1 + m] += k * Math.Sin(phase) * u[m];
        }
        return row;
    }

    /// <summary>Monomial coefficients of F_n with F_0 = 1, F_1 = a c, F_(n+1) = 2 c F_n - F_(n-1).</summary>
    private static double[] Chebyshev(int n, double a)
    {
        double[] previous = [1], current = [0, a];
        if (n == 0)
            return previous;
        for (int m = 1; m < n; m++)
        {
            var next = new double[m + 2];
            for (int i = 0; i <= m; i++)
                next[i + 1] += 2 * current[i];
            for (int i = 0; i < m; i++)
                next[i] -= previous[i];
            (previous, current) = (current, next);
        }
        return current;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        var torsion = new TorsionAngle<T>(a, b, c, d);
        T cosine = torsion.Cosine, sine = torsion.Sine;
        T even = p[6], evenSlope = even;
        for (int k = 5; k > 0; k--)
        {
            even = T.MultiplyAdd(even, cosine, p[k]);
            evenSlope = T.MultiplyAdd(evenSlope, cosine, even);
        }
        even = T.MultiplyAdd(even, cosine, p[0]);
        T odd = p[12], oddSlope = odd;
        for (int k = 11; k > 7; k--)
        {
            odd = T.MultiplyAdd(odd, cosine, p[k]);
            oddSlope = T.MultiplyAdd(oddSlope, cosine, odd);
        }
        odd = T.MultiplyAdd(odd, cosine, p[7]);
        T slope = T.MultiplySubtract(cosine, odd, sine * T.MultiplyAdd(sine, oddSlope, evenSlope)); // dE/dphi
        torsion.Forces(slope, out forceA, out forceC, out forceD);
        return T.MultiplyAdd(sine, odd, even);
    }
}
