using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Potentials.Engine;

/// <summary>Eight walkers in single precision side by side in 256 bits.</summary>
internal readonly struct Float256(Vector256<float> value) : ISingleLane<Float256>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>One walker a lane.</summary>
    public readonly Vector256<float> Value = value;

    /// <inheritdoc/>
    public static int Width => Vector256<float>.Count;

    /// <inheritdoc/>
    public static bool HasFewRegisters => X86Base.IsSupported && !Avx512F.VL.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Float256(double value) => new(Vector256.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Float256 Broadcast(byte* table, int index) => new(Vector256.Create(((float*)table)[index]));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => (byte*)((float*)table + (nint)(uint)index);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator +(Float256 a, Float256 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator -(Float256 a, Float256 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator *(Float256 a, Float256 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator -(Float256 a) => new(-a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 MultiplyAdd(Float256 a, Float256 b, Float256 c) =>
        new(Vector256.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 MultiplySubtract(Float256 a, Float256 b, Float256 c) =>
        new(Fma.IsSupported ? Fma.MultiplySubtract(a.Value, b.Value, c.Value) : Vector256.FusedMultiplyAdd(a.Value, b.Value, -c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Reciprocal(Float256 a) => new(Vector256<float>.One / a.Value);

    /// <inheritdoc/>
    /// <remarks>An estimate of 12 bits with a Newton step, relative error 2.1e-7: root and division take longer and share a unit.</remarks>
    [MethodImpl(Inline)]
    public static Float256 ReciprocalSqrt(Float256 a)
    {
        if (!Avx.IsSupported)
            return new(Vector256<float>.One / Vector256.Sqrt(a.Value));
        Vector256<float> y = Avx.ReciprocalSqrt(a.Value);
        Vector256<float> half = a.Value * -0.5f;
        return new(y * Vector256.FusedMultiplyAdd(half * y, y, Vector256.Create(1.5f)));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float256 ReciprocalSqrtEstimate(Float256 a) => Avx.IsSupported ? new(Avx.ReciprocalSqrt(a.Value)) : ReciprocalSqrt(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Sqrt(Float256 a) => new(Vector256.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Min(Float256 a, Float256 b) => new(Vector256.MinNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Max(Float256 a, Float256 b) => new(Vector256.MaxNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Abs(Float256 a) => new(Vector256.Abs(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Round(Float256 a) => new(Vector256.Round(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 IfLess(Float256 a, Float256 b, Float256 then, Float256 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a.Value, b.Value), then.Value, otherwise.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float256 Scale(Float256 a, Float256 n)
    {
        Vector256<int> exponent = Vector256.ConvertToInt32Native(Vector256.MinNative(Vector256.MaxNative(n.Value, Vector256.Create(-126f)),
            Vector256.Create(127f)));
        return new(a.Value * Vector256.ShiftLeft(exponent + Vector256.Create(127), 23).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float256 SplitExponent(Float256 a, out Float256 mantissa)
    {
        // subtracting the bits of 3/4 makes the exponent field count from there
        Vector256<int> bits = a.Value.AsInt32(), exponent = Vector256.ShiftRightArithmetic(bits - Vector256.Create(0x3f400000), 23);
        mantissa = new((bits - Vector256.ShiftLeft(exponent, 23)).AsSingle());
        return new(Vector256.ConvertToSingle(exponent));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Acos(Float256 a) => SinglePrecision.Acos(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Asin(Float256 a) => SinglePrecision.Asin(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Exp(Float256 a) => SinglePrecision.Exp(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Exp2(Float256 a) => SinglePrecision.Exp2(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Log(Float256 a) => SinglePrecision.Log(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Float256 turns, out Float256 sine, out Float256 cosine) =>
        SinglePrecision.SinCosOfTurns(turns, out sine, out cosine);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float256 ToFixed(Float256 turns) => new(Vector256.ConvertToInt32Native(
        (turns.Value - Vector256.Round(turns.Value)) * (float)FixedPoint.Edge).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float256 FixedDifference(Float256 a, Float256 b) =>
        new(Vector256.ConvertToSingle(a.Value.AsInt32() - b.Value.AsInt32()));
}
