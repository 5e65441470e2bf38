using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// The chain a-b-c-d with the lengths of its bonds, the cosines of its angles at b and c and its torsion, and the forces of an energy whose
/// derivatives by these are known. With the unit vectors u^ of a - b, v^ of c - b, w^ of d - c and m = v^ x u^, n = v^ x w^:
/// cos b = u^.v^, cos c = -v^.w^, cos phi = m.n / (|m| |n|), dphi/da = -m / (|a - b| m^2), dphi/dd = n / (|d - c| n^2); as
/// <see cref="TorsionAngle{T}"/>, but that measures bonds and angles as well.
/// </summary>
/// <remarks>Its two methods are calls on purpose, which methods that ask for optimisation are (a GPU's compiler inlines them): inlined
/// together into a term they exceed the compiler's budget, and what is left out are the small calls within them, which costs five times as
/// much.</remarks>
internal readonly struct BondChain<T> where T : unmanaged, ILane<T>
{
    /// <summary>|a - b|, |c - b| and |d - c|, nm.</summary>
    public readonly T LengthA, LengthMiddle, LengthD;

    /// <summary>Cosines of the angles at b and at c, and of the torsion; its sine.</summary>
    public readonly T CosineB, CosineC, Cosine, Sine;

    private readonly Vec3<T> _u, _v, _w, _m, _n;
    private readonly T _inverseU, _inverseV, _inverseW, _inverseM, _inverseN;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public BondChain(in Vec3<T> a, in Vec3<T> b, in Vec3<T> c, in Vec3<T> d)
    {
        Vec3<T> u = a - b, v = c - b, w = d - c;
        T squareU = Vec3<T>.Dot(u, u), squareV = Vec3<T>.Dot(v, v), squareW = Vec3<T>.Dot(w, w);
        T inverseU = T.ReciprocalSqrt(squareU), inverseV = T.ReciprocalSqrt(squareV), inverseW = T.ReciprocalSqrt(squareW);
        (_inverseU, _inverseV, _inverseW) = (inverseU, inverseV, inverseW);
        (LengthA, LengthMiddle, LengthD) = (squareU * inverseU, squareV * inverseV, squareW * inverseW);
        (u, v, w) = (inverseU * u, inverseV * v, inverseW * w);
        (_u, _v, _w) = (u, v, w);
        CosineB = T.Max(-1.0, T.Min(1.0, Vec3<T>.Dot(u, v)));
        CosineC = T.Max(-1.0, T.Min(1.0, -Vec3<T>.Dot(v, w)));
        Vec3<T> m = Vec3<T>.Cross(v, u), n = Vec3<T>.Cross(v, w);
        // a straight angle has no torsion: the floor keeps its gradient finite
        T inverseM = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(m, m), 1e-7)), inverseN = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(n, n), 1e-7)),
            product = inverseM * inverseN;
        (_m, _n, _inverseM, _inverseN) = (m, n, inverseM, inverseN);
        Cosine = Vec3<T>.Dot(m, n) * product;
        Sine = -Vec3<T>.Dot(u, n) * product;
    }

    /// <summary>Forces on a, c and d; that on b is minus their sum.</summary>
    /// <param name="by">dE by the coordinates.</param>
    /// <param name="forceA">On a.</param>
    /// <param name="forceC">On c.</param>
    /// <param name="forceD">On d.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forces(in ChainSlopes<T> by, out Vec3<T> forceA, out Vec3<T> forceC, out Vec3<T> forceD)
    {
        Vec3<T> pullA = (by.Torsion * _inverseU * _inverseM * _inverseM) * _m,
            pullD = (-(by.Torsion * _inverseW * _inverseN * _inverseN)) * _n;
        T share = CosineB * LengthA * _inverseV, other = T.MultiplyAdd(CosineC * LengthD, _inverseV, -1.0);
        // of c: what a's and d's arms leave, then the middle bond, and both angles
        T onB = by.CosineB * _inverseV, onC = by.CosineC * _inverseV;
        Vec3<T> pullC = Vec3<T>.MultiplyAdd(-share, pullA, other * pullD);
        T bendA = by.CosineB * _inverseU, bendD = by.CosineC * _inverseW;
        forceA = Vec3<T>.MultiplyAdd(T.MultiplyAdd(bendA, CosineB, -by.LengthA), _u, Vec3<T>.MultiplyAdd(-bendA, _v, pullA));
        forceD = Vec3<T>.MultiplyAdd(T.MultiplyAdd(bendD, CosineC, -by.LengthD), _w, Vec3<T>.MultiplyAdd(bendD, _v, pullD));
        // cos c has -grad_b - grad_d at c; grad_b = (w^ + cos c v^) / |v|, grad_d = -(v^ + cos c w^) / |w|
        pullC = Vec3<T>.MultiplyAdd(T.MultiplyAdd(onB, CosineB, T.MultiplyAdd(onC, CosineC, -by.LengthMiddle - bendD)), _v, pullC);
        forceC = Vec3<T>.MultiplyAdd(-onB, _u, Vec3<T>.MultiplyAdd(T.MultiplyAdd(-bendD, CosineC, onC + by.LengthD), _w, pullC));
    }
}

/// <summary>Derivatives of an energy by a <see cref="BondChain{T}"/>'s coordinates: kJ/mol/nm by lengths, kJ/mol by the
/// others.</summary>
internal readonly struct ChainSlopes<T>(T torsion, T cosineB, T cosineC, T lengthA, T lengthMiddle, T lengthD)
    where T : unmanaged, ILane<T>
{
    public readonly T Torsion = torsion, CosineB = cosineB, CosineC = cosineC, LengthA = lengthA, LengthMiddle = lengthMiddle,
        LengthD = lengthD;
}
