using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Proposals;

/// <summary>Settings of a fit.</summary>
/// <param name="Epochs">Passes over the points.</param>
/// <param name="Batch">Points a step.</param>
/// <param name="LearningRate">Of Adam, at its largest.</param>
/// <param name="Prior">Inverse variance of the weights about where they start, in units of one point.</param>
/// <param name="Given">The first angles, which are given: their law is not fitted.</param>
public sealed record TorusFitSettings(int Epochs = 12, int Batch = 256, double LearningRate = 0.03, double Prior = 10, int Given = 0);

/// <summary>
/// Moves a <see cref="TorusProposal"/> towards weighted points of a target by maximum likelihood. Conditionals have no weights in common,
/// and each is log-linear in its own, so the problem falls into T concave ones.
/// <para>grad = sum_n w_n (phi(t_n) - E[phi | n]) - c sum_n (phi(t_n) - E_0[phi | n])</para>
/// The second sum is there where the points are the proposal's own draws: E_0 is the mean under the conditional that drew them, so its
/// expectation is zero. With c = 1 and equal weights it cancels the first point by point, and the noise of a finite number of points with
/// it. c is the effective share of the points, since a sum over points of no weight would pull where nothing holds against it.
/// </summary>
public static class TorusFit
{
    /// <param name="proposal">Changed.</param>
    /// <param name="states">[B].</param>
    /// <param name="angles">[B, T] rad.</param>
    /// <param name="weights">[B] of mean one.</param>
    /// <param name="own">Whether the points were drawn from the proposal as it is.</param>
    /// <param name="settings">Of the fit.</param>
    /// <param name="random">Orders of the points.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="cancellation">Ends the fit early: the density is one at any time.</param>
    public static void Run(TorusProposal proposal, int[] states, float[] angles, float[] weights, bool own, TorusFitSettings settings,
        RandomSource random, int threads = 0,
        CancellationToken cancellation = default)
    {
        int count = states.Length, dimension = proposal.Dimension, rows = proposal.PairRows;
        float[] waves = new float[count * dimension * rows];
        for (int n = 0; n < count * dimension; n++)
            CircleGrid.Waves(angles[n], waves.AsSpan(n * rows, rows));
        Parallel.For(0, dimension - settings.Given, ParallelWork.Options(threads, CancellationToken.None), n =>
            Fit(proposal, dimension - 1 - n, states, angles, waves, weights, own, settings, random, cancellation)); // the longest first
        double[] share = new double[proposal.States];
        for (int n = 0; n < count; n++)
            share[states[n]] += weights[n];
        double total = share.Sum();
        for (int s = 0; s < share.Length; s++)
            proposal.LogStates[s] = Math.Log((share[s] + 0.01 * total / share.Length) / (1.01 * total));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fit(TorusProposal q, int t, int[] states, float[] angles, float[] waves, float[] weights, bool own,
        TorusFitSettings settings, RandomSource random, CancellationToken cancellation)
    {
        int count = states.Length, dimension = q.Dimension, single = q.SingleRows, pair = q.PairRows, contexts = pair * t;
        float[] theta = q.Weights[t], start = [.. theta], gradient = new float[theta.Length], first = new float[theta.Length],
            second = new float[theta.Length];
        float[] values = new float[CircleGrid.Nodes], sums = new float[single], pull = new float[single], phi = new float[single];
        float[] score = own ? new float[count * single] : []; // phi - E[phi] under the proposal that drew
        for (int n = 0; own && n < count && !cancellation.IsCancellationRequested; n++)
        {
            Expect(n);
            CircleGrid.Waves(angles[n * dimension + t], phi);
            for (int p = 0; p < single; p++)
                score[n * single + p] = phi[p] - pull[p];
        }
        int[] order = [.. Enumerable.Range(0, count)];
        double effective = Math.Pow(weights.Sum(w => (double)w), 2) / weights.Sum(w => (double)w * w);
        float control = (float)(effective / count);
        int batch = Math.Min(settings.Batch, count), steps = count / batch * settings.Epochs, step = 0;
        for (int epoch = 0; epoch < settings.Epochs; epoch++)
        {
            RandomSource shuffle = random.Split($"{t}/{epoch}");
            for (int n = count - 1; n > 0; n--)
            {
                int m = shuffle.NextInt(n + 1);
                (order[n], order[m]) = (order[m], order[n]);
            }
            for (int begin = 0; begin + batch <= count && !cancellation.IsCancellationRequested; begin += batch, step++)
            {
                Array.Clear(gradient);
                for (int k = begin; k < begin + batch; k++)
                {
                    int n = order[k];
                    float w = weights[n];
                    if (w == 0 && !own)
                        continue;
                    Expect(n);
                    CircleGrid.Waves(angles[n * dimension + t], phi);
                    for (int p = 0; p < single; p++)
                        pull[p] = w * (phi[p] - pull[p]) - (own ? control * score[n * single + p] : 0);
                    TensorPrimitives.Add<float>(gradient.AsSpan(0, single), pull, gradient.AsSpan(0, single));
                    for (int p = 0; p < pair; p++)
                    {
                        Span<float> row = gradient.AsSpan(single + p * contexts, contexts);
                        TensorPrimitives.MultiplyAdd(waves.AsSpan(n * dimension * pair, contexts), pull[p], row, row);
                    }
                }
                double rate = settings.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * step / steps)) * Math.Min(1, (step + 1) / 10.0);
                double c1 = 1 - Math.Pow(0.9, step + 1), c2 = 1 - Math.Pow(0.99, step + 1);
                float prior = (float)(settings.Prior / effective);
                for (int i = 0; i < theta.Length; i++)
                {
                    float g = gradient[i] / batch - prior * (theta[i] - start[i]);
                    first[i] = 0.9f * first[i] + 0.1f * g;
                    second[i] = 0.99f * second[i] + 0.01f * g * g;
                    theta[i] += (float)(rate * (first[i] / c1) / (Math.Sqrt(second[i] / c2) + 1e-6));
                }
            }
        }

        // E[phi] under the present conditional at point n
        void Expect(int n)
        {
            q.Offset(t, states[n], angles.AsSpan(n * dimension, dimension), values);
            q.Coefficients(t, waves.AsSpan(n * dimension * pair, contexts), sums);
            CircleGrid.AddWaves(values, sums);
            CircleGrid.Moments(values, 1 / CircleGrid.Exponentiate(values, 0), pull);
        }
    }
}
