using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>
/// Whether the replicas of ladders have left the torsion states in which they began. Swaps bring replicas of every kind to the target rung
/// in turn, so the rung looks mixed while the share of each kind is the one at the start. Along a replica, whatever rung it is on, all have
/// the same law: the split R-hat of a state's indicator over replicas is near one only where each has come and gone.
/// </summary>
/// <param name="Torsion">The one that is remembered longest.</param>
/// <param name="Rhat">Over replicas, of its worst state; for series of length T that relax in tau, R-hat^2 - 1 = 4 tau / T.</param>
public sealed record ReplicaMemory(string Torsion, double Rhat)
{
    /// <summary>T = 6 tau: exp(-6) of the start is left.</summary>
    public const double Limit = 1.3;

    private const int FewestFrames = 8, MostFrames = 400; // of a replica: more cost time and say the same

    /// <summary>Follows every replica after equilibration.</summary>
    /// <param name="trace">With ladders.</param>
    /// <param name="chains">Whose replicas.</param>
    /// <param name="discardedStep">Rows up to it are left out.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null without torsions that differ, or with too few frames.</returns>
    public static ReplicaMemory? Of(SimulationTrace trace, ChainSet chains, long discardedStep, CancellationToken cancellation)
    {
        (LadderTrace Ladder, int[] Rows)[] replicas = [.. chains.Ladders.Select(l => trace.Ladders[l]).SelectMany(ladder =>
            Enumerable.Range(0, ladder.Count).Where(row => ladder.Steps[row] > discardedStep).GroupBy(row => ladder.Replicas[row])
                .Select(g => (ladder, g.ToArray())))];
        int length = replicas.Length == 0 ? 0 : replicas.Min(r => r.Rows.Length), stride = Math.Max(1, length / MostFrames),
            frames = length / stride;
        if (frames < FewestFrames || replicas.Length < 2)
            return null;
        double[] worst = new double[trace.Torsions.Count];
        Parallel.For(0, worst.Length, ParallelWork.Options(0, cancellation), t =>
        {
            double[][] angles = [.. replicas.Select(r => Enumerable.Range(0, frames).Select(n =>
                (double)r.Ladder.Angles[t][r.Rows[n * stride]]).ToArray())];
            double[] pooled = [.. angles.SelectMany(a => a)], even = new double[pooled.Length];
            Array.Fill(even, 1);
            var states = CircularStates.Find(pooled, even);
            for (int s = 0; s < states.Count && states.Count > 1; s++)
                worst[t] = Math.Max(worst[t], ChainDiagnostics.SplitRhat([.. angles.Select(a =>
                    Array.ConvertAll(a, v => states.StateOf(v) == s ? 1.0 : 0))]));
        });
        int slowest = worst.Length == 0 ? -1 : Array.IndexOf(worst, worst.Max());
        return slowest < 0 || worst[slowest] == 0 ? null : new(trace.Torsions[slowest], worst[slowest]);
    }
}
