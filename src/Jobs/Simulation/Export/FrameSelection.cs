using System.Globalization;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation.Export;

/// <summary>
/// Which frames are exported, as series: each series is a sequence in time, and series follow one another in the file. A series is a
/// replica, which is a continuous trajectory; or, for one rung of a ladder, what an independent ladder had on that rung, which is an
/// ensemble and jumps where replicas were exchanged.
/// </summary>
public sealed class FrameSelection
{
    private readonly int[] _series; // by replica: its place in the file, -1 for none
    private readonly int _stepsPerFrame;

    private FrameSelection(int[] series, IReadOnlyList<int> members, int? rung, int stride, int stepsPerFrame) =>
        (_series, Members, Rung, Stride, _stepsPerFrame) = (series, members, rung, stride, stepsPerFrame);

    /// <summary>Replicas, or ladders with <see cref="Rung"/>, in the order of the file.</summary>
    public IReadOnlyList<int> Members { get; }

    /// <summary>Of the ladders, 0 for the target; null for replicas.</summary>
    public int? Rung { get; }

    /// <summary>Every how many frames.</summary>
    public int Stride { get; }

    /// <summary>Integration steps between two frames of a series.</summary>
    public long StepInterval => (long)_stepsPerFrame * Stride;

    /// <summary>"replica" or "ladder".</summary>
    public string MemberName => Rung is null ? "replica" : "ladder";

    /// <summary>Checks a choice against a run.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="replicaCount">Replicas of one run.</param>
    /// <param name="replicas">Numbers in the order wanted; null for all.</param>
    /// <param name="temperature">K of the one rung that has it; null for all.</param>
    /// <param name="stride">1 for every frame: the first, then every stride-th by the run's own count.</param>
    /// <param name="rung">Of the ladders, 0 for the target; null for all.</param>
    /// <exception cref="ArgumentException">One line that names the option.</exception>
    public static FrameSelection Create(SimulationPlan plan, int replicaCount, IReadOnlyList<int>? replicas = null,
        double? temperature = null, int stride = 1, int? rung = null)
    {
        if (stride < 1)
            throw new ArgumentException($"--stride must be positive, not {stride}");
        if (rung is not null && temperature is not null)
            throw new ArgumentException("--rung and --temperature exclude each other: both name a rung");
        if (replicas is not null && (rung ?? temperature) is not null)
            throw new ArgumentException($"--replica and --{(rung is null ? "temperature" : "rung")} exclude each other: a replica moves between rungs");
        if (temperature is { } kelvin)
            rung = RungAt(plan.Ladder, kelvin);
        if (rung is { } chosen)
        {
            int rungs = plan.Ladder.Count;
            if (chosen < 0 || chosen >= rungs)
                throw new ArgumentException($"--rung {chosen} is not one of this run: 0 (the target){(rungs > 1 ? $" to {rungs - 1}" : " only")}");
            return new([.. Enumerable.Range(0, replicaCount).Select(r => r / rungs)], [.. Enumerable.Range(0, replicaCount / rungs)],
                chosen, stride, plan.StepsPerFrame);
        }
        IReadOnlyList<int> members = replicas ?? [.. Enumerable.Range(0, replicaCount)];
        int[] series = new int[replicaCount];
        Array.Fill(series, -1);
        for (int n = 0; n < members.Count; n++)
        {
            if (members[n] < 0 || members[n] >= replicaCount)
                throw new ArgumentException($"--replica {members[n]} is not one of 0 to {replicaCount - 1}");
            if (series[members[n]] >= 0)
                throw new ArgumentException($"--replica {members[n]} is named twice");
            series[members[n]] = n;
        }
        return new(series, members, null, stride, plan.StepsPerFrame);
    }

    /// <summary>The series of a row, -1 if it is not exported.</summary>
    internal int SeriesOf(FrameRow row) => (row.Step / _stepsPerFrame - 1) % Stride == 0 && (Rung is null || row.Rung == Rung)
        ? _series[row.Replica] : -1;

    /// <summary>Frames of a series after step <paramref name="from"/> up to step <paramref name="to"/>, if none is missing.</summary>
    public long FramesBetween(long from, long to) => Number(to) - Number(from);

    /// <summary>Frames of a series up to a step.</summary>
    private long Number(long step) => (step / _stepsPerFrame + Stride - 1) / Stride;

    private static int RungAt(Ladder ladder, double kelvin)
    {
        int[] rungs = [.. Enumerable.Range(0, ladder.Count).Where(k => Math.Abs(ladder.Temperatures[k] - kelvin) < 0.005)];
        return rungs.Length switch
        {
            1 => rungs[0],
            0 => throw new ArgumentException($"--temperature {Text(kelvin)} K is not one of this run: {string.Join(", ", ladder.Temperatures.Distinct().Select(Text))} K"),
            _ => throw new ArgumentException($"--temperature {Text(kelvin)} K is that of rungs {string.Join(", ", rungs)} (scales {string.Join(", ", rungs.Select(k => Text(ladder.Scales[k])))}): choose one with --rung"),
        };
    }

    private static string Text(double value) => value.ToString("g6", CultureInfo.InvariantCulture);
}
