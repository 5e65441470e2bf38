using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>Alchemical data without their unequilibrated beginnings, with the statistical inefficiency of every state: what estimators
/// take.</summary>
public sealed class PreparedWindows
{
    private const int Starts = 20;
    private const double LongestDiscard = 0.5;

    /// <summary>A drift that dies away has a tail below the noise of one window, which adds up over all of them: what is cut is as many
    /// times as long as what is seen.</summary>
    private const int Tails = 2;

    private readonly AlchemicalData _data;
    private readonly int[][][] _runs; // [K][runs] rows of the data that are used

    private PreparedWindows(AlchemicalData data, int[][][] runs, WindowSummary[] summaries) => (_data, _runs, Summaries) =
        (data, runs, summaries);

    /// <summary>[K].</summary>
    public IReadOnlyList<WindowSummary> Summaries { get; }

    /// <summary>[K] g_k.</summary>
    public IReadOnlyList<double> Inefficiencies => [.. Summaries.Select(s => s.Inefficiency)];

    /// <summary>Chooses what is used. Equilibration and correlation are judged on every run of a file by itself: a run that continues
    /// another belongs to it.</summary>
    /// <param name="data">All rows.</param>
    /// <param name="options">What is discarded, and whether correlation counts.</param>
    public static PreparedWindows Of(AlchemicalData data, FreeEnergyOptions options)
    {
        var runs = new int[data.States.Count][][];
        var summaries = new WindowSummary[data.States.Count];
        Parallel.For(0, data.States.Count, ParallelWork.Options(), k => (runs[k], summaries[k]) = Prepare(data, k, options));
        return new(data, runs, summaries);
    }

    /// <summary>Rows that are used of each run of a state, in the order of <see cref="Table"/>.</summary>
    /// <param name="state">k.</param>
    public IReadOnlyList<int> RunLengths(int state) => [.. _runs[state].Select(r => r.Length)];

    /// <summary>dH/dlambda of the rows of a state that are used: [n * L], kT, in the order of <see cref="Table"/>.</summary>
    /// <param name="state">k.</param>
    public double[] GradientsOf(int state)
    {
        int width = _data.LambdaNames.Count;
        return [.. _runs[state].SelectMany(r => r).SelectMany(row => _data.Gradients![(row * width)..((row + 1) * width)])];
    }

    /// <summary>u_kn of a part of the rows that are used; NaN where a row was not evaluated.</summary>
    /// <param name="from">Where the part begins in every run, 0..1.</param>
    /// <param name="to">Where it ends, 0..1.</param>
    /// <returns>Null if no row is left.</returns>
    public ReducedPotentials? Table(double from = 0, double to = 1)
    {
        double[] all = _data.ReducedPotentials!;
        int[][] rows = [.. _runs.Select(r => Part(r, from, to))];
        int states = rows.Length, total = _data.RowCount, samples = rows.Sum(r => r.Length);
        string[] names = [.. _data.States.Select(s => $"state {s}")];
        if (samples == 0)
            return null;
        if (samples == total)
            return new(all, _data.Counts, names, partial: true);
        var u = new double[states * samples];
        Parallel.For(0, states, ParallelWork.Options(), k =>
        {
            int n = k * samples;
            foreach (int[] part in rows)
                foreach (int row in part)
                    u[n++] = all[k * total + row];
        });
        return new(u, [.. rows.Select(r => r.Length)], names, partial: true);
    }

    /// <summary>Means of dH/dlambda with standard errors over independent samples, of a part of the rows that are used.</summary>
    /// <param name="from">Where the part begins in every run, 0..1.</param>
    /// <param name="to">Where it ends, 0..1.</param>
    public MeanGradients Gradients(double from = 0, double to = 1)
    {
        int width = _data.LambdaNames.Count;
        var result = new MeanGradients([], [], [], []);
        for (int k = 0; k < _runs.Length; k++)
        {
            int[] rows = Part(_runs[k], from, to);
            if (rows.Length == 0)
                continue;
            double[] mean = new double[width], covariance = new double[width * width], deviation = new double[width];
            foreach (int row in rows)
                for (int l = 0; l < width; l++)
                    mean[l] += _data.Gradients![row * width + l] / rows.Length;
            foreach (int row in rows)
            {
                for (int l = 0; l < width; l++)
                    deviation[l] = _data.Gradients![row * width + l] - mean[l];
                for (int l = 0; l < width; l++)
                    for (int m = 0; m <= l; m++)
                        covariance[l * width + m] += deviation[l] * deviation[m];
            }
            double[] error = [.. Enumerable.Range(0, width).Select(l => rows.Length < 2 ? double.NaN
                : Math.Sqrt(covariance[l * width + l] / (rows.Length - 1) * Summaries[k].Inefficiency / rows.Length))];
            double[] correlation = [.. Enumerable.Range(0, width * width).Select(i =>
            {
                int l = Math.Max(i / width, i % width), m = Math.Min(i / width, i % width);
                double scale = Math.Sqrt(covariance[l * width + l] * covariance[m * width + m]);
                return scale > 0 ? covariance[l * width + m] / scale : 0;
            })];
            result.Lambdas.Add([.. _data.States[k].Values]);
            result.Means.Add(mean);
            result.Errors.Add(error);
            result.Correlations.Add(correlation);
        }
        return result;
    }

    private static int[] Part(int[][] runs, double from, double to) =>
        [.. runs.SelectMany(r => r[(int)Math.Round(from * r.Length)..(int)Math.Round(to * r.Length)])];

    private static (int[][] Runs, WindowSummary Summary) Prepare(AlchemicalData data, int state, FreeEnergyOptions options)
    {
        var runs = new List<int[]>();
        double independent = 0, discardedTime = 0;
        bool atLimit = false;
        foreach ((int start, int count) in Runs(data, state))
        {
            double[][] series = [.. Series(data, state, start, count)];
            int discard = 0;
            if (options.DiscardPicoseconds is { } picoseconds)
                discard = Enumerable.Range(0, count).TakeWhile(n => data.Times[start + n] < data.Times[start] + picoseconds).Count();
            else
                foreach (double[] s in series)
                {
                    var scan = EquilibrationScan.Of(s, Starts, LongestDiscard);
                    EquilibrationPoint point = scan.Settled(s);
                    atLimit |= scan.IsAtLimit(point);
                    discard = Math.Max(discard, Math.Min(Tails * point.Start, (int)(LongestDiscard * count)));
                }
            if (discard >= count)
                continue;
            double inefficiency = options.Inflation * (options.CountCorrelation
                ? series.Select(s => Autocorrelation.StatisticalInefficiency(s.AsSpan(discard))).Where(double.IsFinite).Append(1).Max()
                : 1);
            discardedTime = discard == 0 ? discardedTime : Math.Max(discardedTime, data.Times[start + discard] - data.Times[start]);
            runs.Add([.. Enumerable.Range(start + discard, count - discard)]);
            independent += (count - discard) / inefficiency;
        }
        int samples = data.Counts[state], kept = runs.Sum(r => r.Length);
        return ([.. runs], new(state, data.States[state].ToString(), samples, samples - kept, discardedTime, kept == 0 ? 1
            : kept / independent, atLimit));
    }

    /// <summary>Runs of a state, continuations joined.</summary>
    private static List<(int Start, int Count)> Runs(AlchemicalData data, int state)
    {
        var runs = new List<(int Start, int Count)>();
        foreach (AlchemicalBlock block in data.Blocks.Where(b => b.State == state))
            if (block.Continues && runs.Count > 0)
                runs[^1] = (runs[^1].Start, runs[^1].Count + block.Count);
            else
                runs.Add((block.Start, block.Count));
        return runs;
    }

    /// <summary>What is watched: energy differences to both neighbours, and dH/dlambda.</summary>
    private static IEnumerable<double[]> Series(AlchemicalData data, int state, int start, int count)
    {
        int total = data.RowCount, width = data.LambdaNames.Count;
        if (data.ReducedPotentials is { } u)
            foreach (int other in Neighbours(data, state))
            {
                double[] difference = [.. Enumerable.Range(start, count).Select(n => u[other * total + n] - u[state * total + n])];
                if (difference.All(double.IsFinite))
                    yield return difference;
            }
        if (data.Gradients is { } g)
            for (int l = 0; l < width; l++)
            {
                double[] gradient = [.. Enumerable.Range(start, count).Select(n => g[n * width + l])];
                if (Array.Exists(gradient, v => v != gradient[0]))
                    yield return gradient;
            }
    }

    /// <summary>Those next to a state, and the next ones with samples: rows may know only these.</summary>
    private static IEnumerable<int> Neighbours(AlchemicalData data, int state) => new[]
    {
        state - 1, state + 1,
        Enumerable.Range(0, state).LastOrDefault(k => data.Counts[k] > 0, -1),
        Enumerable.Range(state + 1, data.States.Count - state - 1).FirstOrDefault(k => data.Counts[k] > 0, -1),
    }.Where(k => k >= 0 && k < data.States.Count).Distinct();
}
