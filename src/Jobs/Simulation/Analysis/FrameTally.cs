namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Frames that replicas of a run lack, although the segments of those steps are there.</summary>
/// <param name="SetBack">A replica blew up at that frame and was set back to the one before.</param>
/// <param name="AfterGivingUp">A replica had been given up.</param>
public sealed record LostFrames(long SetBack, long AfterGivingUp);

/// <summary>Counts the frames of every replica of a run, to tell which of them are missing.</summary>
/// <param name="replicas">M.</param>
internal sealed class FrameTally(int replicas)
{
    private readonly List<long> _frames = []; // steps of those that were read, ascending
    private readonly long[] _rows = new long[replicas], _last = new long[replicas];

    /// <summary>Adds a segment.</summary>
    /// <param name="rows">All of it.</param>
    /// <param name="from">Steps done before it.</param>
    /// <param name="to">Steps done at its end.</param>
    /// <param name="stepsPerFrame">Between frames.</param>
    public void Add(IReadOnlyList<FrameRow> rows, long from, long to, long stepsPerFrame)
    {
        for (long step = from + stepsPerFrame; step <= to; step += stepsPerFrame)
            _frames.Add(step);
        foreach (FrameRow row in rows)
        {
            _rows[row.Replica]++;
            _last[row.Replica] = row.Step;
        }
    }

    /// <summary>What is missing.</summary>
    /// <param name="failed">[M] replicas that were given up; null if that is not known.</param>
    public LostFrames Lost(bool[]? failed)
    {
        (long setBack, long afterGivingUp) = (0, 0);
        for (int m = 0; m < replicas; m++)
        {
            // a replica that was given up has no later frame; also its last restarts count as after that
            long lived = failed is not null && failed[m] ? _frames.Count(step => step <= _last[m]) : _frames.Count;
            setBack += lived - _rows[m];
            afterGivingUp += _frames.Count - lived;
        }
        return new(setBack, afterGivingUp);
    }
}
