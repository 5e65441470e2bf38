using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// The torsion a-b-c-d: its cosine and sine, and the forces of an energy whose derivative by the angle is known. With u = b - a, v = c - b,
/// w = d - c, m = u x v, n = v x w: dphi/da = -|v| m/m^2, dphi/dd = |v| n/n^2; those of b and c follow from u.v/v^2 and w.v/v^2. No angle
/// is computed, and all is finite at every phi. A. Blondel, M. Karplus, J. Comput. Chem. 17 (1996) 1132.
/// </summary>
internal readonly struct TorsionAngle<T> where T : unmanaged, ILane<T>
{
    public readonly T Cosine, Sine;

    private readonly Vec3<T> _m, _n;
    private readonly T _inverseM, _inverseN, _length, _alongU, _alongW;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TorsionAngle(Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d)
    {
        Vec3<T> u = b - a, v = c - b, w = d - c;
        _m = Vec3<T>.Cross(u, v);
        _n = Vec3<T>.Cross(v, w);
        // a straight angle has no torsion: the floor (1e-7 of the usual |m|^2) keeps its gradient finite
        _inverseM = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(_m, _m), 1e-11));
        _inverseN = T.ReciprocalSqrt(T.Max(Vec3<T>.Dot(_n, _n), 1e-11));
        T square = Vec3<T>.Dot(v, v), inverse = T.ReciprocalSqrt(square), inverseSquare = inverse * inverse,
            product = _inverseM * _inverseN;
        _length = square * inverse;
        Cosine = Vec3<T>.Dot(_m, _n) * product;
        Sine = _length * Vec3<T>.Dot(u, _n) * product;
        _alongU = Vec3<T>.Dot(u, v) * inverseSquare;
        _alongW = Vec3<T>.Dot(w, v) * inverseSquare;
    }

    /// <summary>Forces on a, c and d.</summary>
    /// <param name="slope">dE/dphi.</param>
    /// <param name="forceA">On a.</param>
    /// <param name="forceC">On c.</param>
    /// <param name="forceD">On d.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forces(T slope, out Vec3<T> forceA, out Vec3<T> forceC, out Vec3<T> forceD)
    {
        T pull = slope * _length;
        forceA = (pull * _inverseM * _inverseM) * _m;
        Vec3<T> minusD = (pull * _inverseN * _inverseN) * _n;
        forceD = -minusD;
        forceC = Vec3<T>.MultiplyAdd(_alongU, forceA, Vec3<T>.MultiplyAdd(_alongW, minusD, minusD));
    }
}
