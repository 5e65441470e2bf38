using MolSampling.Sampling;

namespace MolSampling.Jobs.LearnedPotentials;

/// <summary>Orders drawn at random (Fisher and Yates).</summary>
internal static class FrameOrder
{
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
