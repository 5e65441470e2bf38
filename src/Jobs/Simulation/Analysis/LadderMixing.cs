using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>How replicas travel between rungs.</summary>
/// <param name="Acceptances">[K - 1] of swaps tried between neighbours since the beginning; NaN where none was counted.</param>
/// <param name="Transitions">[K, K] probability that a replica at the row's rung is at the column's one frame later; rows sum to 1.</param>
/// <param name="RoundTrips">Journeys lowest - highest - lowest rung, over all replicas.</param>
/// <param name="RoundTripsPerNanosecond">Of one replica.</param>
/// <param name="Travellers">Replicas with at least one round trip.</param>
/// <param name="Replicas">In all.</param>
public sealed record LadderMixing(IReadOnlyList<double> Acceptances, IReadOnlyList<double> Transitions, int RoundTrips,
    double RoundTripsPerNanosecond, int Travellers, int Replicas)
{
    /// <summary>Follows every replica over the whole run.</summary>
    /// <param name="trace">All frames.</param>
    /// <param name="acceptances">[K - 1] from the run's counters.</param>
    public static LadderMixing Of(SimulationTrace trace, IReadOnlyList<double> acceptances)
    {
        int k = trace.Temperatures.Count, trips = 0, travellers = 0, replicas = 0;
        double picoseconds = 0;
        var counts = new double[k * k];
        foreach (LadderTrace ladder in trace.Ladders)
        {
            foreach (IGrouping<int, int> replica in Enumerable.Range(0, ladder.Count).GroupBy(row => ladder.Replicas[row]))
            {
                int[] rows = [.. replica];
                for (int n = 1; n < rows.Length; n++)
                    if (ladder.Steps[rows[n]] - ladder.Steps[rows[n - 1]] == trace.StepsPerFrame)
                        counts[ladder.Rungs[rows[n - 1]] * k + ladder.Rungs[rows[n]]]++;
                int own = ReplicaMixing.RoundTrips([.. rows.Select(r => new[] { ladder.Rungs[r] })], k);
                trips += own;
                travellers += own > 0 ? 1 : 0;
                replicas++;
                picoseconds += rows.Length * trace.FramePicoseconds;
            }
        }
        double[] sums = [.. Enumerable.Range(0, k).Select(r => counts.AsSpan(r * k, k).ToArray().Sum())];
        return new(acceptances, [.. counts.Select((c, n) => c / sums[n / k])], trips, trips / (picoseconds * 1e-3), travellers, replicas);
    }
}
