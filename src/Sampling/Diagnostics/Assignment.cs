namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The cheapest one-to-one assignment of n rows to n columns, by shortest augmenting paths: R. Jonker, A. Volgenant, Computing 38 (1987)
/// 325. Of order n^3 at worst, n^2 numbers in memory. The potentials prove it: u_i + v_j is nowhere above the cost and equal to it where i
/// is assigned to j, so that no assignment is cheaper than their sum.
/// </summary>
/// <param name="Columns">[n] column of each row.</param>
/// <param name="RowPotentials">[n] u.</param>
/// <param name="ColumnPotentials">[n] v.</param>
/// <param name="Cost">Sum over rows.</param>
internal sealed record Assignment(int[] Columns, double[] RowPotentials, double[] ColumnPotentials, double Cost)
{
    /// <summary>The permutation of least cost.</summary>
    /// <param name="costs">[n, n], columns running fastest.</param>
    /// <param name="n">Rows.</param>
    /// <exception cref="ArgumentException">A cost is not finite, or there are not n^2.</exception>
    public static Assignment Solve(ReadOnlySpan<double> costs, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (costs.Length != (long)n * n)
            throw new ArgumentException($"{costs.Length} costs are not {n} x {n}.", nameof(costs));
        Finite.Require(costs, nameof(costs));
        int[] column = new int[n], row = new int[n], free = new int[n];
        Array.Fill(column, -1);
        Array.Fill(row, -1);
        var v = new double[n];
        ReduceColumns(costs, column, row, v);
        int waiting = 0;
        for (int i = 0; i < n; i++)
            if (column[i] < 0)
                free[waiting++] = i;
        for (int sweep = 0; sweep < 2 && waiting > 0; sweep++)
            waiting = ReduceRows(costs, column, row, v, free, waiting);
        var distances = new double[n];
        int[] from = new int[n], order = new int[n];
        for (int f = 0; f < waiting; f++)
            Augment(costs, column, row, v, free[f], distances, from, order);

        var u = new double[n];
        double cost = 0;
        for (int i = 0; i < n; i++)
        {
            cost += costs[i * n + column[i]];
            u[i] = costs[i * n + column[i]] - v[column[i]];
        }
        return new(column, u, v, cost);
    }

    // every column offers itself to its cheapest row; a row keeps the first offer, and lowers its price to just below its second choice
    private static void ReduceColumns(ReadOnlySpan<double> costs, int[] column, int[] row, double[] v)
    {
        int n = v.Length;
        int[] cheapest = new int[n], offers = new int[n];
        Array.Fill(v, double.PositiveInfinity);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (costs[i * n + j] < v[j])
                    (v[j], cheapest[j]) = (costs[i * n + j], i);
        for (int j = n - 1; j >= 0; j--)
            if (offers[cheapest[j]]++ == 0)
                (column[cheapest[j]], row[j]) = (j, cheapest[j]);
        for (int i = 0; i < n; i++)
        {
            if (offers[i] != 1 || n == 1)
                continue;
            double second = double.PositiveInfinity;
            for (int j = 0; j < n; j++)
                if (j != column[i])
                    second = Math.Min(second, costs[i * n + j] - v[j]);
            v[column[i]] -= second - (costs[i * n + column[i]] - v[column[i]]);
        }
    }

    // a free row takes its best column, from another row if need be, for as much as the second best is worse
    private static int ReduceRows(ReadOnlySpan<double> costs, int[] column, int[] row, double[] v, int[] free, int waiting)
    {
        // prices that fall by the last bit alone would keep rows bidding without end: a row displaced later waits
        int n = v.Length, left = 0, next = 0, tries = 4 * n;
        while (next < waiting)
        {
            int i = free[next++];
            double best = double.PositiveInfinity, second = double.PositiveInfinity;
            int at = -1, then = -1;
            for (int j = 0; j < n; j++)
            {
                double reduced = costs[i * n + j] - v[j];
                if (reduced < best)
                    (second, then, best, at) = (best, at, reduced, j);
                else if (reduced < second)
                    (second, then) = (reduced, j);
            }
            double lowered = v[at] - (second - best);
            bool falls = lowered < v[at]; // by rounding it may not: then there is nothing to gain, and the loop would not end
            if (then < 0)
                falls = false;
            else if (falls)
                v[at] = lowered;
            else if (row[at] >= 0)
                at = then;
            int displaced = row[at];
            (column[i], row[at]) = (at, i);
            if (displaced < 0)
                continue;
            column[displaced] = -1;
            if (falls && tries-- > 0)
                free[--next] = displaced;
            else
                free[left++] = displaced;
        }
        return left;
    }

    // Dijkstra over reduced costs from a free row to the nearest free column; then every row on the way moves on
    private static void Augment(ReadOnlySpan<double> costs, int[] column, int[] row, double[] v, int start, double[] distances, int[] from,
        int[] order)
    {
        int n = v.Length, reached = 0, end;
        for (int j = 0; j < n; j++)
        {
            distances[j] = costs[start * n + j] - v[j];
            from[j] = start;
            order[j] = j; // the first are done
        }
        while (true)
        {
            int nearest = reached;
            for (int k = reached + 1; k < n; k++)
                if (distances[order[k]] < distances[order[nearest]])
                    nearest = k;
            (order[reached], order[nearest]) = (order[nearest], order[reached]);
            end = order[reached];
            if (row[end] < 0)
                break;
            reached++;
            int i = row[end];
            double shift = costs[i * n + end] - v[end] - distances[end];
            for (int k = reached; k < n; k++)
            {
                int j = order[k];
                double way = costs[i * n + j] - v[j] - shift;
                if (way < distances[j])
                    (distances[j], from[j]) = (way, i);
            }
        }
        for (int k = 0; k < reached; k++)
            v[order[k]] += distances[order[k]] - distances[end];
        int mover;
        do
        {
            mover = from[end];
            row[end] = mover;
            (column[mover], end) = (end, column[mover]);
        }
        while (mover != start);
    }
}
