using MolSampling.Sampling;

namespace MolSampling.Jobs.Solvation;

/// <summary>Which walker of a set samples which window; neighbours exchange them by Metropolis' rule, which leaves the joint law as it is:
/// Y. Sugita, A. Kitao, Y. Okamoto, J. Chem. Phys. 113 (2000) 6042.</summary>
/// <param name="windows">K, each with one walker at first.</param>
/// <param name="random">The set's.</param>
internal sealed class WindowExchange(int windows, RandomSource random)
{
    /// <summary>[K] the window of each walker.</summary>
    public int[] WindowOf { get; } = [.. Enumerable.Range(0, windows)];

    /// <summary>[K - 1] exchanges tried between window k and k + 1.</summary>
    public long[] Tried { get; } = new long[windows - 1];

    /// <summary>[K - 1] made.</summary>
    public long[] Made { get; } = new long[windows - 1];

    /// <summary>One sweep over even or odd neighbours.</summary>
    /// <param name="potentials">[K, K] reduced energies of walker m in window k at K m + k.</param>
    /// <param name="frame">Number of the frame: what is drawn is a function of it.</param>
    /// <returns>The walkers whose window is another.</returns>
    public IEnumerable<int> Sweep(ReadOnlySpan<double> potentials, long frame)
    {
        int[] walkerOf = new int[windows];
        for (int m = 0; m < windows; m++)
            walkerOf[WindowOf[m]] = m;
        var moved = new List<int>();
        RandomSource own = random.Split(frame);
        for (int k = (int)(frame % 2); k + 1 < windows; k += 2)
        {
            (int a, int b) = (walkerOf[k], walkerOf[k + 1]);
            double change = potentials[windows * a + k + 1] + potentials[windows * b + k] - potentials[windows * a + k]
                - potentials[windows * b + k + 1];
            Tried[k]++;
            if (!(Math.Log(own.NextDouble()) < -change))
                continue;
            Made[k]++;
            (WindowOf[a], WindowOf[b]) = (k + 1, k);
            moved.AddRange([a, b]);
        }
        return moved;
    }
}
