using System.Globalization;
using MolSampling.Molecular.Campaigns;

namespace MolSampling.Molecular.Trajectories;

/// <summary>
/// Which frames are exported, as series: each series is a sequence in time, and series follow one another in the file. A series is a replica, which is a continuous trajectory; or, for one
/// temperature of a ladder, what an independent ladder had at that temperature, which is an ensemble and jumps where replicas were exchanged.
/// </summary>
public sealed class FrameSelection
{
    private readonly int[] _series; // by replica: its place in the file, -1 for none
    private readonly int _rung, _stepsPerFrame;

    private FrameSelection(int[] series, IReadOnlyList<int> members, int rung, double? temperature, int stride, int stepsPerFrame) =>
        (_series, Members, _rung, Temperature, Stride, _stepsPerFrame) = (series, members, rung, temperature, stride, stepsPerFrame);

    /// <summary>Replicas, or ladders with <see cref="Temperature"/>, in the order of the file.</summary>
    public IReadOnlyList<int> Members { get; }

    /// <summary>K of the bath, null for replicas.</summary>
    public double? Temperature { get; }

    /// <summary>Every how many frames.</summary>
    public int Stride { get; }

    /// <summary>Integration steps between two frames of a series.</summary>
    public long StepInterval => (long)_stepsPerFrame * Stride;

    /// <summary>"replica" or "ladder".</summary>
    public string MemberName => Temperature is null ? "replica" : "ladder";

    /// <summary>Checks a choice against a run.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="replicaCount">Replicas of one run.</param>
    /// <param name="replicas">Numbers in the order wanted; null for all.</param>
    /// <param name="temperature">K of one bath; null for all.</param>
    /// <param name="stride">1 for every frame: the first, then every stride-th by the run's own count.</param>
    /// <exception cref="ArgumentException">One line that names the option.</exception>
    public static FrameSelection Create(CampaignPlan plan, int replicaCount, IReadOnlyList<int>? replicas = null, double? temperature = null, int stride = 1)
    {
        if (stride < 1)
            throw new ArgumentException($"--stride must be positive, not {stride}");
        if (replicas is not null && temperature is not null)
            throw new ArgumentException("--replica and --temperature exclude each other: a replica moves between temperatures");
        if (temperature is { } kelvin)
        {
            int rungs = plan.Temperatures.Count, rung = Enumerable.Range(0, rungs).MinBy(k => Math.Abs(plan.Temperatures[k] - kelvin));
            if (!(Math.Abs(plan.Temperatures[rung] - kelvin) < 0.005))
                throw new ArgumentException($"--temperature {Text(kelvin)} K is not one of this run: {string.Join(", ", plan.Temperatures.Select(Text))}");
            return new([.. Enumerable.Range(0, replicaCount).Select(r => r / rungs)], [.. Enumerable.Range(0, replicaCount / rungs)], rung, plan.Temperatures[rung], stride, plan.StepsPerFrame);
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
        return new(series, members, -1, null, stride, plan.StepsPerFrame);
    }

    /// <summary>The series of a row, -1 if it is not exported.</summary>
    public int SeriesOf(FrameRow row) => (row.Step / _stepsPerFrame - 1) % Stride == 0 && (_rung < 0 || row.Rung == _rung) ? _series[row.Replica] : -1;

    private static string Text(double value) => value.ToString("g6", CultureInfo.InvariantCulture);
}
