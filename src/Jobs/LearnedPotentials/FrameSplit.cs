using MolSampling.Sampling;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Which frames are in use, drawn at random from all sets together.</summary>
/// <param name="Chosen">Of each set, its frames in use.</param>
/// <param name="Learned">Places among these of frames to learn from.</param>
/// <param name="Test">Places among these of frames that are left out.</param>
internal sealed record FrameSplit(int[][] Chosen, int[][] Learned, int[][] Test)
{
    private const double ValidationShare = 0.1;
    private const int LeastFrames = 20;

    /// <summary>Draws.</summary>
    /// <param name="sets">All frames.</param>
    /// <param name="config">How many are wanted.</param>
    /// <param name="random">Its own stream.</param>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    public static FrameSplit Of(IReadOnlyList<LabelledFrames> sets, PotentialConfig config, RandomSource random)
    {
        (int learned, int test) = Counts(sets, config);
        (int, int)[] all = [.. sets.SelectMany((s, n) => Enumerable.Range(0, s.Count).Select(f => (n, f)))];
        FrameOrder.Shuffle(all, random);
        int[][] first = BySet(all[..learned], sets.Count), last = BySet(all[^test..], sets.Count);
        return new([.. first.Zip(last, (f, l) => (int[])[.. f, .. l])], [.. first.Select(f => Enumerable.Range(0, f.Length).ToArray())],
            [.. first.Zip(last, (f, l) => Enumerable.Range(f.Length, l.Length).ToArray())]);
    }

    /// <summary>How many frames are learned from and tested on.</summary>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    public static (int Learned, int Test) Counts(IReadOnlyList<LabelledFrames> sets, PotentialConfig config)
    {
        int all = sets.Sum(s => s.Count), test = config.Test, learned = config.Frames == 0 ? all - test : config.Frames;
        if (config.Data is null) // of what is there: a half in the first round, and frames without a label are left out
            (learned, test) = ((int)((long)all * learned / (learned + test)), (int)((long)all * test / (learned + test)));
        return learned + test <= all && learned >= LeastFrames ? (learned, test) : throw new ArgumentException(
            $"{learned} frames to learn from (at least {LeastFrames}) and {test} to test on: there are {all}");
    }

    /// <summary>A tenth of the frames to learn from, by which a member chooses the state that it keeps.</summary>
    /// <param name="random">The member's.</param>
    public (int[][] Training, int[][] Validation) Validation(RandomSource random)
    {
        (int, int)[] all = [.. Learned.SelectMany((l, n) => l.Select(f => (n, f)))];
        FrameOrder.Shuffle(all, random);
        int held = (int)Math.Ceiling(ValidationShare * all.Length);
        return (BySet(all[held..], Learned.Length), BySet(all[..held], Learned.Length));
    }

    private static int[][] BySet((int Set, int Frame)[] frames, int sets)
    {
        ILookup<int, int> own = frames.ToLookup(f => f.Set, f => f.Frame);
        return [.. Enumerable.Range(0, sets).Select(n => own[n].ToArray())];
    }
}
