using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>
/// The samples that averages at the target are made of, in independent groups. With ladders all rungs count, weighed by MBAR with u_k(x) =
/// beta_k (U(x) - (1 - lambda_k) U_1(x) + P V), where that is cheap and has a solution; otherwise the frames on rung 0, the target. Groups
/// are the replicas or ladders where there are at least four; otherwise each is cut into blocks of time.
/// </summary>
/// <param name="Groups">For <see cref="Sampling.Diagnostics.Jackknife"/>.</param>
/// <param name="Weights">How samples are weighed, for people.</param>
/// <param name="UsesAllRungs">By MBAR.</param>
/// <param name="Errors">How errors are made, for people.</param>
/// <param name="BlockPicoseconds">Length of a block; NaN where groups are whole replicas or ladders.</param>
public sealed record WeightedSamples(IReadOnlyList<SampleGroup> Groups, string Weights, bool UsesAllRungs, string Errors,
    double BlockPicoseconds)
{
    /// <summary>With fewer independent replicas or ladders, errors come from blocks.</summary>
    public const int FewestGroups = 4;

    private const int Blocks = 20;
    private const long MostEvaluations = 2_000_000; // rows x rungs: about a second

    /// <summary>Weighs and groups what is left after equilibration.</summary>
    /// <param name="trace">All frames.</param>
    /// <param name="chains">The ladders that are used, after equilibration.</param>
    /// <param name="discardedStep">Rows up to this step are discarded.</param>
    public static WeightedSamples Of(SimulationTrace trace, ChainSet chains, long discardedStep)
    {
        (List<SampleGroup> groups, string weights, bool all) = Weigh(trace, chains, discardedStep);
        if (groups.Count >= FewestGroups || groups.Count == 0)
            return new(groups, weights, all, $"jackknife over {trace.Count(groups.Count)}", double.NaN);
        int blocksEach = (Blocks + groups.Count - 1) / groups.Count;
        long first = discardedStep, last = groups.Max(g => g.Rows.Length == 0 ? 0 : g.Ladder.Steps[g.Rows[^1]]);
        double steps = (double)(last - first) / blocksEach, picoseconds = steps / trace.StepsPerFrame * trace.FramePicoseconds;
        SampleGroup[] blocks = [.. groups.SelectMany(g => Enumerable.Range(0, blocksEach).Select(b =>
        {
            int[] inside = [.. Enumerable.Range(0, g.Rows.Length).Where(n => (int)Math.Min(blocksEach - 1,
                (g.Ladder.Steps[g.Rows[n]] - first - 1) / steps) == b)];
            return new SampleGroup(g.Ladder, [.. inside.Select(n => g.Rows[n])], [.. inside.Select(n => g.Weights[n])]);
        })).Where(g => g.Rows.Length > 0)];
        return new(blocks, weights, all, string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"jackknife over {blocks.Length} blocks of {picoseconds:g3} ps, because there are only {trace.Count(groups.Count)} (with {FewestGroups} or more, those are the groups)"), picoseconds);
    }

    private static (List<SampleGroup>, string, bool) Weigh(SimulationTrace trace, ChainSet chains, long discardedStep)
    {
        List<SampleGroup> Target() =>
            [.. chains.Rows.Select((rows, c) => new SampleGroup(trace.Ladders[chains.Ladders[c]], rows,
            [.. Enumerable.Repeat(1.0, rows.Length)]))];
        if (!trace.HasLadder)
            return (Target(), "all frames count alike", false);
        List<SampleGroup> groups = [.. chains.Ladders.Select(g => trace.Ladders[g]).Select(l =>
        {
            int[] rows = [.. Enumerable.Range(0, l.Count).Where(r => l.Steps[r] > discardedStep)];
            return new SampleGroup(l, rows, new double[rows.Length]);
        })];
        int samples = groups.Sum(g => g.Rows.Length), k = trace.Rungs.Count;
        string rungs = trace.HasScales ? "rungs" : "temperatures", target = trace.HasScales ? "of the target" : "at the target temperature";
        if (samples == 0)
            return (Target(), "no frames yet", false);
        if ((long)samples * k > MostEvaluations)
            return (Target(), $"frames {target} only: {samples} frames on {k} {rungs} are too many to weigh quickly by MBAR", false);
        int[] counts = new int[k], next = new int[k];
        foreach (SampleGroup g in groups)
            foreach (int row in g.Rows)
                counts[g.Ladder.Rungs[row]]++;
        for (int rung = 1; rung < k; rung++)
            next[rung] = next[rung - 1] + counts[rung - 1];
        double[] reduced = new double[k * samples]; // u_kn, samples ordered by the rung that they were drawn on
        int[][] at = [.. groups.Select(g => new int[g.Rows.Length])];
        for (int group = 0; group < groups.Count; group++)
        {
            SampleGroup g = groups[group];
            for (int n = 0; n < g.Rows.Length; n++)
            {
                int row = g.Rows[n], sample = at[group][n] = next[g.Ladder.Rungs[row]]++;
                for (int rung = 0; rung < k; rung++)
                    reduced[rung * samples + sample] = trace.Rungs.ReducedPotential(rung, g.Ladder.PotentialEnergies[row]
                        + trace.Pressure * g.Ladder.Volumes[row], g.Ladder.ScaledEnergies[row]);
            }
        }
        Mbar mbar = Mbar.Solve(new(reduced, counts));
        if (mbar.Status != EstimatorStatus.Converged)
            return (Target(), $"frames {target} only: MBAR has no solution ({mbar.Status})", false);
        double[] logWeights = mbar.LogWeights(reduced.AsSpan(0, samples)); // rung 0
        for (int group = 0; group < groups.Count; group++)
            for (int n = 0; n < at[group].Length; n++)
                groups[group].Weights[n] = Math.Exp(logWeights[at[group][n]]);
        double effective = 1 / groups.Sum(g => g.Weights.Sum(w => w * w));
        return (groups, string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"all {k} {rungs} by MBAR: {samples} frames, worth {effective:f0} at {(trace.HasScales ? "the target, " : "")}{trace.Temperatures[0]:g6} K by their weights (correlation in time not counted)"), true);
    }
}
