namespace MolSampling.Sampling.Diagnostics;

/// <summary>How replicas travel on a ladder.</summary>
public static class ReplicaMixing
{
    /// <summary>Journeys lowest - highest - lowest rung, summed over all walkers.</summary>
    /// <param name="rungHistory">[time][walker] rung.</param>
    /// <param name="rungs">K; with one rung there are none.</param>
    public static int RoundTrips(IReadOnlyList<int[]> rungHistory, int rungs)
    {
        if (rungs < 2 || rungHistory.Count == 0)
            return 0;
        int trips = 0;
        for (int walker = 0; walker < rungHistory[0].Length; walker++)
        {
            int leg = 0; // 0 not yet cold, 1 cold and on the way up, 2 hot and on the way down
            foreach (int[] now in rungHistory)
            {
                if (now[walker] == 0)
                {
                    trips += leg == 2 ? 1 : 0;
                    leg = 1;
                }
                else if (now[walker] == rungs - 1 && leg == 1)
                {
                    leg = 2;
                }
            }
        }
        return trips;
    }
}
