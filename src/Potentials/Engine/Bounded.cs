using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// b = x / (1 + (x / w)^2)^1/2: x itself where it is small, never beyond w. What is fitted to thermal motion must not grow where nothing
/// was seen: a cube that gains a little within it would outrun the force field beyond, and open a hole.
/// </summary>
internal readonly struct Bounded<T> where T : unmanaged, ILane<T>
{
    private const double Stretch = 0.015, Bend = 0.35; // nm and cosine: four standard deviations of most bonds and angles at 300 K

    /// <summary>b.</summary>
    public readonly T Value;

    /// <summary>db/dx.</summary>
    public readonly T Slope;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Bounded(T x, T inverseLimit)
    {
        T share = x * inverseLimit, inverse = T.ReciprocalSqrt(T.MultiplyAdd(share, share, 1.0));
        Value = x * inverse;
        Slope = inverse * inverse * inverse;
    }

    /// <summary>Of a bond's length, w = 0.015 nm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bounded<T> OfLength(T length, T rest) => new(length - rest, 1 / Stretch);

    /// <summary>Of an angle's cosine, w = 0.35.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bounded<T> OfCosine(T cosine, T rest) => new(cosine - rest, 1 / Bend);

    /// <summary>Of any positive number.</summary>
    /// <param name="x">x.</param>
    /// <param name="inverseLimit">1 / w.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bounded<T> Of(T x, T inverseLimit) => new(x, inverseLimit);
}
