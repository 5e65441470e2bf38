using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>
/// Samples a path of potentials U(x; t) between two states, t from 0 to 1, where the potential reads t as its walkers' scale
/// (<see cref="Potential.EvaluateScaledBlock"/>) in whatever way: alchemical windows, or a learned path. By Hamiltonian Monte Carlo, with
/// exchanges of neighbouring t; and it switches from either end, with the work of every step (C. Jarzynski, Phys. Rev. E 56 (1997) 5018;
/// R. M. Neal, Stat. Comput. 11 (2001) 125). Every energy that is asked for is counted.
/// </summary>
public sealed class PathSampler
{
    private readonly Potential _path;
    private readonly double _beta;
    private readonly int _leapfrogSteps, _threads;

    /// <param name="path">U(x; t); its scale is t. Without constraints; masses are not its own but one, since configurations do not depend
    /// on them.</param>
    /// <param name="beta">mol/kJ; 1 where energies are in units of kT.</param>
    /// <param name="leapfrogSteps">Of a Monte Carlo move.</param>
    /// <param name="threads">0 for all cores.</param>
    public PathSampler(Potential path, double beta = 1, int leapfrogSteps = 5, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leapfrogSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        if (!path.IsScaled)
            throw new ArgumentException($"{path.Name} does not depend on a scale: it is no path.", nameof(path));
        (_path, _beta, _leapfrogSteps, _threads) = (path, beta, leapfrogSteps, path.ThreadsFor(threads));
    }

    /// <summary>Step sizes of the moves along the path: a few walkers go along it, each step begins with the size that served the last, and
    /// three moves adapt it towards an acceptance of 0.8.</summary>
    /// <param name="starts">[B, D] of the state at the first time.</param>
    /// <param name="times">In the order in which they are visited.</param>
    /// <param name="first">The first guess.</param>
    /// <param name="random">The pilot's own.</param>
    /// <param name="evaluations">Energies that it took.</param>
    /// <returns>[times].</returns>
    public double[] StepSizes(float[] starts, IReadOnlyList<double> times, double first, RandomSource random, out long evaluations)
    {
        using var walkers = new PathWalkers(_path, _beta, starts, _threads);
        double[] sizes = new double[times.Count];
        var kernel = new HamiltonianMonteCarlo(walkers.Masses, [first], _leapfrogSteps);
        int moves = times.Count < 10 ? 60 : 3;
        for (int s = 0; s < times.Count; s++)
        {
            walkers.SetTimes(times[s]);
            for (int n = 0; n < (s == 0 ? 60 : moves); n++)
                kernel.Adapt(0, walkers.Move(kernel, (long)s * 60 + n, random), s == 0 ? 0.6 / Math.Sqrt(1 + n / 8.0) : 0.25);
            sizes[s] = kernel.StepSizes[0];
        }
        evaluations = walkers.Evaluations;
        return sizes;
    }

    /// <summary>Switches walkers along the path, a move at every time but the last. Moves leave U(.; t) invariant, so works obey Crooks'
    /// theorem with the same settings backwards.</summary>
    /// <param name="starts">[B, D] samples of the state where it begins; overwritten by where it ends.</param>
    /// <param name="times">Ascending from 0 to 1, whichever way it goes.</param>
    /// <param name="stepSizes">[times], fixed beforehand.</param>
    /// <param name="moves">Monte Carlo moves a time.</param>
    /// <param name="backward">From 1 to 0.</param>
    /// <param name="random">Walker b takes its numbers from (random, b) alone.</param>
    /// <param name="keep">Times whose configurations are wanted.</param>
    /// <param name="progress">Told the share done.</param>
    /// <param name="cancellation">Between two steps.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PathWorks Switch(float[] starts, IReadOnlyList<double> times, IReadOnlyList<double> stepSizes, int moves, bool backward,
        RandomSource random, IReadOnlyList<int>? keep = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        if (times.Count < 2 || times[0] != 0 || times[^1] != 1 || stepSizes.Count != times.Count)
            throw new ArgumentException("A path is switched along times from 0 to 1, each with a step size.");
        using var walkers = new PathWalkers(_path, _beta, starts, _threads);
        var kernel = new HamiltonianMonteCarlo(walkers.Masses, [1.0], _leapfrogSteps);
        double[] works = new double[walkers.Count];
        var kept = new Dictionary<int, float[]>();
        int steps = times.Count - 1;
        walkers.SetTimes(times[backward ? steps : 0]);
        for (int s = 0; s <= steps; s++)
        {
            int at = backward ? steps - s : s;
            cancellation.ThrowIfCancellationRequested();
            if (s > 0)
            {
                double[] before = walkers.Energies();
                walkers.SetTimes(times[at]);
                double[] after = walkers.Energies();
                for (int n = 0; n < works.Length; n++)
                    works[n] += double.IsFinite(after[n] - before[n]) ? _beta * (after[n] - before[n]) : double.PositiveInfinity;
            }
            kernel.StepSizes[0] = stepSizes[at];
            if (s > 0 && s < steps)
                for (int n = 0; n < moves; n++)
                    walkers.Move(kernel, (long)s * moves + n, random);
            if (keep?.Contains(at) == true)
                kept[at] = walkers.Positions();
            progress?.Invoke((double)s / steps);
        }
        walkers.Positions().CopyTo(starts, 0);
        return new(works, kept, walkers.Evaluations, walkers.NonFinite);
    }

    /// <summary>Samples windows: M sets of K walkers, one a time t_k, which exchange times with their neighbours and never meet another
    /// set.</summary>
    /// <param name="starts">[M, K, D].</param>
    /// <param name="times">[K].</param>
    /// <param name="stepSizes">[K] to begin with; adapted while burning in.</param>
    /// <param name="burnIn">Moves before the first draw.</param>
    /// <param name="draws">Of each walker.</param>
    /// <param name="every">Moves between draws.</param>
    /// <param name="random">Walker n takes its moves from (random, n) alone.</param>
    /// <param name="crossed">Whether every draw is evaluated in all windows; else only configurations are kept.</param>
    /// <param name="progress">Told the share done.</param>
    /// <param name="cancellation">Between two moves.</param>
    /// <exception cref="ArgumentException">Sizes that do not agree.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PathWindows Windows(float[] starts, IReadOnlyList<double> times, IReadOnlyList<double> stepSizes, int burnIn, int draws,
        int every, RandomSource random, bool crossed = true, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        int windows = times.Count, size = _path.Dimension, sets = starts.Length / size / windows;
        if (sets == 0 || sets * windows * size != starts.Length || stepSizes.Count != windows)
            throw new ArgumentException(
                $"{starts.Length} coordinates and {stepSizes.Count} step sizes are not sets of {windows} windows of {size}.");
        using var walkers = new PathWalkers(_path, _beta, starts, _threads);
        var kernel = new HamiltonianMonteCarlo(walkers.Masses, [.. stepSizes], _leapfrogSteps);
        int[,] walkerAt = new int[sets, windows];
        for (int n = 0; n < walkers.Count; n++)
        {
            walkerAt[n / windows, n % windows] = n;
            walkers.Place(n, times[n % windows], n % windows);
        }
        walkers.Evaluate();
        double[] table = new double[crossed ? windows * walkers.Count * draws : 0];
        float[] positions = new float[crossed ? 0 : walkers.Count * draws * size];
        var exchange = new long[2];
        long total = burnIn + (long)draws * every, nonFinite = 0;
        for (long step = 0; step < total; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            walkers.ResetCounts();
            walkers.Move(kernel, step, random);
            if (step < burnIn)
                for (int k = 0; k < windows; k++)
                    kernel.Adapt(k, walkers.Acceptance(k), 0.6 / Math.Sqrt(1 + step / 8.0));
            if (windows > 1)
                Exchange(walkers, walkerAt, times, step, random, exchange);
            progress?.Invoke((double)step / total);
            if (step < burnIn || (step - burnIn) % every != every - 1)
                continue;
            int draw = (int)((step - burnIn) / every);
            if (crossed)
                nonFinite += Record(walkers, walkerAt, times, draw, draws, table);
            else
                Keep(walkers, walkerAt, draw, draws, positions);
        }
        return new(times, sets, draws, table, positions, kernel.StepSizes, windows > 1 ? (double)exchange[1] / Math.Max(1, exchange[0]) : 1,
            walkers.Evaluations, nonFinite + walkers.NonFinite);
    }

    /// <summary>Neighbours of one parity trade times with probability min(1, exp(-beta (U(x_a; t_b) + U(x_b; t_a) - U(x_a; t_a) - U(x_b;
    /// t_b)))).</summary>
    private void Exchange(PathWalkers walkers, int[,] walkerAt, IReadOnlyList<double> times, long step, RandomSource random, long[] counts)
    {
        RandomSource own = random.Split("exchange").Split(step);
        (int sets, int windows) = (walkerAt.GetLength(0), walkerAt.GetLength(1));
        var pairs = new List<(int Set, int Window)>();
        for (int m = 0; m < sets; m++)
            for (int k = (int)(step % 2); k + 1 < windows; k += 2)
                pairs.Add((m, k));
        double[] before = walkers.Energies();
        walkers.Remember();
        foreach ((int m, int k) in pairs)
        {
            walkers.Place(walkerAt[m, k], times[k + 1], k + 1);
            walkers.Place(walkerAt[m, k + 1], times[k], k);
        }
        walkers.Evaluate();
        double[] after = walkers.Energies();
        foreach ((int m, int k) in pairs)
        {
            (int a, int b) = (walkerAt[m, k], walkerAt[m, k + 1]);
            counts[0]++;
            if (own.NextDouble() < Math.Exp(-_beta * (after[a] + after[b] - before[a] - before[b]))) // false for NaN
            {
                counts[1]++;
                (walkerAt[m, k], walkerAt[m, k + 1]) = (b, a);
                continue;
            }
            walkers.Place(a, times[k], k);
            walkers.Place(b, times[k + 1], k + 1);
            walkers.PutBack(a);
            walkers.PutBack(b);
        }
    }

    /// <summary>Energies of all walkers in all windows, into u[l, (k, m, draw)]; what has none is +infinity there, and counted.</summary>
    private long Record(PathWalkers walkers, int[,] walkerAt, IReadOnlyList<double> times, int draw, int draws, double[] table)
    {
        (int sets, int windows) = (walkerAt.GetLength(0), walkerAt.GetLength(1));
        long nonFinite = 0;
        walkers.Remember();
        for (int l = 0; l < windows; l++)
        {
            walkers.SetTimes(times[l], keepRungs: true);
            double[] energies = walkers.Energies();
            for (int m = 0; m < sets; m++)
                for (int k = 0; k < windows; k++)
                {
                    double u = _beta * energies[walkerAt[m, k]];
                    nonFinite += double.IsFinite(u) ? 0 : 1;
                    table[l * walkers.Count * draws + (k * sets + m) * draws + draw] = double.IsFinite(u) ? u : double.PositiveInfinity;
                }
        }
        for (int m = 0; m < sets; m++)
            for (int k = 0; k < windows; k++)
            {
                walkers.Place(walkerAt[m, k], times[k], k);
                walkers.PutBack(walkerAt[m, k]);
            }
        return nonFinite;
    }

    private void Keep(PathWalkers walkers, int[,] walkerAt, int draw, int draws, float[] positions)
    {
        (int sets, int windows, int size) = (walkerAt.GetLength(0), walkerAt.GetLength(1), _path.Dimension);
        float[] now = walkers.Positions();
        for (int m = 0; m < sets; m++)
            for (int k = 0; k < windows; k++)
                now.AsSpan(walkerAt[m, k] * size, size).CopyTo(positions.AsSpan(((k * sets + m) * draws + draw) * size));
    }
}

/// <summary>Walkers after switching.</summary>
/// <param name="Works">[B] done on each walker, kT, positive where it costs; +infinity where a state has no energy for it.</param>
/// <param name="Kept">[B, D] where they were at the times that were asked for, after the moves there.</param>
/// <param name="Evaluations">Energies that it took.</param>
/// <param name="NonFinite">Energies that were not finite.</param>
public sealed record PathWorks(double[] Works, IReadOnlyDictionary<int, float[]> Kept, long Evaluations, long NonFinite);

/// <summary>Windows that were sampled.</summary>
/// <param name="Times">[K].</param>
/// <param name="Sets">M, that never met.</param>
/// <param name="Draws">T, of each walker.</param>
/// <param name="Reduced">[K, K M T] u of every draw in every window, kT: draws ordered by window, set, number; empty where only
/// configurations were kept.</param>
/// <param name="Positions">[K M T, D]; empty where energies were kept.</param>
/// <param name="StepSizes">[K] as adapted.</param>
/// <param name="ExchangeAcceptance">Of neighbours.</param>
/// <param name="Evaluations">Energies that it took.</param>
/// <param name="NonFinite">Energies that were not finite.</param>
public sealed record PathWindows(IReadOnlyList<double> Times, int Sets, int Draws, double[] Reduced, float[] Positions,
    IReadOnlyList<double> StepSizes, double ExchangeAcceptance, long Evaluations, long NonFinite);
