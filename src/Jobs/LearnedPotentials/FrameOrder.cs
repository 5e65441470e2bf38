using MolSampling.Sampling;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Orders drawn at random (Fisher and Yates).</summary>
internal static class FrameOrder
{
    /// <summary>0 .. count - 1.</summary>
    public static int[] Of(int count, RandomSource random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        Shuffle(order, random);
        return order;
    }

    /// <summary>In place.</summary>
    public static void Shuffle<T>(T[] items, RandomSource random)
    {
        for (int n = items.Length - 1; n > 0; n--)
        {
            int m = random.NextInt(n + 1);
            (items[n], items[m]) = (items[m], items[n]);
        }
    }
}
