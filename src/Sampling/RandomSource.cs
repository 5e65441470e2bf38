using System.Text;

namespace MolSampling.Sampling;

/// <summary>
/// A reproducible stream of random numbers (Philox). A child made by <see cref="Split(string)"/> depends on the parent's seed and the label
/// alone, never on how many numbers the parent has given, so adding a consumer changes no other's numbers.
/// </summary>
public sealed class RandomSource
{
    private ulong _counter;
    private double _spareNormal = double.NaN;

    /// <summary>The stream of a seed.</summary>
    public RandomSource(ulong seed) => Key = Mix(seed, 0x4D6F6C53616D706CUL);

    private RandomSource(ulong key, bool _) => Key = key;

    /// <summary>The key of this stream, for consumers that count on their own (walker, step, coordinate).</summary>
    internal ulong Key { get; }

    /// <summary>A child stream.</summary>
    public RandomSource Split(string label)
    {
        ulong hash = 14695981039346656037UL; // FNV-1a
        foreach (byte b in Encoding.UTF8.GetBytes(label))
            hash = (hash ^ b) * 1099511628211UL;
        return new(Mix(Key, hash), true);
    }

    /// <summary>A child stream by number.</summary>
    public RandomSource Split(long index) => new(Mix(Key ^ 0x5851F42D4C957F2DUL, (ulong)index), true);

    /// <summary>Uniform on (0, 1).</summary>
    public double NextDouble()
    {
        (uint a, uint b, _, _) = Philox.Words(Key, _counter++, ulong.MaxValue);
        return Philox.Uniform(a, b);
    }

    /// <summary>Uniform on 0 .. count - 1 (bias below count / 2^53).</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)(NextDouble() * count);
    }

    /// <summary>Standard normal.</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            double spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }
        double radius = Math.Sqrt(-2 * Math.Log(NextDouble()));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * NextDouble());
        _spareNormal = radius * sine;
        return radius * cosine;
    }

    private static ulong Mix(ulong key, ulong label)
    {
        (uint a, uint b, _, _) = Philox.Words(key, label, 0x73706C6974UL);
        return ((ulong)a << 32) | b;
    }
}
