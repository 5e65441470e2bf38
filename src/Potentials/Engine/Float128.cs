using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Potentials.Engine;

/// <summary>Four walkers in single precision side by side in 128 bits.</summary>
internal readonly struct Float128(Vector128<float> value) : ISingleLane<Float128>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>One walker a lane.</summary>
    public readonly Vector128<float> Value = value;

    /// <inheritdoc/>
    public static int Width => Vector128<float>.Count;

    /// <inheritdoc/>
    public static bool HasFewRegisters => X86Base.IsSupported && !Avx512F.VL.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Float128(double value) => new(Vector128.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Float128 Broadcast(byte* table, int index) => new(Vector128.Create(((float*)table)[index]));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => (byte*)((float*)table + (nint)(uint)index);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator +(Float128 a, Float128 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator -(Float128 a, Float128 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator *(Float128 a, Float128 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator -(Float128 a) => new(-a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 MultiplyAdd(Float128 a, Float128 b, Float128 c) =>
        new(Vector128.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 MultiplySubtract(Float128 a, Float128 b, Float128 c) =>
        new(Fma.IsSupported ? Fma.MultiplySubtract(a.Value, b.Value, c.Value) : Vector128.FusedMultiplyAdd(a.Value, b.Value, -c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Reciprocal(Float128 a) => new(Vector128<float>.One / a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 ReciprocalSqrt(Float128 a) => new(Vector128<float>.One / Vector128.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Sqrt(Float128 a) => new(Vector128.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Min(Float128 a, Float128 b) => new(Vector128.MinNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Max(Float128 a, Float128 b) => new(Vector128.MaxNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Abs(Float128 a) => new(Vector128.Abs(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Round(Float128 a) => new(Vector128.Round(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 IfLess(Float128 a, Float128 b, Float128 then, Float128 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(a.Value, b.Value), then.Value, otherwise.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float128 Scale(Float128 a, Float128 n)
    {
        Vector128<int> exponent = Vector128.ConvertToInt32Native(Vector128.MinNative(Vector128.MaxNative(n.Value, Vector128.Create(-126f)),
            Vector128.Create(127f)));
        return new(a.Value * Vector128.ShiftLeft(exponent + Vector128.Create(127), 23).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float128 SplitExponent(Float128 a, out Float128 mantissa)
    {
        // subtracting the bits of 3/4 makes the exponent field count from there
        Vector128<int> bits = a.Value.AsInt32(), exponent = Vector128.ShiftRightArithmetic(bits - Vector128.Create(0x3f400000), 23);
        mantissa = new((bits - Vector128.ShiftLeft(exponent, 23)).AsSingle());
        return new(Vector128.ConvertToSingle(exponent));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Acos(Float128 a) => SinglePrecision.Acos(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Asin(Float128 a) => SinglePrecision.Asin(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Exp(Float128 a) => SinglePrecision.Exp(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Exp2(Float128 a) => SinglePrecision.Exp2(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 Log(Float128 a) => SinglePrecision.Log(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Float128 turns, out Float128 sine, out Float128 cosine) =>
        SinglePrecision.SinCosOfTurns(turns, out sine, out cosine);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float128 ToFixed(Float128 turns) => new(Vector128.ConvertToInt32Native(
        (turns.Value - Vector128.Round(turns.Value)) * (float)FixedPoint.Edge).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float128 FixedDifference(Float128 a, Float128 b) =>
        new(Vector128.ConvertToSingle(a.Value.AsInt32() - b.Value.AsInt32()));
}
