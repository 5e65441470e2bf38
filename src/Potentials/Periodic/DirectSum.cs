using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>
/// The stages of a row of pairs under the direct part of Ewald's sum, for unit charges: squares of distances, then what follows of them.
/// Squares are in units of the fixed-point coordinates and are held at the cut-off's, where slope and energy are 0: no branch, no mask. A
/// stage is short, so the processor looks several pairs ahead; what one leaves for the next lies in the first-level cache.
/// </summary>
/// <param name="parameters">As <see cref="EwaldSplit.DirectParameters"/> has them.</param>
internal readonly unsafe struct DirectSum<THorner>(byte* parameters) where THorner : struct, IHorner
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Slopes = 7;

    /// <summary>Numbers before those of a table's own.</summary>
    public static int Length => Slopes + 2 * THorner.Degree + 3;

    /// <summary>Turns a nm: 1/L.</summary>
    [MethodImpl(Inline)] public T PerEdge<T>() where T : unmanaged, ILane<T> => T.Broadcast(parameters, 0);

    /// <summary>The square of the cut-off.</summary>
    [MethodImpl(Inline)] public T Top<T>() where T : unmanaged, ILane<T> => T.Broadcast(parameters, 1);

    /// <summary>Positions to fixed-point coordinates.</summary>
    public void Fix<T>(T* positions, T* to, int count) where T : unmanaged, ILane<T>
    {
        T perEdge = PerEdge<T>();
        for (int n = 0; n < count; n++)
            to[n] = T.ToFixed(positions[n] * perEdge);
    }

    /// <summary>The vector between two fixed-point sites to the nearest image.</summary>
    [MethodImpl(Inline)]
    public static Vec3<T> Between<T>(Vec3<T> a, T* b) where T : unmanaged, ILane<T> =>
        new(T.FixedDifference(a.X, b[0]), T.FixedDifference(a.Y, b[1]), T.FixedDifference(a.Z, b[2]));

    /// <summary>F/r in kJ/mol/nm a unit of length, of as many squares, an even number: K (s^-3/2 + G(s)).</summary>
    /// <remarks>With an estimate y of s^-1/2, s^-3/2 is y^3 (5/2 - 3/2 s y^2) up to the square of the estimate's error.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Slope<T>(T* squares, T* slopes, int count) where T : unmanaged, ILane<T>
    {
        for (int n = 0; n < count; n += 2)
        {
            T top = T.Broadcast(parameters, 1), a = T.Min(squares[n], top), b = T.Min(squares[n + 1], top);
            T y = T.ReciprocalSqrtEstimate(a), z = T.ReciprocalSqrtEstimate(b), y2 = y * y, z2 = z * z;
            T k = T.Broadcast(parameters, 4), two = T.Broadcast(parameters, 3);
            y = y * y2 * T.MultiplyAdd(a * y2, k, two);
            z = z * z2 * T.MultiplyAdd(b * z2, k, two);
            T scale = T.Broadcast(parameters, 2);
            a = T.MultiplyAdd(a, scale, -1.0);
            b = T.MultiplyAdd(b, scale, -1.0);
            THorner.Evaluate(ref a, ref b, T.Row(parameters, Slopes));
            slopes[n] = y + a;
            slopes[n + 1] = z + b;
        }
    }

    /// <summary>Energy of unit charges at a square, kJ/mol: K (s^-1/2 + P(s)).</summary>
    [MethodImpl(Inline)]
    public T Energy<T>(T square) where T : unmanaged, ILane<T>
    {
        T s = T.Min(square, Top<T>()), y = T.ReciprocalSqrtEstimate(s);
        return T.MultiplyAdd(y, T.MultiplyAdd(s * y * y, T.Broadcast(parameters, 6), T.Broadcast(parameters, 5)), Smooth(s, out _));
    }

    /// <summary>K P(s), the smooth part with its sign turned, and K G(s), of a square within the cut-off.</summary>
    [MethodImpl(Inline)]
    public T Smooth<T>(T square, out T slope) where T : unmanaged, ILane<T>
    {
        T t = T.MultiplyAdd(square, T.Broadcast(parameters, 2), -1.0), g = T.Broadcast(parameters, Slopes),
            p = T.Broadcast(parameters, Slopes + THorner.Degree + 1);
        for (int n = 1; n <= THorner.Degree; n++)
        {
            g = T.MultiplyAdd(g, t, T.Broadcast(parameters, Slopes + n));
            p = T.MultiplyAdd(p, t, T.Broadcast(parameters, Slopes + THorner.Degree + 1 + n));
        }
        slope = g;
        return T.MultiplyAdd(p, t, T.Broadcast(parameters, Slopes + 2 * THorner.Degree + 2));
    }
}
