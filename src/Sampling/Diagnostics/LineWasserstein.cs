namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The Wasserstein distance on the line: mass moves in order, so it is exact by sorting, for samples of different sizes and with weights.
/// Of energies with order 2 it is the energy-W2 of the literature on Boltzmann generators, in the energies' unit (there kT). Its square is
/// ruled by the largest energies: a figure needs its noise floor.
/// </summary>
public static class LineWasserstein
{
    /// <summary>(integral |x(u) - y(u)|^p du)^(1/p) over quantiles.</summary>
    /// <param name="first">Numbers.</param>
    /// <param name="second">Numbers.</param>
    /// <param name="order">p, 1 or larger.</param>
    /// <exception cref="ArgumentException">Points of more than one component, or p below 1.</exception>
    public static double Distance(Draws first, Draws second, double order = 2)
    {
        var pool = new Pool(first, second, order);
        return Root(pool.Transport(pool.Masses(first, 0), pool.Masses(second, first.Count)), order);
    }

    /// <summary>The distance beside its noise floor.</summary>
    /// <param name="first">Numbers.</param>
    /// <param name="second">Numbers.</param>
    /// <param name="permutations">Of the floor.</param>
    /// <param name="random">For the floor.</param>
    /// <param name="order">p, 1 or larger.</param>
    public static DistanceScore Score(Draws first, Draws second, int permutations, RandomSource random, double order = 2)
    {
        var pool = new Pool(first, second, order);
        return DistanceScore.Of(Distance(first, second, order), first, second, (a, b) =>
            Root(pool.Transport(pool.Masses(a), pool.Masses(b)), order), permutations, random);
    }

    private static double Root(double cost, double order) => order == 1 ? cost : order == 2 ? Math.Sqrt(cost) : Math.Pow(cost, 1 / order);

    // all values in order, once; every sample of them is a set of masses on this axis
    private sealed class Pool
    {
        private readonly double[] _ascending;
        private readonly int[] _place;
        private readonly double _order;

        public Pool(Draws first, Draws second, double order)
        {
            Draws.RequireSameDimension(first, second, 1);
            if (!(order >= 1) || double.IsInfinity(order))
                throw new ArgumentException($"The order of a Wasserstein distance is at least 1, not {order}.", nameof(order));
            (_ascending, _place) = Ordered([.. first.Values, .. second.Values]);
            _order = order;
        }

        public double[] Masses(Draws draws, int offset)
        {
            var masses = new double[_ascending.Length];
            for (int i = 0; i < draws.Count; i++)
                masses[_place[offset + i]] = draws.Mass(i);
            return masses;
        }

        public double[] Masses(int[] points)
        {
            var masses = new double[_ascending.Length];
            foreach (int point in points)
                masses[_place[point]] += 1.0 / points.Length;
            return masses;
        }

        public double Transport(double[] first, double[] second)
        {
            double cost = 0;
            int i = 0, j = 0;
            while (true)
            {
                while (i < first.Length && first[i] == 0)
                    i++;
                while (j < second.Length && second[j] == 0)
                    j++;
                if (i == first.Length || j == second.Length)
                    return cost; // what is left on one side is the rounding of sums to one
                double mass = Math.Min(first[i], second[j]), way = Math.Abs(_ascending[i] - _ascending[j]);
                cost += mass * (_order == 1 ? way : _order == 2 ? way * way : Math.Pow(way, _order));
                first[i] -= mass;
                second[j] -= mass;
            }
        }
    }

    /// <summary>Values in ascending order and the place of each.</summary>
    internal static (double[] Ascending, int[] Place) Ordered(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)], place = new int[values.Length];
        Array.Sort(values, order);
        for (int i = 0; i < order.Length; i++)
            place[order[i]] = i;
        return (values, place);
    }
}
