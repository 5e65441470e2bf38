using System.Numerics.Tensors;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>log q of the walker in a lane, of a normalised density q of configurations up to rigid motions; -infinity where q is
/// zero.</summary>
/// <param name="positions">[3N, W] nm.</param>
/// <param name="width">W.</param>
/// <param name="lane">The walker.</param>
public delegate double LaneDensity(ReadOnlySpan<float> positions, int width, int lane);

/// <summary>Walkers after annealing.</summary>
/// <param name="LogWeights">[B] the logarithm ln w of the weight of each path: from q to the target, E w = Z; from the target to q, E 1/w =
/// 1 / Z. -infinity where p is zero at the start, NaN for a path that was cut short.</param>
/// <param name="Energies">[B] kJ/mol at the end.</param>
/// <param name="Evaluations">Of the energy.</param>
public sealed record AnnealedPaths(double[] LogWeights, double[] Energies, long Evaluations);

/// <summary>Populations after annealing.</summary>
/// <param name="Ensemble">[M P] weighted samples of the target; each population is a group of its own.</param>
/// <param name="LogNormalisers">[M] ln of each population's estimate of Z, E exp = Z; -infinity for one that died out.</param>
/// <param name="LogZ">ln Z from all, with the error that their spread gives.</param>
/// <param name="Resamplings">[M] how often each population was drawn anew.</param>
/// <param name="Evaluations">Of the energy.</param>
public sealed record AnnealedPopulations(Ensemble Ensemble, double[] LogNormalisers, Estimate LogZ, int[] Resamplings, long Evaluations);

/// <summary>
/// Sequential Monte Carlo (P. Del Moral, A. Doucet, A. Jasra, J. R. Stat. Soc. B 68 (2006) 411), without resampling annealed importance
/// sampling (R. M. Neal, Stat. Comput. 11 (2001) 125), from a density q that can be drawn to p = exp(-beta U) on a support, along p_l =
/// q^(1 - l) p^l:
/// <para>ln w = sum_k (l_k - l_(k-1)) r(x_(k-1)),  r = ln p - ln q,  x_k from x_(k-1) by a kernel that leaves p_(l_k) invariant.</para>
/// Paths weigh exactly, whatever the kernels and however short: they decide only how even the weights are. The kernels are those for p: a
/// move x -> x' reversible for p becomes reversible for p_l when it is accepted with min(1, exp((1 - l)(r(x) - r(x')))), so the gradient of
/// q is never needed. Any potential serves, that of a target as well.
/// </summary>
public sealed class SequentialMonteCarlo
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
    public SequentialMonteCarlo(Potential potential, double beta, Func<LaneDensity> density, IReadOnlyList<ExtraMove> moves,
        int threads = 0) =>
        (_potential, _beta, _density, _moves, _threads) = (potential, beta, density, [.. moves], potential.ThreadsFor(threads));

    /// <summary>Anneals independent draws of q to p.</summary>
    /// <param name="positions">[B, N, 3] nm, draws of q; overwritten by where the paths end.</param>
    /// <param name="schedule">l_0 = 0 .. l_K = 1, ascending.</param>
    /// <param name="random">Path b takes its numbers from (random, b) alone.</param>
    /// <param name="cancellation">Cuts the paths short that are not at their end.</param>
    public AnnealedPaths Forward(float[] positions, IReadOnlyList<double> schedule, RandomSource random, CancellationToken cancellation =
        default) => Run(positions, schedule, false, random, cancellation);

    /// <summary>The same paths backwards, from samples of p: what says whether the forward ones miss a part of it.</summary>
    /// <param name="positions">[B, N, 3] nm, samples of p; overwritten.</param>
    /// <param name="schedule">As for <see cref="Forward"/>.</param>
    /// <param name="random">Path b takes its numbers from (random, b) alone.</param>
    /// <param name="cancellation">Cuts the paths short that are not at their end.</param>
    public AnnealedPaths Backward(float[] positions, IReadOnlyList<double> schedule, RandomSource random, CancellationToken cancellation =
        default) => Run(positions, schedule, true, random, cancellation);

    private AnnealedPaths Run(float[] positions, IReadOnlyList<double> schedule, bool backward, RandomSource random,
        CancellationToken cancellation)
    {
        int size = _potential.Dimension, width = _potential.BlockWidth, count = positions.Length / size;
        double[] logWeights = new double[count], energies = new double[count];
        Array.Fill(logWeights, double.NaN);
        long evaluations = 0;
        Parallel.For(0, (count + width - 1) / width, ParallelWork.Options(_threads, CancellationToken.None), () => new Work(this),
            (b, _, work) =>
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
                (logWeights[first + lane], energies[first + lane]) = (double.IsNaN(sums[lane]) ? double.NegativeInfinity : sums[lane],
                    block.Energies[lane]);
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
    /// Anneals populations that never meet. One whose effective size sinks below a share of its members is drawn anew in proportion to its
    /// weights (systematically); the mean weight goes into its estimate of Z, which stays without bias whenever that happens.
    /// </summary>
    /// <param name="positions">[M P, D], draws of q, population after population; overwritten by where the walkers end.</param>
    /// <param name="schedule">l_0 = 0 .. l_K = 1, ascending; not made from these draws.</param>
    /// <param name="populations">M.</param>
    /// <param name="resampleBelow">Share of P; 0 never resamples, which is annealed importance sampling.</param>
    /// <param name="random">Walker b takes its moves from (random, b) alone.</param>
    /// <param name="progress">Told the share done.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <exception cref="ArgumentException">The draws do not make M populations of one size.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AnnealedPopulations Anneal(float[] positions, IReadOnlyList<double> schedule, int populations, double resampleBelow,
        RandomSource random,
        Action<double>? progress = null, CancellationToken cancellation = default)
    {
        int size = _potential.Dimension, width = _potential.BlockWidth, count = positions.Length / size, members = count / populations;
        if (members == 0 || members * populations * size != positions.Length)
            throw new ArgumentException($"{positions.Length} coordinates are not {populations} populations of walkers of {size}.");
        WalkerBlock[] blocks = [.. Enumerable.Range(0, (count + width - 1) / width).Select(b => new WalkerBlock(_potential, (long)b * width,
            count - b * width))];
        Work[] works = [.. blocks.Select(_ => new Work(this))];
        double[][] ratios = [.. blocks.Select(_ => new double[width])];
        double[] logWeights = new double[count], logNormalisers = new double[populations];
        int[] resamplings = new int[populations];
        long begun = 0;
        var options = ParallelWork.Options(_threads, CancellationToken.None);
        Span<float> Of(int b) => positions.AsSpan(b * width * size, blocks[b].Walkers * size);
        void BeginAll()
        {
            Parallel.For(0, blocks.Length, options, b => Begin(blocks[b], Of(b), ratios[b], works[b]));
            begun += count;
        }

        void ReadAll() => Parallel.For(0, blocks.Length, options, b =>
        {
            for (int lane = 0; lane < blocks[b].Walkers; lane++)
                blocks[b].CopyPositions(lane, Of(b).Slice(lane * size, size));
        });
        try
        {
            BeginAll();
            for (int k = 1; k < schedule.Count; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                for (int n = 0; n < count; n++)
                {
                    double gain = (schedule[k] - schedule[k - 1]) * ratios[n / width][n % width];
                    logWeights[n] = double.IsNaN(gain) ? double.NegativeInfinity : logWeights[n] + gain; // neither density: no weight
                }
                if (k + 1 == schedule.Count)
                    break;
                int[] tired = [.. Enumerable.Range(0, populations).Where(m =>
                    EffectiveShare(logWeights.AsSpan(m * members, members)) < resampleBelow)];
                if (tired.Length > 0)
                {
                    ReadAll();
                    foreach (int m in tired)
                    {
                        RandomSource own = random.Split("resampling").Split(k).Split(m);
                        logNormalisers[m] += Resample(positions.AsSpan(m * members * size, members * size),
                            logWeights.AsSpan(m * members, members), own);
                        resamplings[m]++;
                    }
                    BeginAll();
                }
                Parallel.For(0, blocks.Length, options, b => Move(blocks[b], works[b], ratios[b], schedule[k], k, false, random));
                progress?.Invoke((double)k / schedule.Count);
            }
            ReadAll();
            double[] energies = [.. Enumerable.Range(0, count).Select(n => blocks[n / width].Energies[n % width])];
            for (int m = 0; m < populations; m++)
            {
                for (int n = m * members; n < (m + 1) * members; n++)
                    logWeights[n] += logNormalisers[m];
                logNormalisers[m] = LogMean(logWeights.AsSpan(m * members, members));
            }
            var state = new ThermodynamicState(1 / (Units.GasConstant * _beta));
            var ensemble = new Ensemble(state,
                [.. Enumerable.Range(0, count).Select(n => (ReadOnlyMemory<float>)positions.AsMemory(n * size, size))], energies,
                logWeights,
                [.. Enumerable.Range(0, count).Select(n => n / members)]);
            return new(ensemble, logNormalisers, new ImportanceWeights(logNormalisers).LogMean, resamplings, works.Sum(w => w.Evaluations)
                + begun);
        }
        finally
        {
            foreach (IDisposable item in blocks.Cast<IDisposable>().Concat(works))
                item.Dispose();
        }
    }

    /// <summary>
    /// A schedule along which each step costs about the same: from a trial, in which the next l is where the weights of the step would
    /// leave a given share of the walkers effective.
    /// </summary>
    /// <param name="positions">[B, N, 3] nm, draws of q, some hundred; overwritten.</param>
    /// <param name="effective">Share, just below one: 0.96 for weights that vary by a fifth.</param>
    /// <param name="most">Steps at most; beyond, all are made longer.</param>
    /// <param name="random">The trial's own.</param>
    /// <param name="cancellation">Ends the trial; the rest of the way is one step.</param>
    /// <returns>The schedule, and the logarithms of the trial's weights.</returns>
    public (double[] Schedule, double[] LogWeights) Plan(float[] positions, double effective, int most, RandomSource random,
        CancellationToken cancellation = default)
    {
        int size = _potential.Dimension, width = _potential.BlockWidth, count = positions.Length / size;
        WalkerBlock[] blocks = [.. Enumerable.Range(0, (count + width - 1) / width).Select(b => new WalkerBlock(_potential, (long)b * width,
            count - b * width))];
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
                        (low, high) = ConditionalShare(sums, r, 0.5 * (low + high)) < effective ? (low, 0.5 * (low + high))
                            : (0.5 * (low + high), high);
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

    /// <summary>(sum w)^2 / (n sum w^2).</summary>
    private static double EffectiveShare(ReadOnlySpan<double> logWeights)
    {
        double largest = TensorPrimitives.Max(logWeights), sum = 0, squares = 0;
        foreach (double logWeight in logWeights)
        {
            double w = Math.Exp(logWeight - largest);
            (sum, squares) = (sum + w, squares + w * w);
        }
        return double.IsFinite(largest) ? sum * sum / (logWeights.Length * squares) : 1; // a population that has died out stays so
    }

    private static double LogMean(ReadOnlySpan<double> logWeights)
    {
        double largest = TensorPrimitives.Max(logWeights), sum = 0;
        foreach (double logWeight in logWeights)
            sum += Math.Exp(logWeight - largest);
        return double.IsFinite(largest) ? largest + Math.Log(sum / logWeights.Length) : double.NegativeInfinity;
    }

    /// <summary>Draws a population anew; its members weigh alike afterwards.</summary>
    /// <returns>ln of the mean weight.</returns>
    private static double Resample(Span<float> positions, Span<double> logWeights, RandomSource random)
    {
        double mean = LogMean(logWeights), largest = TensorPrimitives.Max<double>(logWeights);
        double[] weights = new double[logWeights.Length];
        for (int n = 0; n < weights.Length; n++)
            weights[n] = Math.Exp(logWeights[n] - largest);
        float[] old = positions.ToArray();
        int size = old.Length / weights.Length, to = 0;
        foreach (long from in SystematicResampling.Rows(weights, weights.Length, random))
            old.AsSpan((int)from * size, size).CopyTo(positions[(to++ * size)..]);
        logWeights.Clear();
        return mean;
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

    private sealed class Work(SequentialMonteCarlo owner) : IDisposable
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
