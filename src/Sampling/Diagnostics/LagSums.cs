using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics.IntegralTransforms;

namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// Sums over products a lag apart, s(k) = sum_c sum_t x_c(t) x_c(t + k), made as far as they are asked for. Most series are forgotten
/// within a few lags, for which a direct sum is the fastest; beyond <see cref="DirectLags"/> the number of lags is multiplied by eight each
/// time, by fast Fourier transforms over blocks eight times as long as the lags, at a cost of n log(lags). Vectors are four wide whatever
/// the processor has, so the bits do not depend on it.
/// </summary>
/// <param name="chains">[chains][draws], centred by the caller.</param>
internal sealed class LagSums(IReadOnlyList<double[]> chains)
{
    public const int DirectLags = 64;

    private readonly int _longest = chains.Count == 0 ? 0 : chains.Max(c => c.Length);
    private double[] _sums = [];

    public double this[int lag]
    {
        get
        {
            if (lag >= _longest)
                return 0;
            if (lag >= _sums.Length)
                Grow(lag + 1);
            return _sums[lag];
        }
    }

    /// <summary>By the definition.</summary>
    public static double Direct(ReadOnlySpan<double> x, int lag)
    {
        if (lag >= x.Length)
            return 0;
        ReadOnlySpan<double> a = x[..^lag], b = x[lag..];
        ReadOnlySpan<Vector256<double>> left = MemoryMarshal.Cast<double, Vector256<double>>(a), right = MemoryMarshal.Cast<double,
            Vector256<double>>(b);
        Vector256<double> first = Vector256<double>.Zero, second = Vector256<double>.Zero;
        int v = 0;
        for (; v + 2 <= left.Length; v += 2)
        {
            first += left[v] * right[v];
            second += left[v + 1] * right[v + 1];
        }
        for (; v < left.Length; v++)
            first += left[v] * right[v];
        double sum = Vector256.Sum(first + second);
        for (int t = 4 * left.Length; t < a.Length; t++)
            sum += a[t] * b[t];
        return sum;
    }

    /// <summary>Adds s(0), s(1), ... of one chain, by blocks: a block of the chain against the stretch it meets within the lags.</summary>
    public static void AddByFourier(ReadOnlySpan<double> x, Span<double> sums)
    {
        int lags = Math.Min(sums.Length, x.Length);
        if (lags == 0)
            return;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4096L, Math.Min(8L * lags, (long)x.Length + lags))),
            block = size - lags;
        var signal = new Complex[size];
        var spectrum = new Complex[size];
        for (int begin = 0; begin < x.Length; begin += block)
        {
            // the block is the real part, the stretch the imaginary part: one transform serves both
            for (int t = 0; t < size; t++)
            {
                double stretch = begin + t < x.Length ? x[begin + t] : 0;
                signal[t] = new(t < block ? stretch : 0, stretch);
            }
            Fourier.Forward(signal, FourierOptions.NoScaling);
            for (int k = 0; k < size; k++)
            {
                Complex here = signal[k], mirror = Complex.Conjugate(signal[(size - k) & (size - 1)]);
                Complex a = 0.5 * (here + mirror), s = new Complex(0, -0.5) * (here - mirror);
                spectrum[k] += Complex.Conjugate(a) * s;
            }
        }
        Fourier.Inverse(spectrum, FourierOptions.NoScaling);
        for (int lag = 0; lag < lags; lag++)
            sums[lag] += spectrum[lag].Real / size;
    }

    private void Grow(int least)
    {
        int lags = Math.Max(16, _sums.Length);
        while (lags < least)
            lags *= lags < DirectLags ? 4 : 8;
        lags = Math.Min(lags, _longest);
        var sums = new double[lags];
        foreach (double[] chain in chains)
        {
            if (lags <= DirectLags)
            {
                for (int lag = 0; lag < lags; lag++)
                    sums[lag] += lag < _sums.Length ? 0 : Direct(chain, lag);
            }
            else
            {
                AddByFourier(chain, sums);
            }
        }
        // what was given once is not changed
        _sums.CopyTo(sums, 0);
        _sums = sums;
    }
}
