using System.Numerics.Tensors;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Proposals;

/// <summary>
/// Where the weights of a <see cref="TorusProposal"/> want to go, as its own draws see it: natural-gradient steps (S. Amari, Neural Comput.
/// 10 (1998) 251) of each conditional,
/// <para>x_(f, r) = (E_q[s s^T] + r I)^-1 E_q[f s],  s = d ln q(t_i | ..) / d(a_i, C_i),</para>
/// for functions f of w = p / q (scaled to mean one) that go from ln(0.01 + w), whose step is the regression of ln w on the scores, over
/// tempered weights to w itself, the step towards maximum likelihood, and for several ridges r. Every second draw is the mirror image of
/// the one before it in the shares of each conditional, so that the mirror image of a molecule has the mirror image of the steps.
/// </summary>
public sealed class TorusDirections
{
    /// <summary>Powers of w: f = (w^power / mean - 1) / power, for 0 the logarithm.</summary>
    internal static readonly double[] Powers = [0, 0.25, 0.5, 1];

    private static readonly double[] s_ridges = [0.01, 0.05, 0.3];

    private readonly float[][][] _halves; // [2 Channels][T][weights]

    /// <summary>Draws and solves.</summary>
    /// <param name="proposal">Not changed.</param>
    /// <param name="target">p.</param>
    /// <param name="draws">Even.</param>
    /// <param name="random">Of the draws.</param>
    /// <param name="threads">0 for all cores.</param>
    public TorusDirections(TorusProposal proposal, TorusTarget target, int draws, RandomSource random, int threads = 0)
    {
        Dimension = proposal.Dimension;
        (int[] states, float[] angles, LogWeights) = TorusDraws.Of(proposal, target, draws, random, threads, mirrored: true);
        float[][] functions = Functions(LogWeights);
        _halves = [.. Enumerable.Range(0, 2 * Channels).Select(_ => new float[Dimension][])];
        Variances = [.. Enumerable.Range(0, Dimension).Select(_ => new float[proposal.SingleRows / 2])];
        // the longest first
        Parallel.For(0, Dimension, ParallelWork.Options(threads), t => Solve(proposal, Dimension - 1 - t, states, angles, functions));
    }

    /// <summary>Functions times ridges.</summary>
    public static int Channels => Powers.Length * s_ridges.Length;

    /// <summary>T, the number of angles.</summary>
    public int Dimension { get; }

    /// <summary>[draws] ln p / q, unnormalised.</summary>
    public double[] LogWeights { get; }

    /// <summary>[T][harmonics] E_q of the variance of e^(imt) under the conditional.</summary>
    public float[][] Variances { get; }

    /// <summary>A step as the first (0) or the second (1) draws of the mirrored pairs see it; the step of all draws is their
    /// mean.</summary>
    public ReadOnlySpan<float> Half(int half, int channel, int angle) => _halves[half * Channels + channel][angle];

    private static float[][] Functions(double[] logWeights)
    {
        double top = logWeights.Max();
        if (double.IsNegativeInfinity(top))
            return [.. Powers.Select(_ => new float[logWeights.Length])];
        double mean = logWeights.Average(l => Math.Exp(l - top));
        return [.. Powers.Select(power =>
        {
            double[] f = [.. logWeights.Select(l => power == 0 ? Math.Log(0.01 + Math.Exp(l - top) / mean) : Math.Exp(power * (l - top)))];
            double average = f.Average();
            return f.Select(v => (float)(power == 0 ? v - average : (v / average - 1) / power)).ToArray();
        })];
    }

    private void Solve(TorusProposal q, int t, int[] states, float[] angles, float[][] functions)
    {
        int count = states.Length, single = q.SingleRows, pair = q.PairRows, contexts = pair * t, size = q.WeightCount(t);
        var work = new TorusScratch(q);
        float[] score = new float[size], information = new float[size * size], phi = new float[single], means = new float[single];
        float[][] pulls = [.. Enumerable.Range(0, 2 * functions.Length).Select(_ => new float[size])];
        double[] variances = new double[single / 2];
        for (int n = 0; n < count; n++)
        {
            ReadOnlySpan<float> point = angles.AsSpan(n * Dimension, Dimension);
            for (int j = 0; j < t; j++)
                CircleGrid.Waves(point[j], work.Waves.AsSpan(j * pair, pair));
            float total = q.Conditional(t, states[n], point, work);
            CircleGrid.Waves(point[t], phi);
            CircleGrid.Moments(work.Values, 1 / total, means);
            for (int p = 0; p < single; p++)
            {
                variances[p / 2] += (0.5 - means[p] * means[p]) / count;
                score[p] = phi[p] - means[p];
            }
            for (int p = 0; p < pair; p++)
                TensorPrimitives.Multiply(work.Waves.AsSpan(0, contexts), score[p], score.AsSpan(single + p * contexts, contexts));
            for (int i = 0; i < size; i++)
                TensorPrimitives.MultiplyAdd(score.AsSpan(0, i + 1), score[i], information.AsSpan(i * size, i + 1),
                    information.AsSpan(i * size, i + 1));
            for (int f = 0; f < functions.Length; f++)
            {
                float[] pull = pulls[n % 2 * functions.Length + f];
                TensorPrimitives.MultiplyAdd(score, 2 * functions[f][n] / count, pull, pull);
            }
        }
        Variances[t] = [.. variances.Select(v => (float)v)];
        for (int r = 0; r < s_ridges.Length; r++)
        {
            var factor = new double[size * size];
            for (int i = 0; i < size; i++)
                for (int j = 0; j <= i; j++)
                    factor[i * size + j] = information[i * size + j] / count + (i == j ? s_ridges[r] : 0);
            Cholesky.Factorise(factor, size);
            for (int f = 0; f < functions.Length; f++)
                for (int half = 0; half < 2; half++)
                    _halves[half * Channels + f * s_ridges.Length + r][t] = Step(factor, pulls[half * functions.Length + f]);
        }
    }

    private static float[] Step(double[] factor, float[] pull)
    {
        double[] x = [.. pull.Select(v => (double)v)];
        Cholesky.Solve(factor, x, x.Length);
        return [.. x.Select(v => (float)v)];
    }
}
