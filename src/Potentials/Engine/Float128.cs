using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MolSampling.Potentials.Engine;

/// <summary>Four walkers in single precision side by side in 128 bits.</summary>
public readonly struct Float128(Vector128<float> value) : ILane<Float128>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>One walker a lane.</summary>
    public readonly Vector128<float> Value = value;

    /// <inheritdoc/>
    public static int Width => Vector128<float>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Float128(double value) => new(Vector128.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Float128 Broadcast(void* table, int index) => new(Vector128.Create(((float*)table)[index]));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator +(Float128 a, Float128 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator -(Float128 a, Float128 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator *(Float128 a, Float128 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 operator -(Float128 a) => new(-a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float128 MultiplyAdd(Float128 a, Float128 b, Float128 c) => new(Vector128.FusedMultiplyAdd(a.Value, b.Value, c.Value));

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
    /// <remarks>pi/2 - asin for |a| at most 1/2, else 2 asin sqrt((1 - |a|)/2) reflected: no cancellation on either branch.</remarks>
    [MethodImpl(Inline)]
    public static Float128 Acos(Float128 a)
    {
        Vector128<float> x = a.Value, magnitude = Vector128.Abs(x);
        Vector128<float> small = Vector128.LessThanOrEqual(magnitude, Vector128.Create(0.5f));
        Vector128<float> z = Vector128.ConditionalSelect(small, x * x, (Vector128<float>.One - magnitude) * 0.5f);
        Vector128<float> s = Vector128.ConditionalSelect(small, x, Vector128.Sqrt(Vector128.MaxNative(z, Vector128<float>.Zero)));
        Vector128<float> arcsine = AsinSeries(s, z);
        Vector128<float> twice = arcsine + arcsine;
        Vector128<float> outer = Vector128.ConditionalSelect(Vector128.LessThan(x, Vector128<float>.Zero), Vector128.Create(MathF.PI) - twice, twice);
        return new(Vector128.ConditionalSelect(small, Vector128.Create(MathF.PI / 2) - arcsine, outer));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float128 Asin(Float128 a)
    {
        Vector128<float> x = a.Value, magnitude = Vector128.Abs(x);
        Vector128<float> small = Vector128.LessThanOrEqual(magnitude, Vector128.Create(0.5f));
        Vector128<float> z = Vector128.ConditionalSelect(small, x * x, (Vector128<float>.One - magnitude) * 0.5f);
        Vector128<float> s = Vector128.ConditionalSelect(small, magnitude, Vector128.Sqrt(Vector128.MaxNative(z, Vector128<float>.Zero)));
        Vector128<float> arcsine = AsinSeries(s, z);
        Vector128<float> positive = Vector128.ConditionalSelect(small, arcsine, Vector128.Create(MathF.PI / 2) - (arcsine + arcsine));
        return new(Vector128.ConditionalSelect(Vector128.LessThan(x, Vector128<float>.Zero), -positive, positive));
    }

    /// <summary>asin(s) = s + s z P(z), z = s^2 at most 1/4.</summary>
    [MethodImpl(Inline)]
    private static Vector128<float> AsinSeries(Vector128<float> s, Vector128<float> z)
    {
        Vector128<float> p = Vector128.Create(ArcsineSeries.C5);
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(ArcsineSeries.C4));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(ArcsineSeries.C3));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(ArcsineSeries.C2));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(ArcsineSeries.C1));
        p = Vector128.FusedMultiplyAdd(p, z, Vector128.Create(ArcsineSeries.C0));
        return Vector128.FusedMultiplyAdd(p * z, s, s);
    }
}
