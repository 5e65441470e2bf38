namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>
/// k medoids under any distance: centres by farthest-first traversal (T. F. Gonzalez, Theor. Comput. Sci. 38 (1985) 293), then, in turn,
/// every point to its nearest centre and every centre to the member with the least sum of distances to the others (H.-S. Park, C.-H. Jun,
/// Expert Syst. Appl. 36 (2009) 3336). Deterministic.
/// </summary>
internal static class MedoidClustering
{
    /// <summary>The distances of one point to others.</summary>
    public delegate void Distances(int point, ReadOnlySpan<int> others, Span<double> distances);

    /// <summary>Finds the medoids.</summary>
    /// <param name="count">Points.</param>
    /// <param name="clusters">How many are wanted; fewer come where so many points do not differ.</param>
    /// <param name="distances">The distance.</param>
    /// <param name="rounds">Of moving the centres, at most.</param>
    public static int[] Medoids(int count, int clusters, Distances distances, int rounds)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        if (clusters >= count)
            return all;
        double[] row = new double[count];
        var centres = new List<int>();
        double[] nearest = [.. Enumerable.Repeat(double.PositiveInfinity, count)];
        int[] cluster = new int[count];
        void Assign(int centre, int number)
        {
            distances(centre, all, row);
            for (int p = 0; p < count; p++)
                if (row[p] < nearest[p])
                    (nearest[p], cluster[p]) = (row[p], number);
        }
        for (int c = 0; c < clusters && nearest.Max() > 0; c++)
        {
            int farthest = c == 0 ? 0 : Array.IndexOf(nearest, nearest.Max());
            centres.Add(farthest);
            Assign(farthest, c);
        }
        for (int round = 0; round < rounds; round++)
        {
            int[] moved = [.. all.GroupBy(p => cluster[p]).OrderBy(g => g.Key).Select(g => Medoid([.. g], distances, row))];
            if (moved.SequenceEqual(centres))
                break;
            centres = [.. moved];
            Array.Fill(nearest, double.PositiveInfinity);
            for (int c = 0; c < centres.Count; c++)
                Assign(centres[c], c);
        }
        return [.. centres];
    }

    private static int Medoid(int[] members, Distances distances, double[] row)
    {
        (double Sum, int Member) best = (double.PositiveInfinity, -1);
        foreach (int member in members)
        {
            Span<double> others = row.AsSpan(0, members.Length);
            distances(member, members, others);
            double sum = 0;
            foreach (double distance in others)
                sum += distance;
            if (sum < best.Sum)
                best = (sum, member);
        }
        return best.Member;
    }
}
