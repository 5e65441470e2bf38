using System.Runtime.CompilerServices;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>
/// The stages of a row of pairs under the direct part of Ewald's sum, for unit charges: squares of distances, then what follows of them.
/// Squares are in units of the fixed-point coordinates and are held at the cut-off's, where slope and energy are 0: no branch, no mask. A
/// stage is short, so the processor looks several pairs ahead; what one leaves for the next lies in the first-level cache.
/// </summary>
/// <param name="parameters">As <see cref="EwaldSplit.DirectParameters"/> has them, in the unit of each walker's own box: a load from there
/// costs what a broadcast does.</param>
internal readonly unsafe struct DirectSum<T, THorner>(T* parameters)
    where T : unmanaged, ILane<T>
    where THorner : struct, IHorner
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Slopes = 7;

    /// <summary>Numbers before those of a table's own, and lanes of work space.</summary>
    public static int Length => Slopes + 2 * THorner.Degree + 3;

    /// <summary>Turns a nm: 1/L.</summary>
    public T PerEdge => parameters[0];

    /// <summary>The square of the cut-off.</summary>
    public T Top => parameters[1];

    /// <summary>Parameters of each walker's own box: the cut-off is the same length, the unit h = L/2^32 is another.</summary>
    /// <param name="table">In the box of the table.</param>
    /// <param name="stretch">Of the walkers' boxes.</param>
    /// <param name="work"><see cref="Length"/> lanes.</param>
    public static DirectSum<T, THorner> In(byte* table, Stretch<T> stretch, T* work)
    {
        T h = stretch.Ratio, perH = stretch.Inverse, h2 = h * h, perH2 = perH * perH;
        ReadOnlySpan<T> powers = [perH, perH2, h2, perH2, perH2, perH, perH];
        for (int n = 0; n < Slopes; n++)
            work[n] = T.Broadcast(table, n) * powers[n];
        for (int n = Slopes; n <= Slopes + THorner.Degree; n++)
            work[n] = T.Broadcast(table, n) * h; // G
        for (int n = Slopes + THorner.Degree + 1; n < Length; n++)
            work[n] = T.Broadcast(table, n); // P
        return new(work);
    }

    /// <summary>Positions to fixed-point coordinates.</summary>
    public void Fix(T* positions, T* to, int count)
    {
        T perEdge = PerEdge;
        for (int n = 0; n < count; n++)
            to[n] = T.ToFixed(positions[n] * perEdge);
    }

    /// <summary>The vector between two fixed-point sites to the nearest image.</summary>
    [MethodImpl(Inline)]
    public static Vec3<T> Between(Vec3<T> a, T* b) =>
        new(T.FixedDifference(a.X, b[0]), T.FixedDifference(a.Y, b[1]), T.FixedDifference(a.Z, b[2]));

    /// <summary>F/r in kJ/mol/nm a unit of length, of as many squares, an even number: K (s^-3/2 + G(s)).</summary>
    /// <remarks>With an estimate y of s^-1/2, s^-3/2 is y^3 (5/2 - 3/2 s y^2) up to the square of the estimate's error.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Slope(T* squares, T* slopes, int count)
    {
        for (int n = 0; n < count; n += 2)
        {
            T top = parameters[1], a = T.Min(squares[n], top), b = T.Min(squares[n + 1], top);
            T y = T.ReciprocalSqrtEstimate(a), z = T.ReciprocalSqrtEstimate(b), y2 = y * y, z2 = z * z;
            T k = parameters[4], two = parameters[3];
            y = y * y2 * T.MultiplyAdd(a * y2, k, two);
            z = z * z2 * T.MultiplyAdd(b * z2, k, two);
            T scale = parameters[2];
            a = T.MultiplyAdd(a, scale, -1.0);
            b = T.MultiplyAdd(b, scale, -1.0);
            THorner.Evaluate(ref a, ref b, parameters + Slopes);
            slopes[n] = y + a;
            slopes[n + 1] = z + b;
        }
    }

    /// <summary>Energy of unit charges at a square, kJ/mol: K (s^-1/2 + P(s)).</summary>
    [MethodImpl(Inline)]
    public T Energy(T square)
    {
        T s = T.Min(square, Top), y = T.ReciprocalSqrtEstimate(s);
        return T.MultiplyAdd(y, T.MultiplyAdd(s * y * y, parameters[6], parameters[5]), Smooth(s, out _));
    }

    /// <summary>K P(s), the smooth part with its sign turned, and K G(s), of a square within the cut-off.</summary>
    [MethodImpl(Inline)]
    public T Smooth(T square, out T slope)
    {
        T t = T.MultiplyAdd(square, parameters[2], -1.0), g = parameters[Slopes], p = parameters[Slopes + THorner.Degree + 1];
        for (int n = 1; n <= THorner.Degree; n++)
        {
            g = T.MultiplyAdd(g, t, parameters[Slopes + n]);
            p = T.MultiplyAdd(p, t, parameters[Slopes + THorner.Degree + 1 + n]);
        }
        slope = g;
        return T.MultiplyAdd(p, t, parameters[Slopes + 2 * THorner.Degree + 2]);
    }
}
