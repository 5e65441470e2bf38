namespace MolSampling.Jobs.Simulation.Export;

/// <summary>What there is to export, counted before anything is written: whole segments, and the frames of every series.</summary>
internal sealed class FrameCensus
{
    private FrameCensus(int runs, int members) => (Segments, Counts) = ([.. Enumerable.Range(0, runs).Select(_ => new List<Generation>())],
        new long[runs][].Select(_ => new long[members]).ToArray());

    /// <summary>By run: segments that are whole and hold something wanted.</summary>
    public IReadOnlyList<List<Generation>> Segments { get; }

    /// <summary>[run][series] frames.</summary>
    public long[][] Counts { get; }

    /// <summary>Steps done at the earliest frame.</summary>
    public long FirstStep { get; private set; } = long.MaxValue;

    /// <summary>One line for each segment that is missing or damaged.</summary>
    public List<string> Damage { get; } = [];

    /// <summary>Frames that the segments' steps promise and replicas lack: a replica that blew up has none for that step.</summary>
    public long Absent { get; private set; }

    /// <summary>Frames of all runs and series.</summary>
    public long Frames => Counts.Sum(c => c.Sum());

    /// <summary>Reads every segment once, without its positions.</summary>
    public static FrameCensus Take(RunGroup runs, FrameSelection selection, Action<double> progress, CancellationToken cancellation)
    {
        var census = new FrameCensus(runs.Runs.Count, selection.Members.Count);
        int done = 0, total = runs.Runs.Sum(r => r.Manifest.Generations.Count);
        for (int r = 0; r < runs.Runs.Count; r++)
        {
            long from = 0;
            foreach (Generation generation in runs.Runs[r].Manifest.Generations)
            {
                cancellation.ThrowIfCancellationRequested();
                census.Count(r, runs.Runs[r], generation, from, runs.System.AtomCount, selection);
                from = generation.Steps;
                progress((double)++done / total);
            }
        }
        return census;
    }

    private void Count(int index, RunDirectory run, Generation generation, long from, int atoms, FrameSelection selection)
    {
        if (!run.IsWhole(generation))
        {
            Damage.Add($"{run.SegmentPath(generation)} is missing or damaged; its frames are left out");
            return;
        }
        long found = 0;
        foreach (FrameRow row in SegmentFile.ReadAsync(run.SegmentPath(generation), atoms, false).GetAwaiter().GetResult())
            if (selection.SeriesOf(row) is >= 0 and var series)
            {
                found++;
                Counts[index][series]++;
                FirstStep = Math.Min(FirstStep, row.Step);
            }
        Absent += selection.FramesBetween(from, generation.Steps) * selection.Members.Count - found;
        if (found > 0)
            Segments[index].Add(generation);
    }
}
