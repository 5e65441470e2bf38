using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>One walker in double precision: the reference that every other lane is tested against.</summary>
public readonly struct Double64(double value) : ILane<Double64>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The number.</summary>
    public readonly double Value = value;

    /// <inheritdoc/>
    public static int Width => 1;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Double64(double value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Double64 Broadcast(byte* table, int index) => new(((double*)table)[index]);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => (byte*)((double*)table + (nint)(uint)index);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 operator +(Double64 a, Double64 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 operator -(Double64 a, Double64 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 operator *(Double64 a, Double64 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 operator -(Double64 a) => new(-a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 MultiplyAdd(Double64 a, Double64 b, Double64 c) =>
        new(Math.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 MultiplySubtract(Double64 a, Double64 b, Double64 c) =>
        new(Math.FusedMultiplyAdd(a.Value, b.Value, -c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Reciprocal(Double64 a) => new(1 / a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 ReciprocalSqrt(Double64 a) => new(1 / Math.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Sqrt(Double64 a) => new(Math.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Min(Double64 a, Double64 b) => new(Math.Min(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Max(Double64 a, Double64 b) => new(Math.Max(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Acos(Double64 a) => new(Math.Acos(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Asin(Double64 a) => new(Math.Asin(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Abs(Double64 a) => new(Math.Abs(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Round(Double64 a) => new(Math.Round(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 IfLess(Double64 a, Double64 b, Double64 then, Double64 otherwise) => a.Value < b.Value
        ? then : otherwise;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Exp(Double64 a) => new(Math.Exp(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Exp2(Double64 a) => new(Math.Exp(a.Value * 0.693147180559945309));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 Log(Double64 a) => new(Math.Log(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Double64 turns, out Double64 sine, out Double64 cosine)
    {
        (double s, double c) = Math.SinCos(2 * Math.PI * turns.Value);
        (sine, cosine) = (s, c);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Double64 ToFixed(Double64 turns) => new(FixedPoint.Edge * turns.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Double64 FixedDifference(Double64 a, Double64 b)
    {
        double d = a.Value - b.Value;
        return new(d - FixedPoint.Edge * Math.Round(d * FixedPoint.Unit));
    }
}
