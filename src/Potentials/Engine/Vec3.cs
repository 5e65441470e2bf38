using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>A vector in space whose components are lanes.</summary>
public readonly struct Vec3<T>(T x, T y, T z) where T : unmanaged, ILane<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Component along x.</summary>
    public readonly T X = x;

    /// <summary>Component along y.</summary>
    public readonly T Y = y;

    /// <summary>Component along z.</summary>
    public readonly T Z = z;

    /// <summary>Sum.</summary>
    [MethodImpl(Inline)] public static Vec3<T> operator +(Vec3<T> a, Vec3<T> b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>Difference.</summary>
    [MethodImpl(Inline)] public static Vec3<T> operator -(Vec3<T> a, Vec3<T> b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>Opposite.</summary>
    [MethodImpl(Inline)] public static Vec3<T> operator -(Vec3<T> a) => new(-a.X, -a.Y, -a.Z);

    /// <summary>Scaled.</summary>
    [MethodImpl(Inline)] public static Vec3<T> operator *(T s, Vec3<T> a) => new(s * a.X, s * a.Y, s * a.Z);

    /// <summary>a . b</summary>
    [MethodImpl(Inline)] public static T Dot(Vec3<T> a, Vec3<T> b) => T.MultiplyAdd(a.X, b.X, T.MultiplyAdd(a.Y, b.Y, a.Z * b.Z));

    /// <summary>a x b</summary>
    [MethodImpl(Inline)]
    public static Vec3<T> Cross(Vec3<T> a, Vec3<T> b) => new(
        T.MultiplySubtract(a.Y, b.Z, a.Z * b.Y),
        T.MultiplySubtract(a.Z, b.X, a.X * b.Z),
        T.MultiplySubtract(a.X, b.Y, a.Y * b.X));

    /// <summary>s a + b</summary>
    [MethodImpl(Inline)]
    public static Vec3<T> MultiplyAdd(T s, Vec3<T> a, Vec3<T> b) => new(T.MultiplyAdd(s, a.X, b.X), T.MultiplyAdd(s, a.Y, b.Y),
        T.MultiplyAdd(s, a.Z, b.Z));
}
