using MolSampling.Potentials;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Sampling.Samplers;

/// <summary>
/// Resample and move (W. R. Gilks, C. Berzuini, J. R. Stat. Soc. B 63 (2001) 127): weighted samples of p = exp(-beta U) are drawn anew in
/// proportion to their weights, and each is moved by kernels that leave p invariant. The weights stay proper, and what the kernels forget
/// no longer goes with them. Where a few draws carry much, a mean over draws is off by what the heaviest of them happens to be, or by its
/// absence, and an error made of the same draws does not know (a Pareto shape above one half: the weights have no variance). After some
/// moves the walkers have spread over what they reach. What the kernels do not forget, such as the shares of basins between which no move
/// leads, is as well known as the weights have it.
/// </summary>
/// <param name="potential">U, and the support outside which p is zero.</param>
/// <param name="dynamics">Leaves p invariant; it is not tuned here, which would not.</param>
/// <param name="moves">Made after each trajectory, in this order.</param>
/// <param name="threads">0 for all cores.</param>
public sealed class ResampleMove(Potential potential, Kernel dynamics, IReadOnlyList<ExtraMove> moves, int threads = 0)
{
    /// <summary>Draws anew, systematically within each group, and moves. Groups stay independent of one another: each keeps the weight
    /// that it has, evenly over its members, and no walker of one comes from another.</summary>
    /// <param name="weighted">Samples of p at their own temperature.</param>
    /// <param name="count">Of walkers; rounded up to as many in each group.</param>
    /// <param name="steps">A trajectory and the moves after it, each; 0 draws anew only.</param>
    /// <param name="random">Its own.</param>
    /// <param name="progress">Told the share done.</param>
    /// <param name="cancellation">Between two steps: fewer are made, which leaves the weights proper.</param>
    /// <exception cref="ArgumentException">No sample has a weight.</exception>
    public MovedSamples Run(Ensemble weighted, int count, int steps, RandomSource random, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (int[] ancestors, int[] groups, double[] logWeights) = Draw(weighted, count, random.Split("resampling"));
        int walkers = ancestors.Length, size = potential.Dimension, done = 0;
        if (walkers == 0)
            throw new ArgumentException("There are no samples with a weight to draw from.", nameof(weighted));
        using var exchange = new ReplicaExchange(potential, new Ladder([weighted.State.Temperature]), walkers, dynamics, moves,
            random.Split("moves"), threads);
        for (int n = 0; n < walkers; n++)
            exchange.SetPositions(n, 0, weighted.Positions[ancestors[n]].Span);
        exchange.Start();
        for (; done < steps && exchange.Advance(1, cancellation) == 1; done++)
            progress?.Invoke((done + 1.0) / steps);
        float[] positions = new float[walkers * size], forces = new float[walkers * size];
        double[] energies = new double[walkers];
        for (int n = 0; n < walkers; n++)
            exchange.CopyPositions(n, 0, positions.AsSpan(n * size, size));
        potential.Evaluate(positions, energies, forces, threads, CancellationToken.None);
        return new(new(weighted.State, [.. Enumerable.Range(0, walkers).Select(n => (ReadOnlyMemory<float>)positions.AsMemory(n * size,
            size))], energies, logWeights, groups), ancestors, done, exchange.Evaluations + 2L * walkers);
    }

    /// <summary>As many rows of each group that has a weight.</summary>
    internal static (int[] Rows, int[] Groups, double[] LogWeights) Draw(Ensemble weighted, int count, RandomSource random)
    {
        IGrouping<int, int>[] groups = [.. Enumerable.Range(0, weighted.Count).Where(s => weighted.LogWeights[s] > double.NegativeInfinity)
            .GroupBy(s => weighted.Groups[s]).OrderBy(g => g.Key)];
        var rows = new List<int>();
        var (of, logs) = (new List<int>(), new List<double>());
        foreach (IGrouping<int, int> group in groups)
        {
            int[] own = [.. group];
            int members = (count + groups.Length - 1) / groups.Length;
            double[] weights = [.. own.Select(s => Math.Exp(weighted.LogWeights[s]))];
            double log = Math.Log(weights.Sum() / members);
            foreach (long row in SystematicResampling.Rows(weights, members, random.Split(group.Key)))
            {
                rows.Add(own[(int)row]);
                of.Add(group.Key);
                logs.Add(log);
            }
        }
        return ([.. rows], [.. of], [.. logs]);
    }
}
