using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// A number and its derivative in one direction: a formula over <see cref="ILane{T}"/> gives its value at x and J v, its derivative along
/// v, in one pass (forward differentiation). What a gradient cannot give cheaply, a direction's derivative of many outputs, costs two to
/// three evaluations.
/// </summary>
/// <remarks>The value stands first, so whoever looks at lanes sees values.</remarks>
internal readonly struct Dual<T>(T value, T slope) : ILane<Dual<T>> where T : unmanaged, ILane<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public readonly T Value = value, Slope = slope;

    public static int Width => T.Width;

    [MethodImpl(Inline)] public static implicit operator Dual<T>(double value) => new(value, 0.0);

    [MethodImpl(Inline)] public static unsafe Dual<T> Broadcast(byte* table, int index) => new(T.Broadcast(table, index), 0.0);

    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => T.Row(table, index);

    [MethodImpl(Inline)] public static Dual<T> operator +(Dual<T> a, Dual<T> b) => new(a.Value + b.Value, a.Slope + b.Slope);

    [MethodImpl(Inline)] public static Dual<T> operator -(Dual<T> a, Dual<T> b) => new(a.Value - b.Value, a.Slope - b.Slope);

    [MethodImpl(Inline)]
    public static Dual<T> operator *(Dual<T> a, Dual<T> b) => new(a.Value * b.Value, T.MultiplyAdd(a.Slope, b.Value, a.Value * b.Slope));

    [MethodImpl(Inline)] public static Dual<T> operator -(Dual<T> a) => new(-a.Value, -a.Slope);

    [MethodImpl(Inline)]
    public static Dual<T> MultiplyAdd(Dual<T> a, Dual<T> b, Dual<T> c) => new(T.MultiplyAdd(a.Value, b.Value, c.Value),
        T.MultiplyAdd(a.Slope, b.Value, T.MultiplyAdd(a.Value, b.Slope, c.Slope)));

    [MethodImpl(Inline)]
    public static Dual<T> MultiplySubtract(Dual<T> a, Dual<T> b, Dual<T> c) => new(T.MultiplySubtract(a.Value, b.Value, c.Value),
        T.MultiplyAdd(a.Slope, b.Value, T.MultiplySubtract(a.Value, b.Slope, c.Slope)));

    [MethodImpl(Inline)]
    public static Dual<T> Reciprocal(Dual<T> a)
    {
        T r = T.Reciprocal(a.Value);
        return new(r, -(r * r) * a.Slope);
    }

    [MethodImpl(Inline)]
    public static Dual<T> ReciprocalSqrt(Dual<T> a)
    {
        T r = T.ReciprocalSqrt(a.Value);
        return new(r, -0.5 * r * (r * r) * a.Slope);
    }

    [MethodImpl(Inline)]
    public static Dual<T> Sqrt(Dual<T> a)
    {
        T r = T.Sqrt(a.Value);
        return new(r, 0.5 * T.Reciprocal(r) * a.Slope);
    }

    [MethodImpl(Inline)] public static Dual<T> Min(Dual<T> a, Dual<T> b) => IfLess(a, b, a, b);

    [MethodImpl(Inline)] public static Dual<T> Max(Dual<T> a, Dual<T> b) => IfLess(a, b, b, a);

    [MethodImpl(Inline)]
    public static Dual<T> Acos(Dual<T> a) => new(T.Acos(a.Value), -T.ReciprocalSqrt(1.0 - a.Value * a.Value) * a.Slope);

    [MethodImpl(Inline)]
    public static Dual<T> Asin(Dual<T> a) => new(T.Asin(a.Value), T.ReciprocalSqrt(1.0 - a.Value * a.Value) * a.Slope);

    [MethodImpl(Inline)] public static Dual<T> Abs(Dual<T> a) => new(T.Abs(a.Value), T.IfLess(a.Value, 0.0, -a.Slope, a.Slope));

    [MethodImpl(Inline)] public static Dual<T> Round(Dual<T> a) => new(T.Round(a.Value), 0.0);

    [MethodImpl(Inline)]
    public static Dual<T> IfLess(Dual<T> a, Dual<T> b, Dual<T> then, Dual<T> otherwise) =>
        new(T.IfLess(a.Value, b.Value, then.Value, otherwise.Value), T.IfLess(a.Value, b.Value, then.Slope, otherwise.Slope));

    [MethodImpl(Inline)]
    public static Dual<T> Exp(Dual<T> a)
    {
        T e = T.Exp(a.Value);
        return new(e, e * a.Slope);
    }

    [MethodImpl(Inline)]
    public static Dual<T> Exp2(Dual<T> a)
    {
        T e = T.Exp2(a.Value);
        return new(e, Math.Log(2) * e * a.Slope);
    }

    [MethodImpl(Inline)] public static Dual<T> Log(Dual<T> a) => new(T.Log(a.Value), T.Reciprocal(a.Value) * a.Slope);

    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Dual<T> turns, out Dual<T> sine, out Dual<T> cosine)
    {
        T.SinCosOfTurns(turns.Value, out T s, out T c);
        T angle = 2 * Math.PI * turns.Slope;
        (sine, cosine) = (new(s, c * angle), new(c, -(s * angle)));
    }

    /// <summary>The slope stays in periods.</summary>
    [MethodImpl(Inline)] public static Dual<T> ToFixed(Dual<T> turns) => new(T.ToFixed(turns.Value), turns.Slope);

    [MethodImpl(Inline)]
    public static Dual<T> FixedDifference(Dual<T> a, Dual<T> b) => new(T.FixedDifference(a.Value, b.Value),
        FixedPoint.Edge * (a.Slope - b.Slope));
}
