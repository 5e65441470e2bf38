using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

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
    private readonly AnnealedBridge _bridge;
    private readonly double _beta;
    private readonly int _threads;

    /// <param name="potential">U, and the support outside which p is zero.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="density">Makes log q for one thread.</param>
    /// <param name="moves">Each reversible for p; made in this order on the way to p, in the opposite one on the way back.</param>
    /// <param name="threads">0 for all cores.</param>
    public SequentialMonteCarlo(Potential potential, double beta, Func<LaneDensity> density, IReadOnlyList<ExtraMove> moves,
        int threads = 0) =>
        (_bridge, _beta, _threads) = (new(potential, beta, density, [.. moves]), beta, potential.ThreadsFor(threads));

    /// <summary>Anneals independent draws of q to p.</summary>
    /// <param name="positions">[B, N, 3] nm, draws of q; overwritten by where the paths end.</param>
    /// <param name="schedule">l_0 = 0 .. l_K = 1, ascending.</param>
    /// <param name="random">Path b takes its numbers from (random, b) alone.</param>
    /// <param name="cancellation">Cuts the paths short that are not at their end.</param>
    public AnnealedPaths Forward(float[] positions, IReadOnlyList<double> schedule, RandomSource random,
        CancellationToken cancellation = default) => Run(positions, schedule, false, random, cancellation);

    /// <summary>The same paths backwards, from samples of p: what says whether the forward ones miss a part of it.</summary>
    /// <param name="positions">[B, N, 3] nm, samples of p; overwritten.</param>
    /// <param name="schedule">As for <see cref="Forward"/>.</param>
    /// <param name="random">Path b takes its numbers from (random, b) alone.</param>
    /// <param name="cancellation">Cuts the paths short that are not at their end.</param>
    public AnnealedPaths Backward(float[] positions, IReadOnlyList<double> schedule, RandomSource random,
        CancellationToken cancellation = default) => Run(positions, schedule, true, random, cancellation);

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
    /// <exception cref="InvalidOperationException">No walker has a weight: p is zero at all draws.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public AnnealedPopulations Anneal(float[] positions, IReadOnlyList<double> schedule, int populations, double resampleBelow,
        RandomSource random, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        int size = _bridge.Potential.Dimension, count = positions.Length / size, members = count / populations;
        if (members == 0 || members * populations * size != positions.Length)
            throw new ArgumentException($"{positions.Length} coordinates are not {populations} populations of walkers of {size}.");
        using var walkers = new AnnealedWalkers(_bridge, positions, _threads);
        double[] logWeights = new double[count], earlier = new double[populations]; // since and before a population was drawn anew
        int[] resamplings = new int[populations];
        for (int k = 1; k < schedule.Count; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int n = 0; n < count; n++)
            {
                double gain = (schedule[k] - schedule[k - 1]) * walkers.Ratio(n);
                logWeights[n] = double.IsNaN(gain) ? double.NegativeInfinity : logWeights[n] + gain; // neither density: no weight
            }
            if (k + 1 == schedule.Count)
                break;
            bool read = false;
            for (int m = 0; m < populations; m++)
            {
                Span<double> own = logWeights.AsSpan(m * members, members);
                if (!(resampleBelow > 0) || IsDead(own))
                    continue;
                var weights = new ImportanceWeights(own);
                if (!(weights.EffectiveFraction < resampleBelow))
                    continue;
                if (!read)
                    walkers.Read();
                read = true;
                Resample(positions.AsSpan(m * members * size, members * size), weights, random.Split("resampling").Split(k).Split(m));
                walkers.Place(m * members, members);
                earlier[m] += weights.LogMean.Value;
                own.Clear();
                resamplings[m]++;
            }
            walkers.Move(schedule[k], k, random);
            progress?.Invoke((double)k / schedule.Count);
        }
        walkers.Read();
        for (int n = 0; n < count; n++)
            logWeights[n] += earlier[n / members];
        if (IsDead(logWeights))
            throw new InvalidOperationException($"None of {count} walkers has a weight: p is zero wherever q was drawn.");
        double[] normalisers = [.. logWeights.Chunk(members).Select(own =>
            IsDead(own) ? double.NegativeInfinity : new ImportanceWeights(own).LogMean.Value)];
        var ensemble = new Ensemble(new ThermodynamicState(1 / (Units.GasConstant * _beta)),
            [.. Enumerable.Range(0, count).Select(n => (ReadOnlyMemory<float>)positions.AsMemory(n * size, size))],
            [.. Enumerable.Range(0, count).Select(walkers.Energy)], logWeights, [.. Enumerable.Range(0, count).Select(n => n / members)]);
        return new(ensemble, normalisers, new ImportanceWeights(normalisers).LogMean, resamplings, walkers.Evaluations);
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
        using var walkers = new AnnealedWalkers(_bridge, positions, _threads);
        int count = walkers.Count;
        var schedule = new List<double> { 0 };
        double[] sums = new double[count];
        while (schedule[^1] < 1)
        {
            double[] r = [.. Enumerable.Range(0, count).Select(walkers.Ratio)];
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
                walkers.Move(to, k, random);
        }
        walkers.Read();
        return ([.. schedule], [.. sums.Select(s => double.IsNaN(s) ? double.NegativeInfinity : s)]);
    }

    private AnnealedPaths Run(float[] positions, IReadOnlyList<double> schedule, bool backward, RandomSource random,
        CancellationToken cancellation)
    {
        int size = _bridge.Potential.Dimension, width = _bridge.Potential.BlockWidth, count = positions.Length / size;
        double[] logWeights = new double[count], energies = new double[count];
        Array.Fill(logWeights, double.NaN);
        long evaluations = 0;
        Parallel.For(0, (count + width - 1) / width, ParallelWork.Options(_threads, CancellationToken.None), _bridge.CreateMemory,
            (b, _, work) =>
        {
            if (cancellation.IsCancellationRequested)
                return work;
            int first = b * width, lanes = Math.Min(width, count - first);
            using var block = new WalkerBlock(_bridge.Potential, first, lanes);
            double[] ratios = new double[width], sums = new double[width];
            _bridge.Begin(block, positions.AsSpan(first * size, lanes * size), ratios, work);
            for (int k = 1; k < schedule.Count; k++)
            {
                int step = backward ? schedule.Count - k : k;
                for (int lane = 0; lane < width; lane++)
                    sums[lane] += (schedule[step] - schedule[step - 1]) * ratios[lane];
                if (k + 1 < schedule.Count)
                    _bridge.Move(block, work, ratios, schedule[backward ? step - 1 : step], backward ? step - 1 : step, backward, random);
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

    private static bool IsDead(ReadOnlySpan<double> logWeights) => !logWeights.ContainsAnyExcept(double.NegativeInfinity);

    /// <summary>Draws a population anew, in proportion to its weights.</summary>
    private static void Resample(Span<float> positions, ImportanceWeights weights, RandomSource random)
    {
        float[] old = positions.ToArray();
        int size = old.Length / weights.Count, to = 0;
        foreach (long from in SystematicResampling.Rows(weights.Shares.ToArray(), weights.Count, random))
            old.AsSpan((int)from * size, size).CopyTo(positions[(to++ * size)..]);
    }
}
