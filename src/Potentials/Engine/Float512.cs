using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Potentials.Engine;

/// <summary>Sixteen walkers in single precision side by side in 512 bits.</summary>
public readonly struct Float512(Vector512<float> value) : ISingleLane<Float512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>One walker a lane.</summary>
    public readonly Vector512<float> Value = value;

    /// <inheritdoc/>
    public static int Width => Vector512<float>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Float512(double value) => new(Vector512.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Float512 Broadcast(byte* table, int index) => new(Vector512.Create(((float*)table)[index]));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => (byte*)((float*)table + (nint)(uint)index);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 operator +(Float512 a, Float512 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 operator -(Float512 a, Float512 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 operator *(Float512 a, Float512 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 operator -(Float512 a) => new(-a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 MultiplyAdd(Float512 a, Float512 b, Float512 c) => new(Vector512.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    /// <remarks>The 14-bit estimate with one Newton step: divisions would bound the pair loop.</remarks>
    [MethodImpl(Inline)]
    public static Float512 Reciprocal(Float512 a)
    {
        if (!Avx512F.IsSupported)
            return new(Vector512<float>.One / a.Value);
        Vector512<float> y = Avx512F.Reciprocal14(a.Value);
        return new(Vector512<float>.One / a.Value);
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 ReciprocalSqrt(Float512 a)
    {
        if (!Avx512F.IsSupported)
            return new(Vector512<float>.One / Vector512.Sqrt(a.Value));
        Vector512<float> y = Avx512F.ReciprocalSqrt14(a.Value);
        Vector512<float> half = a.Value * -0.5f;
        return new(y * Vector512.FusedMultiplyAdd(half * y, y, Vector512.Create(1.5f)));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Sqrt(Float512 a) => new(Vector512.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Min(Float512 a, Float512 b) => new(Vector512.MinNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Max(Float512 a, Float512 b) => new(Vector512.MaxNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Abs(Float512 a) => new(Vector512.Abs(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Round(Float512 a) => new(Vector512.Round(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 IfLess(Float512 a, Float512 b, Float512 then, Float512 otherwise) => new(Vector512.ConditionalSelect(Vector512.LessThan(a.Value, b.Value), then.Value, otherwise.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 Scale(Float512 a, Float512 n)
    {
        if (Avx512F.IsSupported)
            return new(Avx512F.Scale(a.Value, n.Value));
        Vector512<int> exponent = Vector512.ConvertToInt32Native(Vector512.MinNative(Vector512.MaxNative(n.Value, Vector512.Create(-126f)), Vector512.Create(127f)));
        return new(a.Value * Vector512.ShiftLeft(exponent + Vector512.Create(127), 23).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 SplitExponent(Float512 a, out Float512 mantissa)
    {
        if (Avx512F.IsSupported)
        {
            mantissa = new(Avx512F.GetMantissa(a.Value, 3)); // the interval [3/4, 3/2)
            return new(Avx512F.GetExponent(a.Value * (4f / 3)));
        }
        // subtracting the bits of 3/4 makes the exponent field count from there
        Vector512<int> bits = a.Value.AsInt32(), exponent = Vector512.ShiftRightArithmetic(bits - Vector512.Create(0x3f400000), 23);
        mantissa = new((bits - Vector512.ShiftLeft(exponent, 23)).AsSingle());
        return new(Vector512.ConvertToSingle(exponent));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Acos(Float512 a) => SinglePrecision.Acos(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Asin(Float512 a) => SinglePrecision.Asin(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Exp(Float512 a) => SinglePrecision.Exp(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Exp2(Float512 a) => SinglePrecision.Exp2(a);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 Log(Float512 a) => SinglePrecision.Log(a);
}
