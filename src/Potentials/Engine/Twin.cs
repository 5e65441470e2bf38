using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// Two numbers that go through one formula side by side. A formula whose operations wait for each other leaves a processor idle that looks
/// only so far ahead; its two directions between a pair of atoms, interleaved, fill each other's gaps.
/// </summary>
internal readonly struct Twin<T>(T first, T second) : ILane<Twin<T>> where T : unmanaged, ILane<T>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public readonly T First = first, Second = second;

    public static int Width => T.Width;

    [MethodImpl(Inline)] public static implicit operator Twin<T>(double value) => new(value, value);

    [MethodImpl(Inline)] public static unsafe Twin<T> Broadcast(byte* table, int index) => new(T.Broadcast(table, index),
        T.Broadcast(table, index));

    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => T.Row(table, index);

    [MethodImpl(Inline)] public static Twin<T> operator +(Twin<T> a, Twin<T> b) => new(a.First + b.First, a.Second + b.Second);

    [MethodImpl(Inline)] public static Twin<T> operator -(Twin<T> a, Twin<T> b) => new(a.First - b.First, a.Second - b.Second);

    [MethodImpl(Inline)] public static Twin<T> operator *(Twin<T> a, Twin<T> b) => new(a.First * b.First, a.Second * b.Second);

    [MethodImpl(Inline)] public static Twin<T> operator -(Twin<T> a) => new(-a.First, -a.Second);

    [MethodImpl(Inline)] public static Twin<T> MultiplyAdd(Twin<T> a, Twin<T> b, Twin<T> c) => new(T.MultiplyAdd(a.First, b.First, c.First),
        T.MultiplyAdd(a.Second, b.Second, c.Second));

    [MethodImpl(Inline)] public static Twin<T> MultiplySubtract(Twin<T> a, Twin<T> b, Twin<T> c) =>
        new(T.MultiplySubtract(a.First, b.First, c.First), T.MultiplySubtract(a.Second, b.Second, c.Second));

    [MethodImpl(Inline)] public static Twin<T> Reciprocal(Twin<T> a) => new(T.Reciprocal(a.First), T.Reciprocal(a.Second));

    [MethodImpl(Inline)] public static Twin<T> ReciprocalSqrt(Twin<T> a) => new(T.ReciprocalSqrt(a.First), T.ReciprocalSqrt(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Sqrt(Twin<T> a) => new(T.Sqrt(a.First), T.Sqrt(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Min(Twin<T> a, Twin<T> b) => new(T.Min(a.First, b.First), T.Min(a.Second, b.Second));

    [MethodImpl(Inline)] public static Twin<T> Max(Twin<T> a, Twin<T> b) => new(T.Max(a.First, b.First), T.Max(a.Second, b.Second));

    [MethodImpl(Inline)] public static Twin<T> Acos(Twin<T> a) => new(T.Acos(a.First), T.Acos(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Asin(Twin<T> a) => new(T.Asin(a.First), T.Asin(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Abs(Twin<T> a) => new(T.Abs(a.First), T.Abs(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Round(Twin<T> a) => new(T.Round(a.First), T.Round(a.Second));

    [MethodImpl(Inline)] public static Twin<T> IfLess(Twin<T> a, Twin<T> b, Twin<T> then, Twin<T> otherwise) =>
        new(T.IfLess(a.First, b.First, then.First, otherwise.First), T.IfLess(a.Second, b.Second, then.Second, otherwise.Second));

    [MethodImpl(Inline)] public static Twin<T> Exp(Twin<T> a) => new(T.Exp(a.First), T.Exp(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Exp2(Twin<T> a) => new(T.Exp2(a.First), T.Exp2(a.Second));

    [MethodImpl(Inline)] public static Twin<T> Log(Twin<T> a) => new(T.Log(a.First), T.Log(a.Second));

    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Twin<T> turns, out Twin<T> sine, out Twin<T> cosine)
    {
        T.SinCosOfTurns(turns.First, out T s1, out T c1);
        T.SinCosOfTurns(turns.Second, out T s2, out T c2);
        (sine, cosine) = (new(s1, s2), new(c1, c2));
    }

    [MethodImpl(Inline)] public static Twin<T> ToFixed(Twin<T> turns) => new(T.ToFixed(turns.First), T.ToFixed(turns.Second));

    [MethodImpl(Inline)] public static Twin<T> FixedDifference(Twin<T> a, Twin<T> b) => new(T.FixedDifference(a.First, b.First),
        T.FixedDifference(a.Second, b.Second));
}
