using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// The angle a-b-c: its cosine and the cosine's gradients, d cos/da = (c^ - cos a^) / |a - b| and the mirror image for c,
/// with a^, c^ the unit vectors from b.
/// </summary>
internal readonly struct BondAngle<T> where T : unmanaged, ILane<T>
{
    public readonly Vec3<T> UnitA, UnitC, GradientA, GradientC;
    public readonly T LengthA, LengthC, Cosine;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BondAngle(Vec3<T> a, Vec3<T> b, Vec3<T> c)
    {
        Vec3<T> u = a - b, v = c - b;
        T squareA = Vec3<T>.Dot(u, u), squareC = Vec3<T>.Dot(v, v);
        T inverseA = T.ReciprocalSqrt(squareA), inverseC = T.ReciprocalSqrt(squareC);
        LengthA = squareA * inverseA;
        LengthC = squareC * inverseC;
        UnitA = inverseA * u;
        UnitC = inverseC * v;
        Cosine = T.Max(-1.0, T.Min(1.0, Vec3<T>.Dot(UnitA, UnitC)));
        GradientA = inverseA * Vec3<T>.MultiplyAdd(-Cosine, UnitA, UnitC);
        GradientC = inverseC * Vec3<T>.MultiplyAdd(-Cosine, UnitC, UnitA);
    }

    /// <summary>d theta / d cos = -1 / sin theta, held finite at the straight angle, where the gradient of the cosine vanishes.</summary>
    public T AngleSlope
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => -T.ReciprocalSqrt(T.Max(T.MultiplyAdd(-Cosine, Cosine, 1.0), 1e-7));
    }
}
