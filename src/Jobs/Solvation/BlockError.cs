using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.Solvation;

/// <summary>
/// Errors of a run whose walkers exchange windows. Within a window rows come from one walker after the other and look independent of one
/// another sooner than the walkers forget where they were, so what a window's own correlation time gives is too small. Here whole stretches
/// of time, all windows together, are left out in turn (jackknife): what outlives a stretch is not in it, and independent sets are
/// stretches like any other.
/// </summary>
internal static class BlockError
{
    private const int BlocksOfASet = 5;

    /// <summary>Differences between windows with their errors, kT.</summary>
    /// <param name="run">With ten frames at least.</param>
    /// <param name="sets">Of windows.</param>
    /// <param name="pairs">From one window to another.</param>
    /// <param name="first">Frames that count, from the first on; null for all.</param>
    /// <returns>[pairs] errors; NaN where MBAR finds no solution.</returns>
    public static double[] Of(SolvationRun run, int sets, IReadOnlyList<(int From, int To)> pairs, int? first = null) =>
        WithoutStretches(run, [.. Enumerable.Range(0, sets)], pairs, first ?? run.Frames);

    /// <summary>What a set's own stretches say of its error, the mean square over all sets: whether sets agree must not be judged by an
    /// error that their disagreement is a part of.</summary>
    /// <param name="run">With ten frames at least.</param>
    /// <param name="sets">Of windows.</param>
    /// <param name="pair">From one window to another.</param>
    public static double OfOneSet(SolvationRun run, int sets, (int From, int To) pair) =>
        Math.Sqrt(Enumerable.Range(0, sets).Select(s => WithoutStretches(run, [s], [pair], run.Frames)[0]).Average(e => e * e));

    private static double[] WithoutStretches(SolvationRun run, int[] sets, IReadOnlyList<(int From, int To)> pairs, int frames)
    {
        int blocks = sets.Length * BlocksOfASet;
        double[][] without = [.. Enumerable.Range(0, blocks).Select(b =>
        {
            (int set, int part) = (sets[b / BlocksOfASet], b % BlocksOfASet);
            int from = frames * part / BlocksOfASet, to = frames * (part + 1) / BlocksOfASet;
            Mbar mbar = Mbar.Solve(run.Sampled.Choose((s, n) => sets.Contains(s) && n < frames && (s != set || n < from || n >= to)));
            return (double[])[.. pairs.Select(p => mbar.Difference(p.From, p.To) is { Status: EstimatorStatus.Converged } d ? d.Value
                : double.NaN)];
        })];
        // few blocks: Student's factor at two errors, nearly
        double few = Math.Sqrt((blocks - 1.0) / (blocks - 3.0));
        return [.. Enumerable.Range(0, pairs.Count).Select(p => few * Jackknife.StandardError([.. without.Select(w => w[p])]))];
    }
}
