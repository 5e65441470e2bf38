using MathNet.Numerics.LinearAlgebra;

namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// How rungs of a ladder exchange replicas. Moves counted in both directions alike (the chain is reversible at equilibrium) make a
/// row-stochastic matrix with real eigenvalues; the second is that of the slowest relaxation of a replica's
/// place on the ladder. J. D. Chodera, M. R. Shirts, J. Chem. Phys. 135 (2011) 194110. The place alone is not Markovian when configurations
/// are slow, so the time is a lower bound: count round trips beside it.
/// </summary>
/// <param name="Matrix">[K, K] probability of being on rung j one lag after rung i. A rung never visited has a row of zeros.</param>
/// <param name="Counts">[K, K] moves seen, not symmetrised.</param>
/// <param name="Unvisited">Rungs that no replica was on.</param>
/// <param name="SecondEigenvalue">1 if the ladder falls into parts between which nobody moved, or a rung is unvisited; 0 with one
/// rung.</param>
/// <param name="RelaxationTime">-lag/ln of it, in steps of the history: +infinity at 1, 0 if it is not positive.</param>
public sealed record RungTransitions(double[,] Matrix, long[,] Counts, IReadOnlyList<int> Unvisited, double SecondEigenvalue,
    double RelaxationTime)
{
    /// <param name="rungHistory">[time][walker] rung, 0 to K - 1.</param>
    /// <param name="rungs">K.</param>
    /// <param name="lag">Steps of the history in a move.</param>
    /// <exception cref="ArgumentException">A rung outside the ladder, rows of different lengths, or a history not longer than the
    /// lag.</exception>
    public static RungTransitions Of(IReadOnlyList<int[]> rungHistory, int rungs, int lag = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rungs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lag);
        if (rungHistory.Count <= lag)
            throw new ArgumentException($"A history of {rungHistory.Count} steps holds no move of {lag}.", nameof(rungHistory));
        int walkers = rungHistory[0].Length;
        for (int t = 0; t < rungHistory.Count; t++)
        {
            if (rungHistory[t].Length != walkers)
                throw new ArgumentException($"rungHistory[{t}] has {rungHistory[t].Length} walkers, the first {walkers}.",
                    nameof(rungHistory));
            if (Array.Exists(rungHistory[t], r => r < 0 || r >= rungs))
                throw new ArgumentException($"rungHistory[{t}] names a rung outside 0..{rungs - 1}.", nameof(rungHistory));
        }
        var counts = new long[rungs, rungs];
        for (int t = lag; t < rungHistory.Count; t++)
            for (int w = 0; w < walkers; w++)
                counts[rungHistory[t - lag][w], rungHistory[t][w]]++;

        double[] visits = [.. Enumerable.Range(0, rungs).Select(i => Enumerable.Range(0, rungs).Sum(j => (double)counts[i, j]
            + counts[j, i]))];
        int[] unvisited = [.. Enumerable.Range(0, rungs).Where(i => visits[i] == 0)];
        var matrix = new double[rungs, rungs];
        for (int i = 0; i < rungs; i++)
            for (int j = 0; j < rungs; j++)
                matrix[i, j] = visits[i] > 0 ? (counts[i, j] + counts[j, i]) / visits[i] : 0;
        if (rungs == 1)
            return new(matrix, counts, unvisited, 0, 0);
        if (unvisited.Length > 0)
            return new(matrix, counts, unvisited, 1, double.PositiveInfinity);
        // similar to the matrix and symmetric, so that eigenvalues are real to the last bit
        var symmetric = Matrix<double>.Build.Dense(rungs, rungs, (i, j) =>
            (counts[i, j] + counts[j, i]) / Math.Sqrt(visits[i] * visits[j]));
        double second = symmetric.Evd(Symmetricity.Symmetric).EigenValues[rungs - 2].Real;
        if (second > 1 - 1e-12)
            return new(matrix, counts, unvisited, 1, double.PositiveInfinity);
        return new(matrix, counts, unvisited, second, second > 0 ? -lag / Math.Log(second) : 0);
    }
}
