using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// How well chains have mixed, of functions of the samples: along each ladder's samples of the asked temperature, and along each walker on
/// its way over the rungs. The second is what sees a ring that no walker turns over: swaps bring walkers of both kinds to the lowest rung
/// in turn, so the rung looks mixed while the share of each kind is the one that the ladder began with.
/// </summary>
internal static class ChainMixing
{
    private const double Constant = 1e-4; // by symmetry, up to rounding

    /// <summary>The largest split R-hat and the smallest bulk effective size on the lowest rung, whose samples come first.</summary>
    /// <param name="observables">[S] each, in the order of <see cref="LadderTrajectory.ToEnsemble"/>.</param>
    /// <param name="ladders">M.</param>
    /// <param name="frames">T.</param>
    public static (double Rhat, double Size) OfObservables(IEnumerable<double[]> observables, int ladders, int frames)
    {
        double worst = 1, least = double.PositiveInfinity;
        foreach (double[] observable in observables)
        {
            double[][] chains = [.. Enumerable.Range(0, ladders).Select(m => Enumerable.Range(0, frames).Select(t =>
                observable[t * ladders + m]).ToArray())];
            if (IsConstant(chains))
                continue;
            worst = Larger(worst, ChainDiagnostics.SplitRhat(chains));
            least = Math.Min(least, ChainDiagnostics.BulkEffectiveSize(chains));
        }
        return (worst, double.IsInfinity(least) ? frames * ladders : least);
    }

    /// <summary>The largest split R-hat along walkers, whatever rung they are on: all have the same law, the mean over the rungs.</summary>
    /// <param name="letters">[S] indicators of single torsions, rings and nitrogens, in the same order.</param>
    /// <param name="walks">[walker][T] samples.</param>
    public static double OfWalkers(IEnumerable<double[]> letters, int[][] walks)
    {
        double worst = 1;
        foreach (double[] letter in letters)
        {
            double[][] chains = [.. walks.Select(walk => Array.ConvertAll(walk, n => letter[n]))];
            if (!IsConstant(chains))
                worst = Larger(worst, ChainDiagnostics.SplitRhat(chains));
        }
        return worst;
    }

    private static bool IsConstant(double[][] chains) => chains.Max(c => c.Max()) - chains.Min(c => c.Min()) < Constant;

    private static double Larger(double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Max(a, b);
}
