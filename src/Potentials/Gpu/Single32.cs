using System.Runtime.CompilerServices;
using ILGPU;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Gpu;

/// <summary>One walker in single precision: the lane of a GPU's thread. Elementary functions are those of the SIMD lanes.</summary>
internal readonly struct Single32(float value) : ISingleLane<Single32>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    public readonly float Value = value;

    public static int Width => 1;

    [MethodImpl(Inline)] public static implicit operator Single32(double value) => new((float)value);

    [MethodImpl(Inline)] public static unsafe Single32 Broadcast(byte* table, int index) => new(((float*)table)[index]);

    [MethodImpl(Inline)] public static unsafe byte* Row(byte* table, int index) => (byte*)((float*)table + index);

    [MethodImpl(Inline)] public static Single32 operator +(Single32 a, Single32 b) => new(a.Value + b.Value);

    [MethodImpl(Inline)] public static Single32 operator -(Single32 a, Single32 b) => new(a.Value - b.Value);

    [MethodImpl(Inline)] public static Single32 operator *(Single32 a, Single32 b) => new(a.Value * b.Value);

    [MethodImpl(Inline)] public static Single32 operator -(Single32 a) => new(-a.Value);

    /// <summary>The compiler of the kernel makes one instruction of it.</summary>
    [MethodImpl(Inline)] public static Single32 MultiplyAdd(Single32 a, Single32 b, Single32 c) => new(a.Value * b.Value + c.Value);

    [MethodImpl(Inline)] public static Single32 MultiplySubtract(Single32 a, Single32 b, Single32 c) => new(a.Value * b.Value - c.Value);

    [MethodImpl(Inline)] public static Single32 Reciprocal(Single32 a) => new(IntrinsicMath.CPUOnly.Rcp(a.Value));

    [MethodImpl(Inline)] public static Single32 ReciprocalSqrt(Single32 a) => new(IntrinsicMath.CPUOnly.Rsqrt(a.Value));

    [MethodImpl(Inline)] public static Single32 Sqrt(Single32 a) => new(IntrinsicMath.CPUOnly.Sqrt(a.Value));

    [MethodImpl(Inline)] public static Single32 Min(Single32 a, Single32 b) => new(IntrinsicMath.Min(a.Value, b.Value));

    [MethodImpl(Inline)] public static Single32 Max(Single32 a, Single32 b) => new(IntrinsicMath.Max(a.Value, b.Value));

    [MethodImpl(Inline)] public static Single32 Abs(Single32 a) => new(IntrinsicMath.Abs(a.Value));

    [MethodImpl(Inline)] public static Single32 Round(Single32 a) => new(IntrinsicMath.CPUOnly.Floor(a.Value + 0.5f));

    [MethodImpl(Inline)] public static Single32 IfLess(Single32 a, Single32 b, Single32 then, Single32 otherwise) =>
        new(a.Value < b.Value ? then.Value : otherwise.Value);

    /// <summary>By two factors, so that the ends of the range are held.</summary>
    [MethodImpl(Inline)]
    public static Single32 Scale(Single32 a, Single32 n)
    {
        int exponent = (int)IntrinsicMath.Min(IntrinsicMath.Max(n.Value, -126f), 127f);
        return new(a.Value * Interop.IntAsFloat((uint)(exponent + 127) << 23));
    }

    /// <summary>Subtracting the bits of 3/4 makes the exponent field count from there.</summary>
    [MethodImpl(Inline)]
    public static Single32 SplitExponent(Single32 a, out Single32 mantissa)
    {
        int bits = (int)Interop.FloatAsInt(a.Value), exponent = (bits - 0x3f400000) >> 23;
        mantissa = new(Interop.IntAsFloat((uint)(bits - (exponent << 23))));
        return new(exponent);
    }

    [MethodImpl(Inline)] public static Single32 Acos(Single32 a) => SinglePrecision.Acos(a);

    [MethodImpl(Inline)] public static Single32 Asin(Single32 a) => SinglePrecision.Asin(a);

    [MethodImpl(Inline)] public static Single32 Exp(Single32 a) => SinglePrecision.Exp(a);

    [MethodImpl(Inline)] public static Single32 Exp2(Single32 a) => SinglePrecision.Exp2(a);

    [MethodImpl(Inline)] public static Single32 Log(Single32 a) => SinglePrecision.Log(a);

    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Single32 turns, out Single32 sine, out Single32 cosine) =>
        SinglePrecision.SinCosOfTurns(turns, out sine, out cosine);

    [MethodImpl(Inline)]
    public static Single32 ToFixed(Single32 turns) =>
        new(Interop.IntAsFloat((uint)(int)((turns.Value - IntrinsicMath.CPUOnly.Floor(turns.Value + 0.5f)) * (float)FixedPoint.Edge)));

    [MethodImpl(Inline)]
    public static Single32 FixedDifference(Single32 a, Single32 b) =>
        new((int)Interop.FloatAsInt(a.Value) - (int)Interop.FloatAsInt(b.Value));
}
