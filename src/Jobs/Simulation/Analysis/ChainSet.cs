namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>
/// The independent time series of the target: every replica, or with ladders whichever replica of a ladder is on rung 0. Chains that are
/// much shorter than the others (a replica that was given up, a task that has just begun) are left out, and named: the common length is the
/// one that keeps most frames. A chain may lack single frames, those at which a replica blew up and was set back: it is not left out for
/// that, and what compares chains at a time goes by their steps.
/// </summary>
/// <param name="Ladders">Indices into the trace of those that are used.</param>
/// <param name="LeftOut">Indices of those that are not.</param>
/// <param name="Rows">[used][frames] rows of the trace on rung 0, in order.</param>
/// <param name="Length">As many frames as all of them have.</param>
public sealed record ChainSet(IReadOnlyList<int> Ladders, IReadOnlyList<int> LeftOut, IReadOnlyList<int[]> Rows, int Length)
{
    /// <summary>Longer chains, or more than a million draws in all, are thinned to this for R-hat, effective sizes and autocorrelation
    /// times.</summary>
    public const int MostFrames = 4000;

    private const long MostDraws = 1_000_000; // of all chains together: sorting them takes a second for each quantity

    /// <summary>Chooses the chains.</summary>
    public static ChainSet Of(SimulationTrace trace)
    {
        int[][] rows = [.. trace.Ladders.Select(l => Enumerable.Range(0, l.Count).Where(r => l.Rungs[r] == 0).ToArray())];
        int length = rows.Select(r => r.Length).Where(n => n > 0).Distinct().OrderByDescending(n =>
            (long)n * rows.Count(r => r.Length >= n)).FirstOrDefault();
        int lost = Math.Min(ReplicaHealth.MostRestarts * trace.Temperatures.Count, length / 10); // by replicas that are still alive
        int[] used = [.. Enumerable.Range(0, rows.Length).Where(g => length > 0 && rows[g].Length >= length - lost)];
        return new(used, [.. Enumerable.Range(0, rows.Length).Except(used)], [.. used.Select(g => rows[g])], used.Length == 0 ? 0
            : Math.Min(length, used.Min(g => rows[g].Length)));
    }

    /// <summary>Without the rows up to a step.</summary>
    public ChainSet After(SimulationTrace trace, long step)
    {
        int[][] rows = [.. Rows.Select((r, c) => r.Where(row => trace.Ladders[Ladders[c]].Steps[row] > step).ToArray())];
        return this with { Rows = rows, Length = rows.Length == 0 ? 0 : rows.Min(r => r.Length) };
    }

    /// <summary>[chains][at most <see cref="MostFrames"/> draws] a quantity of a row, all chains cut to the common length, every stride-th
    /// frame.</summary>
    public double[][] Series(SimulationTrace trace, Func<LadderTrace, int, double> quantity)
    {
        int stride = Stride;
        return [.. Rows.Select((rows, c) => Enumerable.Range(0, Length / stride).Select(t => quantity(trace.Ladders[Ladders[c]],
            rows[t * stride])).ToArray())];
    }

    /// <summary>Frames for one of <see cref="Series"/>.</summary>
    public int Stride => (int)Math.Max(1, Math.Max((Length + MostFrames - 1) / MostFrames,
        ((long)Length * Rows.Count + MostDraws - 1) / MostDraws));

    /// <summary>[T] steps at which at least one chain has a frame, up to where all of them have <see cref="Length"/>.</summary>
    public long[] Steps(SimulationTrace trace)
    {
        if (Length == 0)
            return [];
        long last = Rows.Select((rows, c) => trace.Ladders[Ladders[c]].Steps[rows[Length - 1]]).Min();
        return [.. Rows.SelectMany((rows, c) => rows.Select(r => trace.Ladders[Ladders[c]].Steps[r])).Where(s =>
            s <= last).Distinct().Order()];
    }

    /// <summary>[T] at every step the mean over the chains that have a frame there.</summary>
    /// <param name="trace">All frames.</param>
    /// <param name="steps">[T] <see cref="Steps"/>.</param>
    /// <param name="quantity">Of a row.</param>
    public double[] Means(SimulationTrace trace, long[] steps, Func<LadderTrace, int, double> quantity)
    {
        double[] sums = new double[steps.Length];
        int[] counts = new int[steps.Length];
        for (int c = 0; c < Rows.Count; c++)
        {
            LadderTrace ladder = trace.Ladders[Ladders[c]];
            int t = 0;
            foreach (int row in Rows[c])
            {
                while (t < steps.Length && steps[t] < ladder.Steps[row])
                    t++;
                if (t == steps.Length)
                    break;
                sums[t] += quantity(ladder, row);
                counts[t]++;
            }
        }
        return [.. sums.Select((s, t) => s / counts[t])];
    }
}
