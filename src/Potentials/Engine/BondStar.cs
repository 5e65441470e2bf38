using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// Three bonds at a centre, from b to a, c and d: the cosines of their angles and the determinant of the three unit vectors, 0 where the
/// centre is flat, and the forces of an energy whose derivatives by these are known. A unit vector does not feel what pulls along it:
/// dE/da = (g - (g.u^) u^) / |a - b| with g = dE/du^.
/// </summary>
/// <remarks>Its two methods are calls on purpose, as those of <see cref="BondChain{T}"/>.</remarks>
internal readonly struct BondStar<T> where T : unmanaged, ILane<T>
{
    /// <summary>Cosines of the angles a-b-c, a-b-d and c-b-d; u^.(v^ x w^).</summary>
    public readonly T CosineAC, CosineAD, CosineCD, Determinant;

    private readonly Vec3<T> _u, _v, _w, _vw;
    private readonly T _inverseU, _inverseV, _inverseW;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public BondStar(in Vec3<T> a, in Vec3<T> b, in Vec3<T> c, in Vec3<T> d)
    {
        Vec3<T> u = a - b, v = c - b, w = d - b;
        T inverseU = T.ReciprocalSqrt(Vec3<T>.Dot(u, u)), inverseV = T.ReciprocalSqrt(Vec3<T>.Dot(v, v)),
            inverseW = T.ReciprocalSqrt(Vec3<T>.Dot(w, w));
        (_inverseU, _inverseV, _inverseW) = (inverseU, inverseV, inverseW);
        (u, v, w) = (inverseU * u, inverseV * v, inverseW * w);
        (_u, _v, _w) = (u, v, w);
        (CosineAC, CosineAD, CosineCD) = (Vec3<T>.Dot(u, v), Vec3<T>.Dot(u, w), Vec3<T>.Dot(v, w));
        Vec3<T> vw = Vec3<T>.Cross(v, w);
        (_vw, Determinant) = (vw, Vec3<T>.Dot(u, vw));
    }

    /// <summary>Forces on a, c and d; that on b is minus their sum. Derivatives are of minus the energy, kJ/mol.</summary>
    /// <param name="onAC">By the cosine of a-b-c.</param>
    /// <param name="onAD">By that of a-b-d.</param>
    /// <param name="onCD">By that of c-b-d.</param>
    /// <param name="onDeterminant">By the determinant.</param>
    /// <param name="forceA">On a.</param>
    /// <param name="forceC">On c.</param>
    /// <param name="forceD">On d.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forces(T onAC, T onAD, T onCD, T onDeterminant, out Vec3<T> forceA, out Vec3<T> forceC, out Vec3<T> forceD)
    {
        Vec3<T> u = _u, v = _v, w = _w;
        Vec3<T> gU = Vec3<T>.MultiplyAdd(onAC, v, Vec3<T>.MultiplyAdd(onAD, w, onDeterminant * _vw));
        forceA = _inverseU * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(gU, u), u, gU);
        Vec3<T> gV = Vec3<T>.MultiplyAdd(onAC, u, Vec3<T>.MultiplyAdd(onCD, w, onDeterminant * Vec3<T>.Cross(w, u)));
        forceC = _inverseV * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(gV, v), v, gV);
        Vec3<T> gW = Vec3<T>.MultiplyAdd(onAD, u, Vec3<T>.MultiplyAdd(onCD, v, onDeterminant * Vec3<T>.Cross(u, v)));
        forceD = _inverseW * Vec3<T>.MultiplyAdd(-Vec3<T>.Dot(gW, w), w, gW);
    }
}
