using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Potentials.Engine;

/// <summary>Sixteen walkers in single precision side by side in 512 bits.</summary>
internal readonly struct Float512(Vector512<float> value) : ISingleLane<Float512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // by the first four bits behind the mantissa's point: [1, 3/2) in steps of 1/16, then [3/4, 1) in steps of 1/32
    private static readonly Vector512<float> s_inverses = Vector512.Create(1f, 0.914285719f, 0.864864886f, 0.820512831f, 0.780487776f,
        0.744186044f, 0.711111128f, 0.680851042f, 1.30612242f, 1.25490201f, 1.20754719f, 1.16363633f, 1.12280703f, 1.08474576f, 1.04918027f,
        1f);
    private static readonly Vector512<float> s_logarithms = Vector512.Create(-0f, 0.0896121531f, 0.145181986f, 0.19782573f, 0.247836201f,
        0.295464217f, 0.340926563f, 0.384411731f, -0.267062765f, -0.227057486f, -0.188591185f, -0.151549866f, -0.115831823f, -0.0813456413f,
        -0.0480091633f, -0f);

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
    [MethodImpl(Inline)] public static Float512 MultiplyAdd(Float512 a, Float512 b, Float512 c) =>
        new(Vector512.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float512 MultiplySubtract(Float512 a, Float512 b, Float512 c) =>
        new(Avx512F.IsSupported ? Avx512F.FusedMultiplySubtract(a.Value, b.Value, c.Value) : Vector512.FusedMultiplyAdd(a.Value, b.Value,
            -c.Value));

    /// <inheritdoc/>
    /// <remarks>Exact, and beside the multiply-add units: an estimate with a Newton step was slower.</remarks>
    [MethodImpl(Inline)] public static Float512 Reciprocal(Float512 a) => new(Vector512<float>.One / a.Value);

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
    [MethodImpl(Inline)]
    public static Float512 ReciprocalSqrtEstimate(Float512 a) =>
        Avx512F.IsSupported ? new(Avx512F.ReciprocalSqrt14(a.Value)) : ReciprocalSqrt(a);

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
    [MethodImpl(Inline)] public static Float512 IfLess(Float512 a, Float512 b, Float512 then, Float512 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.Value, b.Value), then.Value, otherwise.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 Scale(Float512 a, Float512 n)
    {
        if (Avx512F.IsSupported)
            return new(Avx512F.Scale(a.Value, n.Value));
        Vector512<int> exponent = Vector512.ConvertToInt32Native(Vector512.MinNative(Vector512.MaxNative(n.Value, Vector512.Create(-126f)),
            Vector512.Create(127f)));
        return new(a.Value * Vector512.ShiftLeft(exponent + Vector512.Create(127), 23).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 SplitExponent(Float512 a, out Float512 mantissa)
    {
        if (Avx512F.IsSupported)
        {
            mantissa = new(Avx512F.GetMantissa(a.Value, 3)); // the interval [3/4, 3/2)
            // a mantissa from 3/2 on carries into the exponent
            return new(Avx512F.GetExponent((a.Value.AsInt32() + Vector512.Create(0x00400000)).AsSingle()));
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
    /// <remarks>
    /// ln a = e ln 2 - ln c + ln(1 + t), t = c m - 1 with c = 1/m at the middle of the mantissa's sixteenth, by two permutations of
    /// registers: half the multiply-adds of the polynomial alone. In the two sixteenths beside 1 c is 1, so the relative error stays below
    /// 2e-7 where ln a goes through 0.
    /// </remarks>
    [MethodImpl(Inline)]
    public static Float512 Log(Float512 a)
    {
        if (!Avx512F.IsSupported)
            return SinglePrecision.Log(a);
        Vector512<float> e = SplitExponent(a, out Float512 mantissa).Value;
        // the permutation reads the last four bits: the mantissa's first
        Vector512<int> sixteenth = Vector512.ShiftRightLogical(mantissa.Value.AsInt32(), 19);
        Vector512<float> t = Vector512.FusedMultiplyAdd(mantissa.Value, Avx512F.PermuteVar16x32(s_inverses, sixteenth),
            Vector512.Create(-1f));
        Vector512<float> p = Vector512.FusedMultiplyAdd(t, Vector512.Create(0.2f), Vector512.Create(-0.25f));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(1f / 3));
        p = Vector512.FusedMultiplyAdd(p, t, Vector512.Create(-0.5f));
        p = Vector512.FusedMultiplyAdd(t * t, p, t);
        return new(p + Vector512.FusedMultiplyAdd(e, Vector512.Create(0.693147180559945309f), Avx512F.PermuteVar16x32(s_logarithms,
            sixteenth)));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static void SinCosOfTurns(Float512 turns, out Float512 sine, out Float512 cosine) =>
        SinglePrecision.SinCosOfTurns(turns, out sine, out cosine);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 ToFixed(Float512 turns) => new(Vector512.ConvertToInt32Native(
        (turns.Value - Vector512.Round(turns.Value)) * (float)FixedPoint.Edge).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 FixedDifference(Float512 a, Float512 b) =>
        new(Vector512.ConvertToSingle(a.Value.AsInt32() - b.Value.AsInt32()));
}
