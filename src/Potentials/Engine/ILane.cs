namespace MolSampling.Potentials.Engine;

/// <summary>
/// The number that a force-field formula computes with: a vector of walkers in SIMD lanes, or one double.
/// A formula written over this interface is compiled once for each implementation.
/// </summary>
/// <typeparam name="T">The implementing type.</typeparam>
public interface ILane<T> where T : unmanaged, ILane<T>
{
    /// <summary>Walkers side by side.</summary>
    static abstract int Width { get; }

    /// <summary>Whether only sixteen registers hold these numbers: then <see cref="TermTable"/> prefers a loop in short stages.</summary>
    static virtual bool HasFewRegisters => false;

    /// <summary>The same number in all lanes.</summary>
    static abstract implicit operator T(double value);

    /// <summary>The parameter at an index of a table in the lane's own precision, in all lanes.</summary>
    static abstract unsafe T Broadcast(byte* table, int index);

    /// <summary>Where the parameter at an index of a table in the lane's own precision stands.</summary>
    static abstract unsafe byte* Row(byte* table, int index);

    static abstract T operator +(T a, T b);
    static abstract T operator -(T a, T b);
    static abstract T operator *(T a, T b);
    static abstract T operator -(T a);

    /// <summary>a b + c with one rounding.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>a b - c with one rounding.</summary>
    static abstract T MultiplySubtract(T a, T b, T c);

    /// <summary>1 / a to the last bit or two.</summary>
    static abstract T Reciprocal(T a);

    /// <summary>1 / sqrt(a) to the last bit or two; +inf or NaN at 0.</summary>
    static abstract T ReciprocalSqrt(T a);

    /// <summary>1 / sqrt(a) to eleven bits at least, where that is cheaper.</summary>
    static virtual T ReciprocalSqrtEstimate(T a) => T.ReciprocalSqrt(a);

    /// <summary>Square root.</summary>
    static abstract T Sqrt(T a);

    /// <summary>The smaller.</summary>
    static abstract T Min(T a, T b);

    /// <summary>The larger.</summary>
    static abstract T Max(T a, T b);

    /// <summary>Inverse cosine on [-1, 1].</summary>
    static abstract T Acos(T a);

    /// <summary>Inverse sine on [-1, 1].</summary>
    static abstract T Asin(T a);

    /// <summary>Magnitude.</summary>
    static abstract T Abs(T a);

    /// <summary>The nearest integer.</summary>
    static abstract T Round(T a);

    /// <summary>Lane by lane: <paramref name="then"/> where a &lt; b, else <paramref name="otherwise"/>. Both are computed: this is how a
    /// formula branches.</summary>
    static abstract T IfLess(T a, T b, T then, T otherwise);

    /// <summary>e^a.</summary>
    static abstract T Exp(T a);

    /// <summary>2^a.</summary>
    static abstract T Exp2(T a);

    /// <summary>Natural logarithm of a positive number.</summary>
    static abstract T Log(T a);

    /// <summary>sin and cos of 2 pi t for t in [-1/2, 1/2].</summary>
    static abstract void SinCosOfTurns(T turns, out T sine, out T cosine);

    /// <summary>A periodic coordinate, in periods, as a number for <see cref="FixedDifference"/>. Lanes hold the bits of an integer that
    /// counts <see cref="FixedPoint.Unit"/> modulo the period: a difference of two is the nearest image's without a rounding.</summary>
    static abstract T ToFixed(T turns);

    /// <summary>a - b of two such coordinates, to the nearest image, in units of <see cref="FixedPoint.Unit"/>.</summary>
    static abstract T FixedDifference(T a, T b);
}
