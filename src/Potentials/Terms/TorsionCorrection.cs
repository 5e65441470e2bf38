using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// A correction of a torsion a-b-c-d and of how it goes with its bonds and angles, linear in its parameters: E = F + s_bc G + t_abc H +
/// t_bcd I + s_ab J + s_cd K + k_bb s_ab s_cd + k_tt t_abc t_bcd cos phi, each of F to K a sum over n = 1, 2, 3 of k_n cos n phi, s the
/// bonds' bounded stretches, t the angles' bounded cos theta - cos theta0 (<see cref="Bounded{T}"/>). In c = cos phi:
/// cos 2 phi = 2 c^2 - 1, cos 3 phi = c (4 c^2 - 3). Class II crosses: see <see cref="BondCorrection"/>.
/// </summary>
public readonly struct TorsionCorrection : IFourBodyTerm
{
    private const int G = 3, H = 6, I = 9, J = 12, K = 15, Bonds = 18, Angles = 19, Rest = 20;

    /// <inheritdoc/>
    public static string Name => "torsionCorrection";

    /// <inheritdoc/>
    public static IReadOnlyList<string> ParameterNames { get; } =
    [
        .. new[] { ("F", "kJ/mol"), ("G", "kJ/mol/nm"), ("H", "kJ/mol"), ("I", "kJ/mol"), ("J", "kJ/mol/nm"), ("K", "kJ/mol/nm") }
            .SelectMany(s => Enumerable.Range(1, 3).Select(n => $"{s.Item1}{n} ({s.Item2})")),
        "k_bb (kJ/mol/nm^2)", "k_tt (kJ/mol)", "r0 bc (nm)", "cos theta0 abc", "cos theta0 bcd", "r0 ab (nm)", "r0 cd (nm)",
    ];

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>
    {
        var chain = new BondChain<T>(a, b, c, d);
        T energy = Energy(p, chain, out ChainSlopes<T> slopes);
        chain.Forces(slopes, out forceA, out forceC, out forceD);
        return energy;
    }

    /// <summary>E and its derivatives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Energy<T>(ParameterRow<T> p, in BondChain<T> chain, out ChainSlopes<T> slopes) where T : unmanaged, ILane<T>
    {
        Bounded<T> middle = Bounded<T>.OfLength(chain.LengthMiddle, p[Rest]), bend = Bounded<T>.OfCosine(chain.CosineB, p[Rest + 1]),
            other = Bounded<T>.OfCosine(chain.CosineC, p[Rest + 2]), ab = Bounded<T>.OfLength(chain.LengthA, p[Rest + 3]),
            cd = Bounded<T>.OfLength(chain.LengthD, p[Rest + 4]);
        T s = middle.Value, t = bend.Value, q = other.Value, c1 = chain.Cosine, square = c1 * c1, c2 = T.MultiplyAdd(2.0, square, -1.0),
            c3 = c1 * T.MultiplyAdd(4.0, square, -3.0), both = p[Angles] * c1;
        T onMiddle = Series(p, G, c1, c2, c3) * middle.Slope, onBend = T.MultiplyAdd(both, q, Series(p, H, c1, c2, c3)) * bend.Slope,
            onOther = T.MultiplyAdd(both, t, Series(p, I, c1, c2, c3)) * other.Slope,
            onFirst = T.MultiplyAdd(p[Bonds], cd.Value, Series(p, J, c1, c2, c3)) * ab.Slope,
            onLast = T.MultiplyAdd(p[Bonds], ab.Value, Series(p, K, c1, c2, c3)) * cd.Slope;
        T k1 = T.MultiplyAdd(p[Angles] * t, q, At(p, 0, s, t, q, ab.Value, cd.Value)), k2 = At(p, 1, s, t, q, ab.Value, cd.Value),
            k3 = At(p, 2, s, t, q, ab.Value, cd.Value);
        // d cos n phi / dphi = -n sin n phi = -n sin phi U_(n-1)(cos phi)
        T onTorsion = -chain.Sine * T.MultiplyAdd(k3, T.MultiplyAdd(12.0, square, -3.0), T.MultiplyAdd(4.0 * k2, c1, k1));
        slopes = new(onTorsion, onBend, onOther, onFirst, onMiddle, onLast);
        return T.MultiplyAdd(k1, c1, T.MultiplyAdd(k2, c2, T.MultiplyAdd(k3, c3, p[Bonds] * ab.Value * cd.Value)));
    }

    /// <summary>The sum over n of one of F to K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Series<T>(ParameterRow<T> p, int start, T c1, T c2, T c3) where T : unmanaged, ILane<T> =>
        T.MultiplyAdd(p[start], c1, T.MultiplyAdd(p[start + 1], c2, p[start + 2] * c3));

    /// <summary>The factor of cos n phi as bonds and angles are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T At<T>(ParameterRow<T> p, int n, T s, T t, T q, T ab, T cd) where T : unmanaged, ILane<T> =>
        T.MultiplyAdd(p[G + n], s, T.MultiplyAdd(p[H + n], t, T.MultiplyAdd(p[I + n], q,
            T.MultiplyAdd(p[J + n], ab, T.MultiplyAdd(p[K + n], cd, p[n])))));
}
