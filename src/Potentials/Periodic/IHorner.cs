using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>A polynomial of a fixed degree, its coefficients from the highest: a type, so that the loop over it is
/// none.</summary>
internal unsafe interface IHorner
{
    static abstract int Degree { get; }

    /// <summary>Of two arguments, in place: coefficients are read once for both.</summary>
    static abstract void Evaluate<T>(ref T a, ref T b, T* coefficients) where T : unmanaged, ILane<T>;
}

/// <summary>Degree 8.</summary>
internal readonly unsafe struct Horner8 : IHorner
{
    public static int Degree => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate<T>(ref T a, ref T b, T* coefficients) where T : unmanaged, ILane<T>
    {
        T k = coefficients[0], next = coefficients[1], p = T.MultiplyAdd(k, a, next), q = T.MultiplyAdd(k, b,
            next);
        Step(ref p, ref q, a, b, coefficients, 2);
        Step(ref p, ref q, a, b, coefficients, 3);
        Step(ref p, ref q, a, b, coefficients, 4);
        Step(ref p, ref q, a, b, coefficients, 5);
        Step(ref p, ref q, a, b, coefficients, 6);
        Step(ref p, ref q, a, b, coefficients, 7);
        Step(ref p, ref q, a, b, coefficients, 8);
        (a, b) = (p, q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Step<T>(ref T p, ref T q, T a, T b, T* coefficients, int n) where T : unmanaged, ILane<T>
    {
        T k = coefficients[n];
        p = T.MultiplyAdd(p, a, k);
        q = T.MultiplyAdd(q, b, k);
    }
}

/// <summary>Degree 10.</summary>
internal readonly unsafe struct Horner10 : IHorner
{
    public static int Degree => 10;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate<T>(ref T a, ref T b, T* coefficients) where T : unmanaged, ILane<T>
    {
        T k = coefficients[0], next = coefficients[1], p = T.MultiplyAdd(k, a, next), q = T.MultiplyAdd(k, b,
            next);
        Horner8.Step(ref p, ref q, a, b, coefficients, 2);
        Horner8.Step(ref p, ref q, a, b, coefficients, 3);
        Horner8.Step(ref p, ref q, a, b, coefficients, 4);
        Horner8.Step(ref p, ref q, a, b, coefficients, 5);
        Horner8.Step(ref p, ref q, a, b, coefficients, 6);
        Horner8.Step(ref p, ref q, a, b, coefficients, 7);
        Horner8.Step(ref p, ref q, a, b, coefficients, 8);
        Horner8.Step(ref p, ref q, a, b, coefficients, 9);
        Horner8.Step(ref p, ref q, a, b, coefficients, 10);
        (a, b) = (p, q);
    }
}
