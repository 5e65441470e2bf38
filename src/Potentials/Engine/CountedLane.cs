using System.Runtime.CompilerServices;

namespace MolSampling.Potentials.Engine;

/// <summary>
/// A number that counts what is done with it: the formulas of Terms/ run on it once to tell how many floating-point operations an
/// evaluation takes. A multiply-add counts as two, a reciprocal, a root or a comparison as one, elementary functions as the polynomials of
/// <see cref="SinglePrecision"/>.
/// </summary>
internal readonly struct CountedLane(double value) : ILane<CountedLane>
{
    private const int ExpCost = 18, Exp2Cost = 15, LogCost = 26, ArcCost = 22, SinCosCost = 24;

    [ThreadStatic] private static long t_count;

    private readonly double _value = value;

    /// <summary>Operations on this thread since it was set to 0.</summary>
    public static long Count
    {
        get => t_count;
        set => t_count = value;
    }

    public static int Width => 1;

    public static implicit operator CountedLane(double value) => new(value);

    public static unsafe CountedLane Broadcast(byte* table, int index) => new(((float*)table)[index]);

    public static unsafe byte* Row(byte* table, int index) => (byte*)((float*)table + index);

    public static CountedLane operator +(CountedLane a, CountedLane b) => Counted(a._value + b._value);

    public static CountedLane operator -(CountedLane a, CountedLane b) => Counted(a._value - b._value);

    public static CountedLane operator *(CountedLane a, CountedLane b) => Counted(a._value * b._value);

    public static CountedLane operator -(CountedLane a) => new(-a._value); // a sign goes into the operation that follows

    public static CountedLane MultiplyAdd(CountedLane a, CountedLane b, CountedLane c) => Counted(a._value * b._value + c._value, 2);

    public static CountedLane MultiplySubtract(CountedLane a, CountedLane b, CountedLane c) => Counted(a._value * b._value - c._value, 2);

    public static CountedLane Reciprocal(CountedLane a) => Counted(1 / a._value);

    public static CountedLane ReciprocalSqrt(CountedLane a) => Counted(1 / Math.Sqrt(a._value));

    public static CountedLane Sqrt(CountedLane a) => Counted(Math.Sqrt(a._value));

    public static CountedLane Min(CountedLane a, CountedLane b) => Counted(Math.Min(a._value, b._value));

    public static CountedLane Max(CountedLane a, CountedLane b) => Counted(Math.Max(a._value, b._value));

    public static CountedLane Acos(CountedLane a) => Counted(Math.Acos(a._value), ArcCost);

    public static CountedLane Asin(CountedLane a) => Counted(Math.Asin(a._value), ArcCost);

    public static CountedLane Abs(CountedLane a) => Counted(Math.Abs(a._value));

    public static CountedLane Round(CountedLane a) => Counted(Math.Round(a._value));

    public static CountedLane IfLess(CountedLane a, CountedLane b, CountedLane then, CountedLane otherwise) =>
        Counted((a._value < b._value ? then : otherwise)._value);

    public static CountedLane Exp(CountedLane a) => Counted(Math.Exp(a._value), ExpCost);

    public static CountedLane Exp2(CountedLane a) => Counted(Math.Exp(a._value * 0.693147180559945309), Exp2Cost);

    public static CountedLane Log(CountedLane a) => Counted(Math.Log(a._value), LogCost);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static CountedLane Counted(double value, int operations = 1)
    {
        t_count += operations;
        return new(value);
    }

    public static void SinCosOfTurns(CountedLane turns, out CountedLane sine, out CountedLane cosine)
    {
        (double s, double c) = Math.SinCos(2 * Math.PI * turns._value);
        (sine, cosine) = (Counted(s, SinCosCost), new(c));
    }

    public static CountedLane ToFixed(CountedLane turns) => Counted(FixedPoint.Edge * turns._value, 3);

    public static CountedLane FixedDifference(CountedLane a, CountedLane b)
    {
        double d = a._value - b._value;
        return Counted(d - FixedPoint.Edge * Math.Round(d * FixedPoint.Unit));
    }
}
