using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MolSampling.Potentials.Engine;

/// <summary>Sixteen walkers in single precision side by side in 512 bits.</summary>
public readonly struct Float512(Vector512<float> value) : ILane<Float512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>One walker a lane.</summary>
    public readonly Vector512<float> Value = value;

    /// <inheritdoc/>
    public static int Width => Vector512<float>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Float512(double value) => new(Vector512.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Float512 Broadcast(void* table, int index) => new(Vector512.Create(((float*)table)[index]));

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
        return new(Vector512.FusedMultiplyAdd(y, Vector512.FusedMultiplyAdd(-a.Value, y, Vector512<float>.One), y));
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
    /// <remarks>pi/2 - asin for |a| at most 1/2, else 2 asin sqrt((1 - |a|)/2) reflected: no cancellation on either branch.</remarks>
    [MethodImpl(Inline)]
    public static Float512 Acos(Float512 a)
    {
        Vector512<float> x = a.Value, magnitude = Vector512.Abs(x);
        Vector512<float> small = Vector512.LessThanOrEqual(magnitude, Vector512.Create(0.5f));
        Vector512<float> z = Vector512.ConditionalSelect(small, x * x, (Vector512<float>.One - magnitude) * 0.5f);
        Vector512<float> s = Vector512.ConditionalSelect(small, x, Vector512.Sqrt(Vector512.MaxNative(z, Vector512<float>.Zero)));
        Vector512<float> arcsine = AsinSeries(s, z);
        Vector512<float> twice = arcsine + arcsine;
        Vector512<float> outer = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(MathF.PI) - twice, twice);
        return new(Vector512.ConditionalSelect(small, Vector512.Create(MathF.PI / 2) - arcsine, outer));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float512 Asin(Float512 a)
    {
        Vector512<float> x = a.Value, magnitude = Vector512.Abs(x);
        Vector512<float> small = Vector512.LessThanOrEqual(magnitude, Vector512.Create(0.5f));
        Vector512<float> z = Vector512.ConditionalSelect(small, x * x, (Vector512<float>.One - magnitude) * 0.5f);
        Vector512<float> s = Vector512.ConditionalSelect(small, magnitude, Vector512.Sqrt(Vector512.MaxNative(z, Vector512<float>.Zero)));
        Vector512<float> arcsine = AsinSeries(s, z);
        Vector512<float> positive = Vector512.ConditionalSelect(small, arcsine, Vector512.Create(MathF.PI / 2) - (arcsine + arcsine));
        return new(Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), -positive, positive));
    }

    /// <summary>asin(s) = s + s z P(z), z = s^2 at most 1/4.</summary>
    [MethodImpl(Inline)]
    private static Vector512<float> AsinSeries(Vector512<float> s, Vector512<float> z)
    {
        Vector512<float> p = Vector512.Create(ArcsineSeries.C5);
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(ArcsineSeries.C4));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(ArcsineSeries.C3));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(ArcsineSeries.C2));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(ArcsineSeries.C1));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(ArcsineSeries.C0));
        return Vector512.FusedMultiplyAdd(p * z, s, s);
    }
}
