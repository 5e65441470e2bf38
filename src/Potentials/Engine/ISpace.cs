using System.Globalization;
using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>How the vector between two atoms is measured; structs, so that the loop is compiled for each.</summary>
internal interface ISpace<TSelf> where TSelf : struct, ISpace<TSelf>
{
    static abstract TSelf From(RectangularBox box);

    Vec3<T> Nearest<T>(Vec3<T> d) where T : unmanaged, ILane<T>;
}

/// <summary>Open boundaries.</summary>
internal readonly struct OpenSpace : ISpace<OpenSpace>
{
    public static OpenSpace From(RectangularBox box) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vec3<T> Nearest<T>(Vec3<T> d) where T : unmanaged, ILane<T> => d;
}

/// <summary>A rectangular periodic box; the nearest image is d - L round(d/L).</summary>
/// <param name="X">nm.</param>
/// <param name="Y">nm.</param>
/// <param name="Z">nm.</param>
public readonly record struct RectangularBox(double X, double Y, double Z) : ISpace<RectangularBox>
{
    static RectangularBox ISpace<RectangularBox>.From(RectangularBox box) => box;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vec3<T> ISpace<RectangularBox>.Nearest<T>(Vec3<T> d) => new(
        T.MultiplyAdd(T.Round(d.X * (1 / X)), -X, d.X),
        T.MultiplyAdd(T.Round(d.Y * (1 / Y)), -Y, d.Y),
        T.MultiplyAdd(T.Round(d.Z * (1 / Z)), -Z, d.Z));

    /// <summary>nm^3.</summary>
    public double Volume => X * Y * Z;

    /// <summary>Whether all edges are equal.</summary>
    public bool IsCubic => X == Y && Y == Z;

    /// <summary>A cube.</summary>
    /// <param name="edge">nm.</param>
    public static RectangularBox Cube(double edge) => new(edge, edge, edge);

    /// <summary>The edges with their unit; part of a table's name, hence of the fingerprint.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $" in {X:R} x {Y:R} x {Z:R} nm");
}
