using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>
/// How much of the beginning is discarded, after J. D. Chodera, J. Chem. Theory Comput. 12 (2016) 1799: the number of effective samples
/// left, N(t0) = (T - t0)/g(t0), grows while a drift is cut away and falls when good samples are. Here N is the smallest over all
/// observables, each the mean over the chains at every frame, which shows a drift that all chains share; the earliest t0 that leaves 90 %
/// of the largest N is taken, because g is noisy and the largest N alone would discard half of a stationary run now and then. At most one
/// half is discarded.
/// </summary>
/// <param name="Frames">Discarded from every chain.</param>
/// <param name="Candidates">[C] frames that were tried.</param>
/// <param name="EffectiveSizes">[C] smallest effective number of samples over the observables, for each candidate.</param>
/// <param name="LimitingObservable">Index of the observable that kept the start from being earlier: with the fewest at the candidate before
/// the chosen one. -1 if there were too few frames to choose.</param>
/// <param name="AtLimit">The choice is the largest that was tried: the drift may not be over.</param>
public sealed record Equilibration(int Frames, IReadOnlyList<int> Candidates, IReadOnlyList<double> EffectiveSizes, int LimitingObservable,
    bool AtLimit)
{
    /// <summary>With fewer frames nothing is chosen and nothing discarded.</summary>
    public const int FewestFrames = 20;

    private const double Enough = 0.9; // of the largest N
    private const int MostPoints = 2000, Steps = 20;

    /// <summary>Takes the earliest start whose worst observable has nearly the largest effective size.</summary>
    /// <param name="observables">[observables][T] means over the chains, of equal length.</param>
    public static Equilibration Choose(IReadOnlyList<double[]> observables)
    {
        int length = observables.Count == 0 ? 0 : observables[0].Length;
        if (length < FewestFrames)
            return new(0, [0], [double.NaN], -1, false);
        int block = (length + MostPoints - 1) / MostPoints, blocks = length / block;
        double[][] averaged =
            [.. observables.Select(o => Enumerable.Range(0, blocks).Select(b => o.AsSpan(b * block, block).ToArray().Average()).ToArray())];
        int[] starts = [.. Enumerable.Range(0, Steps + 1).Select(s => blocks / 2 * s / Steps).Distinct()];
        (double Size, int Observable)[] worst =
            [.. starts.Select(start => averaged.Select((o, n) => ((blocks - start) / Autocorrelation.StatisticalInefficiency([o[start..]]),
            n)).Min())];
        double largest = worst.Max(w => w.Size);
        int best = Array.FindIndex(worst, w => w.Size >= Enough * largest);
        return new(starts[best] * block, [.. starts.Select(s => s * block)], [.. worst.Select(w => w.Size)],
            worst[Math.Max(0, best - 1)].Observable, best == starts.Length - 1);
    }
}
