using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MolSampling.Potentials.Engine;

/// <summary>Eight walkers in single precision side by side in 256 bits.</summary>
public readonly struct Float256(Vector256<float> value) : ILane<Float256>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>One walker a lane.</summary>
    public readonly Vector256<float> Value = value;

    /// <inheritdoc/>
    public static int Width => Vector256<float>.Count;

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static implicit operator Float256(double value) => new(Vector256.Create((float)value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static unsafe Float256 Broadcast(void* table, int index) => new(Vector256.Create(((float*)table)[index]));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator +(Float256 a, Float256 b) => new(a.Value + b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator -(Float256 a, Float256 b) => new(a.Value - b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator *(Float256 a, Float256 b) => new(a.Value * b.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 operator -(Float256 a) => new(-a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 MultiplyAdd(Float256 a, Float256 b, Float256 c) => new(Vector256.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Reciprocal(Float256 a) => new(Vector256<float>.One / a.Value);

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 ReciprocalSqrt(Float256 a) => new(Vector256<float>.One / Vector256.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Sqrt(Float256 a) => new(Vector256.Sqrt(a.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Min(Float256 a, Float256 b) => new(Vector256.MinNative(a.Value, b.Value));

    /// <inheritdoc/>
    [MethodImpl(Inline)] public static Float256 Max(Float256 a, Float256 b) => new(Vector256.MaxNative(a.Value, b.Value));

    /// <inheritdoc/>
    /// <remarks>pi/2 - asin for |a| at most 1/2, else 2 asin sqrt((1 - |a|)/2) reflected: no cancellation on either branch.</remarks>
    [MethodImpl(Inline)]
    public static Float256 Acos(Float256 a)
    {
        Vector256<float> x = a.Value, magnitude = Vector256.Abs(x);
        Vector256<float> small = Vector256.LessThanOrEqual(magnitude, Vector256.Create(0.5f));
        Vector256<float> z = Vector256.ConditionalSelect(small, x * x, (Vector256<float>.One - magnitude) * 0.5f);
        Vector256<float> s = Vector256.ConditionalSelect(small, x, Vector256.Sqrt(Vector256.MaxNative(z, Vector256<float>.Zero)));
        Vector256<float> arcsine = AsinSeries(s, z);
        Vector256<float> twice = arcsine + arcsine;
        Vector256<float> outer = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), Vector256.Create(MathF.PI) - twice, twice);
        return new(Vector256.ConditionalSelect(small, Vector256.Create(MathF.PI / 2) - arcsine, outer));
    }

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public static Float256 Asin(Float256 a)
    {
        Vector256<float> x = a.Value, magnitude = Vector256.Abs(x);
        Vector256<float> small = Vector256.LessThanOrEqual(magnitude, Vector256.Create(0.5f));
        Vector256<float> z = Vector256.ConditionalSelect(small, x * x, (Vector256<float>.One - magnitude) * 0.5f);
        Vector256<float> s = Vector256.ConditionalSelect(small, magnitude, Vector256.Sqrt(Vector256.MaxNative(z, Vector256<float>.Zero)));
        Vector256<float> arcsine = AsinSeries(s, z);
        Vector256<float> positive = Vector256.ConditionalSelect(small, arcsine, Vector256.Create(MathF.PI / 2) - (arcsine + arcsine));
        return new(Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), -positive, positive));
    }

    /// <summary>asin(s) = s + s z P(z), z = s^2 at most 1/4.</summary>
    [MethodImpl(Inline)]
    private static Vector256<float> AsinSeries(Vector256<float> s, Vector256<float> z)
    {
        Vector256<float> p = Vector256.Create(ArcsineSeries.C5);
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(ArcsineSeries.C4));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(ArcsineSeries.C3));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(ArcsineSeries.C2));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(ArcsineSeries.C1));
        p = Vector256.FusedMultiplyAdd(p, z, Vector256.Create(ArcsineSeries.C0));
        return Vector256.FusedMultiplyAdd(p * z, s, s);
    }
}
