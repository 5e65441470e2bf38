using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Terms;

/// <summary>
/// Generalized Born solvent of Onufriev, Bashford and Case with a surface term: E = -1/2 K (1/e_in - 1/e_out) sum_ij q_i q_j / f_ij + sum_i
/// 4 pi gamma (r_i + 0.14)^2 (r_i/B_i)^6, f_ij^2 = r^2 + B_i B_j exp(-r^2/(4 B_i B_j)), 1/B_i = 1/rho_i - tanh(a psi - b psi^2 + c
/// psi^3)/r_i, psi = rho_i I_i, rho_i = r_i - offset, I_i = sum_j of the descreening integral over sphere S_j. A. Onufriev, D. Bashford, D.
/// A. Case, Proteins 55 (2004) 383; G. D. Hawkins, C. J. Cramer, D. G. Truhlar, J. Phys. Chem. 100 (1996) 19824; surface: M. Schaefer, C.
/// Bartels, M. Karplus, J. Mol. Biol. 284 (1998) 835. Models with <see cref="Neck"/>s add to I what lies between two spheres.
/// </summary>
public static class GeneralizedBorn
{
    /// <summary>nm, a water's radius.</summary>
    public const double Probe = 0.14;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>
    /// Eight times what sphere j (radius s) takes from atom i's integral: with L = max(rho, |r - s|), U = r + s,
    /// 8 * 1/2 [1/L - 1/U + (r - s^2/r)(1/U^2 - 1/L^2)/4 + ln(L/U)/(2 r) + 2 (1/rho - 1/L) where atom i lies in the sphere]; 0 where the
    /// sphere lies in atom i. A sphere of negative radius, which models with necks may have, gives back: the formula is odd in s.
    /// </summary>
    /// <param name="rho">nm.</param>
    /// <param name="inverseRho">1/nm.</param>
    /// <param name="s">nm.</param>
    /// <param name="square">s^2.</param>
    /// <param name="r">The distance, nm.</param>
    /// <param name="inverse">1/r.</param>
    /// <param name="inverseSquare">1/r^2.</param>
    /// <param name="fall">-d/dr, divided by r; the parts through L and U cancel.</param>
    [MethodImpl(Inline)]
    public static T Descreen<T, TNeck>(T rho, T inverseRho, T s, T square, T r, T inverse, T inverseSquare, out T fall)
        where T : unmanaged, ILane<T>
        where TNeck : struct, INeck
    {
        T lower = Lower<T, TNeck>(rho, s, r, out T inverseLower, out T inverseUpper);
        T difference = Difference(inverseLower, inverseUpper, out T squares);
        return Descreen(rho, inverseRho, s, square, r, inverse, inverseSquare,
            inverseLower, difference, squares, T.Log(lower * inverseUpper), out fall);
    }

    /// <summary>L, 1/L and 1/U: what the integral needs before its logarithm of L/U.</summary>
    [MethodImpl(Inline)]
    public static T Lower<T, TNeck>(T rho, T s, T r, out T inverseLower, out T inverseUpper)
        where T : unmanaged, ILane<T>
        where TNeck : struct, INeck
    {
        T lower = T.Max(rho, T.Abs(r - s)), sum = r + s;
        // of a sphere of negative radius U lies below L
        T upper = TNeck.IsThere ? T.IfLess(sum, rho, lower, sum) : T.Max(sum, lower);
        T both = T.Reciprocal(lower * upper);
        inverseLower = upper * both;
        inverseUpper = lower * both;
        return lower;
    }

    /// <summary>1/L - 1/U, and 1/L^2 - 1/U^2.</summary>
    [MethodImpl(Inline)]
    public static T Difference<T>(T inverseLower, T inverseUpper, out T squares) where T : unmanaged, ILane<T>
    {
        T difference = inverseLower - inverseUpper;
        squares = difference * (inverseLower + inverseUpper);
        return difference;
    }

    /// <summary>The integral from its parts, ln(L/U) among them.</summary>
    [MethodImpl(Inline)]
    public static T Descreen<T>(T rho, T inverseRho, T s, T square, T r, T inverse, T inverseSquare,
        T inverseLower, T difference, T squares, T logarithm, out T fall) where T : unmanaged, ILane<T>
    {
        logarithm *= inverse + inverse;
        T reach = square * inverse; // s^2/r
        T sum = T.MultiplyAdd(reach - r, squares, T.MultiplyAdd(4.0, difference, logarithm));
        fall = T.MultiplyAdd(T.MultiplyAdd(reach, inverseSquare, inverse), squares, logarithm * inverseSquare);
        return T.IfLess(rho, s - r, T.MultiplyAdd(8.0, inverseRho - inverseLower, sum), sum);
    }

    /// <summary>The Born radius B of an integral I.</summary>
    /// <param name="integral">I, 1/nm.</param>
    /// <param name="rho">nm.</param>
    /// <param name="radius">rho + offset, nm.</param>
    /// <param name="a">Of the model.</param>
    /// <param name="b">Of the model.</param>
    /// <param name="c">Of the model.</param>
    /// <param name="slope">dB/dI.</param>
    [MethodImpl(Inline)]
    public static T Radius<T>(T integral, T rho, T radius, T a, T b, T c, out T slope) where T : unmanaged, ILane<T>
    {
        T psi = integral * rho;
        T argument = psi * T.MultiplyAdd(psi, T.MultiplyAdd(psi, c, -b), a);
        T tanh = T.MultiplyAdd(-2.0, T.Reciprocal(T.Exp(argument + argument) + 1.0), 1.0);
        T inverseRadius = T.Reciprocal(radius);
        T born = T.Reciprocal(T.MultiplyAdd(-tanh, inverseRadius, T.Reciprocal(rho)));
        T argumentSlope = T.MultiplyAdd(psi, T.MultiplyAdd(3.0 * c, psi, -2.0 * b), a);
        slope = born * born * T.MultiplyAdd(-tanh, tanh, 1.0) * argumentSlope * rho * inverseRadius;
        return born;
    }

    /// <summary>sqrt(log2(e)/4): two inverse Born radii times this and r^2 are the exponent of f to the base 2.</summary>
    public const double ExponentScale = 0.600561204393224;

    /// <summary>1/f for a pair.</summary>
    /// <param name="square">r^2.</param>
    /// <param name="product">B_i B_j.</param>
    /// <param name="minusInverseProduct">-log2(e)/(4 B_i B_j).</param>
    /// <param name="fall">-d(1/f)/dr, divided by r.</param>
    /// <param name="productSlope">d(1/f)/d(B_i B_j).</param>
    [MethodImpl(Inline)]
    public static T InverseDistance<T>(T square, T product, T minusInverseProduct, out T fall, out T productSlope) where T : unmanaged,
        ILane<T>
    {
        T exponent = square * minusInverseProduct;
        return InverseDistance(square, product, exponent, T.Exp2(exponent), out fall, out productSlope);
    }

    /// <summary>1/f from the exponent of its exponential to the base 2, and that exponential.</summary>
    [MethodImpl(Inline)]
    public static T InverseDistance<T>(T square, T product, T exponent, T screening, out T fall, out T productSlope)
        where T : unmanaged, ILane<T>
    {
        T inverse = T.ReciprocalSqrt(T.MultiplyAdd(product, screening, square));
        T cube = inverse * inverse * inverse, screenedCube = cube * screening;
        fall = T.MultiplyAdd(screenedCube, -0.25, cube);
        productSlope = screenedCube * T.MultiplyAdd(exponent, 0.5 * 0.693147180559945309, -0.5);
        return inverse;
    }

    /// <summary>The surface term of one atom.</summary>
    /// <param name="tension">4 pi gamma, kJ/mol/nm^2.</param>
    /// <param name="radius">nm.</param>
    /// <param name="inverseBorn">1/B.</param>
    /// <param name="slope">dE/dB.</param>
    [MethodImpl(Inline)]
    public static T Surface<T>(T tension, T radius, T inverseBorn, out T slope) where T : unmanaged, ILane<T>
    {
        T ratio = radius * inverseBorn, ratio3 = ratio * ratio * ratio, reach = radius + Probe;
        T energy = tension * reach * reach * ratio3 * ratio3;
        slope = -6.0 * energy * inverseBorn;
        return energy;
    }
}
