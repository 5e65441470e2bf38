using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>log q of the walker in a lane, of a normalised density q of configurations up to rigid motions; -infinity where q is zero.</summary>
/// <param name="positions">[3N, W] nm.</param>
/// <param name="width">W.</param>
/// <param name="lane">The walker.</param>
public delegate double LaneDensity(ReadOnlySpan<float> positions, int width, int lane);

/// <summary>Walkers after annealing.</summary>
/// <param name="LogWeights">[B] the logarithm ln w of the weight of each path: from q to the target, E w = Z; from the target to q, E 1/w = 1 / Z. -infinity where p is zero at the start, NaN for a path that was cut short.</param>
/// <param name="Energies">[B] kJ/mol at the end.</param>
/// <param name="Evaluations">Of the energy.</param>
public sealed record AnnealedPaths(double[] LogWeights, double[] Energies, long Evaluations);

/// <summary>
/// Annealed importance sampling (R. M. Neal, Stat. Comput. 11 (2001) 125) from a density q that can be drawn to p = exp(-beta U) on a support, along p_l = q^(1 - l) p^l:
/// <para>ln w = sum_k (l_k - l_(k-1)) r(x_(k-1)),  r = ln p - ln q,  x_k from x_(k-1) by a kernel that leaves p_(l_k) invariant.</para>
/// Paths weigh exactly, whatever the kernels and however short: they decide only how even the weights are. The kernels are those for p: a move x -> x' reversible for p becomes reversible for p_l when it is accepted with
/// min(1, exp((1 - l)(r(x) - r(x')))), so the gradient of q is never needed. Good where q is near p, which is the case to use it in.
/// </summary>
public sealed class AnnealedImportance
{
    private readonly Potential _potential;
    private readonly Func<LaneDensity> _density;
    private readonly ExtraMove[] _moves;
    private readonly double _beta;
    private readonly int _threads;

    /// <summary>Prepares.</summary>
    /// <param name="potential">U, and the support outside which p is zero.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="density">Makes log q for one thread.</param>
    /// <param name="moves">Each reversible for p; made in this order on the way to p, in the opposite one on the way back.</param>
    /// <param name="threads">0 for all cores.</param>
    public AnnealedImportance(Potential potential, double beta, Func<LaneDensity> density, IReadOnlyList<ExtraMove> moves, int threads = 0) =>
        (_potential, _beta, _density, _moves, _threads) = (potential, beta, density, [.. moves], potential.ThreadsFor(threads));

    /// <summary>Anneals independent draws of q to p.</summary>
    /// <param name="positions">[B, N, 3] nm, draws of q; overwritten by where the paths end.</param>
    /// <param name="schedule">l_0 = 0 .. l_K = 1, ascending.</param>
    /// <param name="random">Path b takes its numbers from (random, b) alone.</param>
    /// <param name="cancellation">Cuts the paths short that are not at their end.</param>
    public AnnealedPaths Forward(float[] positions, IReadOnlyList<double> schedule, RandomSource random, CancellationToken cancellation = default) => Run(positions, schedule, false, random, cancellation);

    /// <summary>The same paths backwards, from samples of p: what says whether the forward ones miss a part of it.</summary>
    /// <param name="positions">[B, N, 3] nm, samples of p; overwritten.</param>
    /// <param name="schedule">As for <see cref="Forward"/>.</param>
    /// <param name="random">Path b takes its numbers from (random, b) alone.</param>
    /// <param name="cancellation">Cuts the paths short that are not at their end.</param>
    public AnnealedPaths Backward(float[] positions, IReadOnlyList<double> schedule, RandomSource random, CancellationToken cancellation = default) => Run(positions, schedule, true, random, cancellation);

    private AnnealedPaths Run(float[] positions, IReadOnlyList<double> schedule, bool backward, RandomSource random, CancellationToken cancellation)
    {
        int size = _potential.Dimension, width = _potential.BlockWidth, count = positions.Length / size;
        double[] logWeights = new double[count], energies = new double[count];
        Array.Fill(logWeights, double.NaN);
        long evaluations = 0;
        Parallel.For(0, (count + width - 1) / width, ParallelWork.Options(_threads, CancellationToken.None), () => new Work(this), (b, _, work) =>
        {
            if (cancellation.IsCancellationRequested)
                return work;
            int first = b * width, lanes = Math.Min(width, count - first);
            using var block = new WalkerBlock(_potential, first, lanes);
            double[] ratios = new double[width], sums = new double[width];
            Begin(block, positions.AsSpan(first * size, lanes * size), ratios, work);
            for (int k = 1; k < schedule.Count; k++)
            {
                int step = backward ? schedule.Count - k : k;
                for (int lane = 0; lane < width; lane++)
                    sums[lane] += (schedule[step] - schedule[step - 1]) * ratios[lane];
                if (k + 1 < schedule.Count)
                    Move(block, work, ratios, schedule[backward ? step - 1 : step], backward ? step - 1 : step, backward, random);
                if (cancellation.IsCancellationRequested)
                    return work;
            }
            for (int lane = 0; lane < lanes; lane++)
            {
                block.CopyPositions(lane, positions.AsSpan((first + lane) * size, size));
                (logWeights[first + lane], energies[first + lane]) = (double.IsNaN(sums[lane]) ? double.NegativeInfinity : sums[lane], block.Energies[lane]);
            }
            return work;
        }, work =>
        {
            Interlocked.Add(ref evaluations, work.Evaluations);
            work.Dispose();
        });
        return new(logWeights, energies, evaluations + count);
    }

    /// <summary>
    /// A schedule along which each step costs about the same: from a trial, in which the next l is where the weights of the step would leave a given share of the walkers effective.
    /// </summary>
    /// <param name="positions">[B, N, 3] nm, draws of q, some hundred; overwritten.</param>
    /// <param name="effective">Share, just below one: 0.96 for weights that vary by a fifth.</param>
    /// <param name="most">Steps at most; beyond, all are made longer.</param>
    /// <param name="random">The trial's own.</param>
    /// <param name="cancellation">Ends the trial; the rest of the way is one step.</param>
    /// <returns>The schedule, and the logarithms of the trial's weights.</returns>
    public (double[] Schedule, double[] LogWeights) Plan(float[] positions, double effective, int most, RandomSource random, CancellationToken cancellation = default)
    {
        int size = _potential.Dimension, width = _potential.BlockWidth, count = positions.Length / size;
        WalkerBlock[] blocks = [.. Enumerable.Range(0, (count + width - 1) / width).Select(b => new WalkerBlock(_potential, (long)b * width, count - b * width))];
        Span<float> Of(int b) => positions.AsSpan(b * width * size, blocks[b].Walkers * size);
        Work[] works = [.. blocks.Select(_ => new Work(this))];
        double[][] ratios = [.. blocks.Select(_ => new double[width])];
        var options = ParallelWork.Options(_threads, CancellationToken.None);
        try
        {
            Parallel.For(0, blocks.Length, options, b => Begin(blocks[b], Of(b), ratios[b], works[b]));
            var schedule = new List<double> { 0 };
            double[] sums = new double[count];
            while (schedule[^1] < 1)
            {
                double[] r = [.. ratios.SelectMany(v => v).Take(count)];
                double from = schedule[^1], least = (1 - from) / Math.Max(1, most - schedule.Count + 1), step = 1 - from;
                if (!cancellation.IsCancellationRequested && schedule.Count < most && ConditionalShare(sums, r, step) < effective)
                {
                    (double low, double high) = (0, step);
                    for (int n = 0; n < 40; n++)
                        (low, high) = ConditionalShare(sums, r, 0.5 * (low + high)) < effective ? (low, 0.5 * (low + high)) : (0.5 * (low + high), high);
                    step = Math.Max(low, least);
                }
                double to = from + step >= 1 - 1e-6 ? 1 : from + step;
                for (int n = 0; n < count; n++)
                    sums[n] += (to - from) * r[n];
                schedule.Add(to);
                int k = schedule.Count - 1;
                if (to < 1)
                    Parallel.For(0, blocks.Length, options, b => Move(blocks[b], works[b], ratios[b], to, k, false, random));
            }
            Parallel.For(0, blocks.Length, options, b =>
            {
                for (int lane = 0; lane < blocks[b].Walkers; lane++)
                    blocks[b].CopyPositions(lane, Of(b).Slice(lane * size, size));
            });
            return ([.. schedule], [.. sums.Select(s => double.IsNaN(s) ? double.NegativeInfinity : s)]);
        }
        finally
        {
            foreach (IDisposable item in blocks.Cast<IDisposable>().Concat(works))
                item.Dispose();
        }
    }

    /// <summary>Places walkers, the last one in all lanes that are left, and finds their energies and ratios.</summary>
    private void Begin(WalkerBlock block, ReadOnlySpan<float> positions, double[] ratios, Work work)
    {
        int size = _potential.Dimension, count = positions.Length / size;
        Array.Fill(block.Beta, _beta);
        for (int lane = 0; lane < block.Width; lane++)
            block.SetPositions(lane, positions.Slice(Math.Min(lane, count - 1) * size, size));
        block.Evaluate(_potential);
        for (int lane = 0; lane < block.Width; lane++)
            ratios[lane] = Ratio(block, lane, work.Density);
    }

    /// <summary>(sum W w)^2 / (sum W sum W w^2), w = exp(step r): the share of walkers of weights W that a step leaves effective.</summary>
    private static double ConditionalShare(double[] logWeights, double[] r, double step)
    {
        double top = double.NegativeInfinity, peak = double.NegativeInfinity;
        for (int n = 0; n < r.Length; n++)
            if (double.IsFinite(logWeights[n]) && double.IsFinite(r[n]))
                (top, peak) = (Math.Max(top, logWeights[n]), Math.Max(peak, step * r[n]));
        (double sum, double first, double second) = (0, 0, 0);
        for (int n = 0; n < r.Length; n++)
        {
            if (!(double.IsFinite(logWeights[n]) && double.IsFinite(r[n])))
                continue;
            (double weight, double w) = (Math.Exp(logWeights[n] - top), Math.Exp(step * r[n] - peak));
            (sum, first, second) = (sum + weight, first + weight * w, second + weight * w * w);
        }
        return first * first / (sum * second);
    }

    /// <summary>One step that leaves p_l invariant.</summary>
    private void Move(WalkerBlock block, Work work, double[] ratios, double l, int step, bool backward, RandomSource random)
    {
        for (int n = 0; n < _moves.Length; n++)
        {
            int m = backward ? _moves.Length - 1 - n : n;
            RandomSource stream = random.Split(_moves[m].Name);
            ulong key = stream.Split("annealing").Key;
            for (int repeat = 0; repeat < _moves[m].Repeats; repeat++)
            {
                long number = (long)step * _moves[m].Repeats + repeat;
                work.Before.Take(block);
                _moves[m].Kernel.Step(block, _potential, number, stream, work.Moves[m]);
                for (int lane = 0; lane < block.Width; lane++)
                {
                    if (work.Before.IsAt(block, lane))
                        continue;
                    double ratio = Ratio(block, lane, work.Density);
                    (uint high, uint low, _, _) = Philox.Words(key, (ulong)(block.FirstWalker + lane), (ulong)number);
                    // a path without a density stays without: its weight is zero
                    if (Philox.Uniform(high, low) < Math.Exp((1 - l) * (ratios[lane] - ratio)))
                        ratios[lane] = ratio;
                    else
                        work.Before.PutBack(block, lane);
                }
            }
        }
    }

    /// <summary>ln p - ln q; -infinity outside p's support, NaN where neither has a density.</summary>
    private double Ratio(WalkerBlock block, int lane, LaneDensity density)
    {
        ReadOnlySpan<float> x = block.Positions.Span;
        if (!double.IsFinite(block.Energies[lane]) || !(_potential.Support?.Contains(x, block.Width, lane) ?? true))
            return double.NegativeInfinity;
        return -_beta * block.Energies[lane] - density(x, block.Width, lane);
    }

    private sealed class Work(AnnealedImportance owner) : IDisposable
    {
        public LaneDensity Density { get; } = owner._density();

        public BlockMemory Before { get; } = new(owner._potential);

        public KernelWorkspace[] Moves { get; } = [.. owner._moves.Select(m => m.Kernel.CreateWorkspace(owner._potential))];

        public long Evaluations => Moves.Sum(m => m.Evaluations);

        public void Dispose()
        {
            Before.Dispose();
            foreach (IDisposable work in Moves.OfType<IDisposable>())
                work.Dispose();
        }
    }
}
