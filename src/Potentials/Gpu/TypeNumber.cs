namespace MolSampling.Potentials.Gpu;

/// <summary>
/// A number as a type, in binary: the size of a thread's own memory must be known when a kernel is compiled, and a generic argument is a
/// constant there.
/// </summary>
internal interface ITypeNumber
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

/// <summary>0.</summary>
internal readonly struct Zero : ITypeNumber
{
    public static int Value => 0;
}

/// <summary>2 n.</summary>
internal readonly struct Twice<TNumber> : ITypeNumber where TNumber : struct, ITypeNumber
{
    public static int Value => 2 * TNumber.Value;
}

/// <summary>2 n + 1.</summary>
internal readonly struct TwicePlusOne<TNumber> : ITypeNumber where TNumber : struct, ITypeNumber
{
    public static int Value => 2 * TNumber.Value + 1;
}

/// <summary>Makes the type of a number.</summary>
internal static class TypeNumber
{
    /// <param name="n">Not negative.</param>
    public static Type Of(int n) => n == 0 ? typeof(Zero)
        : (n % 2 == 0 ? typeof(Twice<>) : typeof(TwicePlusOne<>)).MakeGenericType(Of(n / 2));
}
