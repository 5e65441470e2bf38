namespace MolSampling.Molecular.Campaigns.Analysis;

/// <summary>
/// The independent time series at the target temperature: every replica, or with ladders whichever replica of a ladder is on its lowest rung. Chains that are much shorter than the others (a replica that was
/// given up, a task that has just begun) are left out, and named: the common length is the one that keeps most frames.
/// </summary>
/// <param name="Ladders">Indices into the trace of those that are used.</param>
/// <param name="LeftOut">Indices of those that are not.</param>
/// <param name="Rows">[used][frames] rows of the trace at the target temperature, in order.</param>
/// <param name="Length">Frames that all of them have.</param>
public sealed record ChainSet(IReadOnlyList<int> Ladders, IReadOnlyList<int> LeftOut, IReadOnlyList<int[]> Rows, int Length)
{
    /// <summary>Longer chains, or more than a million draws in all, are thinned to this for R-hat, effective sizes and autocorrelation times.</summary>
    public const int MostFrames = 4000;

    private const long MostDraws = 1_000_000; // of all chains together: sorting them takes a second for each quantity

    /// <summary>Chooses the chains.</summary>
    public static ChainSet Of(CampaignTrace trace)
    {
        int[][] rows = [.. trace.Ladders.Select(l => Enumerable.Range(0, l.Count).Where(r => l.Rungs[r] == 0).ToArray())];
        int length = rows.Select(r => r.Length).Where(n => n > 0).Distinct().OrderByDescending(n => (long)n * rows.Count(r => r.Length >= n)).FirstOrDefault();
        int[] used = [.. Enumerable.Range(0, rows.Length).Where(g => length > 0 && rows[g].Length >= length)];
        return new(used, [.. Enumerable.Range(0, rows.Length).Except(used)], [.. used.Select(g => rows[g])], length);
    }

    /// <summary>Without the rows up to a step.</summary>
    public ChainSet After(CampaignTrace trace, long step)
    {
        int[][] rows = [.. Rows.Select((r, c) => r.Where(row => trace.Ladders[Ladders[c]].Steps[row] > step).ToArray())];
        return this with { Rows = rows, Length = rows.Length == 0 ? 0 : rows.Min(r => r.Length) };
    }

    /// <summary>[chains][at most <see cref="MostFrames"/> draws] a quantity of a row, all chains cut to the common length, every stride-th frame.</summary>
    public double[][] Series(CampaignTrace trace, Func<LadderTrace, int, double> quantity)
    {
        int stride = Stride;
        return [.. Rows.Select((rows, c) => Enumerable.Range(0, Length / stride).Select(t => quantity(trace.Ladders[Ladders[c]], rows[t * stride])).ToArray())];
    }

    /// <summary>Frames for one of <see cref="Series"/>.</summary>
    public int Stride => (int)Math.Max(1, Math.Max((Length + MostFrames - 1) / MostFrames, ((long)Length * Rows.Count + MostDraws - 1) / MostDraws));

    /// <summary>[Length] the mean over the chains at every frame.</summary>
    public double[] Means(CampaignTrace trace, Func<LadderTrace, int, double> quantity) =>
        [.. Enumerable.Range(0, Length).Select(t => Rows.Select((rows, c) => quantity(trace.Ladders[Ladders[c]], rows[t])).Average())];
}
