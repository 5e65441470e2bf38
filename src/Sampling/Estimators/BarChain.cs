namespace MolSampling.Sampling.Estimators;

/// <summary>
/// BAR from neighbour to neighbour along the states with samples. Neighbouring differences share a state's samples, so their errors are
/// correlated: with d from sum_F f = sum_R f and I = sum f (1 - f), a sample moves d by -f/I if it is a forward one and by +f/I if it is a
/// reverse one (Shirts et al., Phys. Rev. Lett. 91 (2003) 140601, maximum likelihood), so that cov(d_{k-1,k}, d_{k,k+1}) = -(1/g_k) sum
/// over the samples of k of (f_R - mean f_R)(f_F - mean f_F) / (I_{k-1,k} I_{k,k+1}). It is usually negative or small; adding squares alone
/// is what other programs do.
/// </summary>
public sealed class BarChain
{
    private readonly ReducedPotentials _table;
    private readonly double[] _inefficiencies;
    private readonly double[] _covariances; // [P - 1] of neighbouring pairs

    private BarChain(ReducedPotentials table, double[] inefficiencies)
    {
        (_table, _inefficiencies) = (table, inefficiencies);
        States = [.. Enumerable.Range(0, table.States).Where(k => table.Counts[k] > 0)];
        Pairs = [.. Enumerable.Range(0, Math.Max(0, States.Count - 1)).Select(p => Pair(States[p], States[p + 1]))];
        _covariances = [.. Enumerable.Range(0, Math.Max(0, Pairs.Count - 1)).Select(Covariance)];
    }

    /// <summary>[P + 1] the states with samples.</summary>
    public IReadOnlyList<int> States { get; }

    /// <summary>[P] from each of them to the next.</summary>
    public IReadOnlyList<Bar> Pairs { get; }

    /// <summary>From the first state with samples to the last. Fails with the first pair that does.</summary>
    public FreeEnergyDifference Total => Difference(0, Pairs.Count);

    /// <summary>Solves all pairs.</summary>
    /// <param name="table">u_kn, states in the order of the path.</param>
    /// <param name="inefficiencies">[K] g_k; all 1 if left out.</param>
    /// <exception cref="ArgumentException">Fewer than two states with samples.</exception>
    public static BarChain Solve(ReducedPotentials table, IReadOnlyList<double>? inefficiencies = null) =>
        table.Counts.Count(c => c > 0) < 2
        ? throw new ArgumentException("BAR needs two states with samples.")
        : new(table, inefficiencies is null ? [.. Enumerable.Repeat(1.0, table.States)] : [.. inefficiencies]);

    /// <summary>From one state with samples to another.</summary>
    /// <param name="from">Index into <see cref="States"/>.</param>
    /// <param name="to">Index into <see cref="States"/>, not before <paramref name="from"/>.</param>
    public FreeEnergyDifference Difference(int from, int to)
    {
        double value = 0, variance = 0;
        for (int p = from; p < to; p++)
        {
            FreeEnergyDifference d = Pairs[p].Difference;
            if (d.Status != EstimatorStatus.Converged)
                return FreeEnergyDifference.Failed(d.Status, $"{_table.Names[States[p]]} to {_table.Names[States[p + 1]]}: {d.Reason}");
            value += d.Value;
            variance += d.StandardError * d.StandardError + (p > from ? 2 * _covariances[p - 1] : 0);
        }
        return FreeEnergyDifference.Of(value, Math.Sqrt(Math.Max(0, variance)));
    }

    /// <summary>
    /// How the samples of a state move <see cref="Total"/>, to first order: [N_k] numbers whose mean over all samples is what the state
    /// contributes, kT, up to a constant. With two states next to it a sample counts in both differences; one that was not evaluated counts
    /// in none. Null if a difference at the state has not converged.
    /// </summary>
    /// <param name="state">k, with samples.</param>
    public double[]? Influence(int state)
    {
        int at = States.ToList().IndexOf(state);
        var influence = new double[_table.Counts[state]];
        foreach ((int pair, int other, int sign) in new[] { (at - 1, at - 1, 1), (at, at + 1, -1) })
        {
            if (pair < 0 || pair >= Pairs.Count)
                continue;
            if (Pairs[pair].Status != EstimatorStatus.Converged)
                return null;
            double[] works = _table.Differences(state, States[other]);
            int known = works.Count(w => !double.IsNaN(w));
            double shift = known == 0 ? 0 : LogRatio(state, States[other]) + sign * Pairs[pair].Difference.Value;
            double scale = sign * known / _inefficiencies[state] / Pairs[pair].SharedSamples;
            for (int n = 0; n < works.Length && known > 0; n++)
                influence[n] += double.IsNaN(works[n]) ? 0 : scale * Fermi(works[n] + shift);
        }
        return influence;
    }

    private Bar Pair(int from, int to)
    {
        double[] forward = _table.KnownDifferences(from, to), reverse = _table.KnownDifferences(to, from);
        return forward.Length > 0 && reverse.Length > 0
            ? Bar.Solve(forward, reverse, _inefficiencies[from], _inefficiencies[to])
            : Bar.Missing($"no sample of {_table.Names[forward.Length > 0 ? to : from]} is known in {_table.Names[forward.Length > 0 ? from : to]}");
    }

    /// <summary>Samples that are known on one side only (separate simulations for either direction) share nothing.</summary>
    private double Covariance(int pair)
    {
        if (Pairs[pair].Status != EstimatorStatus.Converged || Pairs[pair + 1].Status != EstimatorStatus.Converged)
            return double.NaN;
        int before = States[pair], state = States[pair + 1], after = States[pair + 2];
        double[] reverse = _table.Differences(state, before), forward = _table.Differences(state, after);
        double shiftReverse = LogRatio(state, before) + Pairs[pair].Difference.Value,
            shiftForward = LogRatio(state, after) - Pairs[pair + 1].Difference.Value;
        double meanReverse = 0, meanForward = 0, product = 0;
        int countReverse = 0, countForward = 0;
        for (int n = 0; n < reverse.Length; n++)
        {
            (reverse[n], forward[n]) = (Fermi(reverse[n] + shiftReverse), Fermi(forward[n] + shiftForward)); // NaN stays NaN
            if (!double.IsNaN(reverse[n]))
                (meanReverse, countReverse) = (meanReverse + reverse[n], countReverse + 1);
            if (!double.IsNaN(forward[n]))
                (meanForward, countForward) = (meanForward + forward[n], countForward + 1);
        }
        (meanReverse, meanForward) = (meanReverse / countReverse, meanForward / countForward);
        for (int n = 0; n < reverse.Length; n++)
            if (!double.IsNaN(reverse[n]) && !double.IsNaN(forward[n]))
                product += (reverse[n] - meanReverse) * (forward[n] - meanForward);
        return -product / _inefficiencies[state] / (Pairs[pair].SharedSamples * Pairs[pair + 1].SharedSamples);
    }

    /// <summary>M of <see cref="Bar"/> for the two states: independent samples that are known in the other one.</summary>
    private double LogRatio(int state, int other) =>
        Math.Log(_table.KnownDifferences(state, other).Length / _inefficiencies[state] / (_table.KnownDifferences(other,
            state).Length / _inefficiencies[other]));

    private static double Fermi(double x) => x > 0 ? Math.Exp(-x) / (1 + Math.Exp(-x)) : 1 / (1 + Math.Exp(x));
}
