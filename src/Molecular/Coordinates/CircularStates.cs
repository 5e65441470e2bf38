namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// The states of one angle: the arcs between the minima of its smoothed density. A minimum separates two states only if it lies below half
/// of the lower of the two peaks beside it and each state holds at least a thousandth of the weight: shoulders and noise make no states.
/// Where a symmetry turns or reflects the angle, the borders are turned or reflected onto borders, so that it maps states onto states.
/// </summary>
internal sealed class CircularStates
{
    private const int Bins = 120;
    private const double Smoothing = 10 * Math.PI / 180, SmallestShare = 1e-3, DeepestMinimum = 0.5;

    private readonly double[] _boundaries; // ascending, in [-pi, pi)

    private CircularStates(double[] boundaries, double[] centres) => (_boundaries, Centres) = (boundaries, centres);

    /// <summary>Number of states, at least 1.</summary>
    public int Count => Math.Max(1, _boundaries.Length);

    /// <summary>[Count] mean direction of each state, rad.</summary>
    public IReadOnlyList<double> Centres { get; }

    /// <summary>The state of an angle, 0 .. Count - 1.</summary>
    public int StateOf(double angle)
    {
        if (_boundaries.Length < 2)
            return 0;
        int state = 0;
        while (state < _boundaries.Length && angle >= _boundaries[state])
            state++;
        return state % _boundaries.Length; // the arc over the cut at pi is state 0
    }

    /// <summary>[Count] for each state the one that it becomes where the angle is reflected, if so, and then turned: a permutation if the
    /// states were found with that symmetry.</summary>
    /// <param name="reflected">Whether the angle changes its sign.</param>
    /// <param name="turn">rad.</param>
    public int[] Images(bool reflected, double turn)
    {
        int[] images = new int[Count];
        for (int s = 0; s < images.Length && Count > 1; s++)
        {
            (double from, double to) = (_boundaries[(s + Count - 1) % Count], _boundaries[s]); // their middles are far from all borders
            double middle = 0.5 * (from + to + (s == 0 ? 2 * Math.PI : 0));
            images[s] = StateOf(Math.IEEERemainder((reflected ? -middle : middle) + turn, 2 * Math.PI));
        }
        return images;
    }

    /// <summary>Whether states can be found that so many turns map onto states.</summary>
    public static bool CanTurn(int turns) => Bins % turns == 0;

    /// <summary>Finds the states of weighted angles.</summary>
    /// <param name="angles">rad in [-pi, pi].</param>
    /// <param name="weights">Of the same length.</param>
    /// <param name="turns">A symmetry adds 2 pi / turns to the angle: each angle stands for all that it is turned to.</param>
    /// <param name="reflected">A symmetry changes the angle's sign: each stands for its mirror image as well.</param>
    public static CircularStates Find(ReadOnlySpan<double> angles, ReadOnlySpan<double> weights, int turns = 1, bool reflected = false)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(CanTurn(turns), true);
        var histogram = new double[Bins];
        double total = 0;
        for (int n = 0; n < angles.Length; n++)
        {
            histogram[Bin(angles[n])] += weights[n];
            total += weights[n];
        }
        Symmetrise(histogram, turns, reflected);
        double[] density = Smooth(histogram);
        Symmetrise(density, turns, reflected); // sums in another order round otherwise
        var cuts = Enumerable.Range(0, Bins).Where(b => density[b] <= density[(b + Bins - 1) % Bins]
            && density[b] < density[(b + 1) % Bins]).ToList();
        while (cuts.Count > 1 && Weakest(cuts, density, histogram, total) is { } weakest)
        {
            int[] images = [.. Orbit(cuts[weakest], turns, reflected)];
            cuts.RemoveAll(images.Contains);
        }
        if (cuts.Count < 2)
            cuts.Clear();
        // a minimum of two equal bins, as reflections make them, lies between them
        double[] boundaries = [.. cuts.Select(b => -Math.PI + 2 * Math.PI * (b + (density[b] == density[(b + Bins - 1) % Bins] ? 0 : 0.5))
            / Bins)];
        var states = new CircularStates(boundaries, []);
        double[] sines = new double[states.Count], cosines = new double[states.Count];
        for (int n = 0; n < angles.Length; n++)
        {
            for (int image = 0; image < (reflected ? 2 : 1) * turns; image++)
            {
                double angle = Math.IEEERemainder((image < turns ? angles[n] : -angles[n]) + 2 * Math.PI * image / turns, 2 * Math.PI);
                int state = states.StateOf(angle);
                sines[state] += weights[n] * Math.Sin(angle);
                cosines[state] += weights[n] * Math.Cos(angle);
            }
        }
        return new(boundaries, [.. sines.Zip(cosines, Math.Atan2)]);
    }

    private static int Bin(double angle) => Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * Bins), 0, Bins - 1);

    /// <summary>Means over the images of each bin: equal to the bit within an orbit.</summary>
    private static void Symmetrise(double[] values, int turns, bool reflected)
    {
        for (int b = 0; b < Bins; b++)
        {
            int[] orbit = [.. Orbit(b, turns, reflected)];
            if (orbit.Min() < b)
                continue; // done with the first of them
            double mean = orbit.Average(n => values[n]);
            foreach (int n in orbit)
                values[n] = mean;
        }
    }

    private static IEnumerable<int> Orbit(int bin, int turns, bool reflected) =>
        Enumerable.Range(0, turns).Select(n => (bin + n * (Bins / turns)) % Bins)
            .SelectMany(b => reflected ? [b, Bins - 1 - b] : (int[])[b]).Distinct();

    private static double[] Smooth(double[] histogram)
    {
        var density = new double[Bins];
        for (int b = 0; b < Bins; b++)
        {
            for (int d = -Bins / 2; d < Bins / 2; d++)
            {
                double z = d * 2 * Math.PI / Bins / Smoothing;
                density[b] += histogram[(b + d + Bins) % Bins] * Math.Exp(-0.5 * z * z);
            }
        }
        return density;
    }

    /// <summary>The index of the highest minimum that separates nothing; null if all do.</summary>
    private static int? Weakest(List<int> cuts, double[] density, double[] histogram, double total)
    {
        int? worst = null;
        double highest = -1;
        for (int c = 0; c < cuts.Count; c++)
        {
            (double before, double shareBefore) = Arc(cuts[(c + cuts.Count - 1) % cuts.Count], cuts[c], density, histogram);
            (double after, double shareAfter) = Arc(cuts[c], cuts[(c + 1) % cuts.Count], density, histogram);
            bool shallow = density[cuts[c]] > DeepestMinimum * Math.Min(before, after);
            bool small = Math.Min(shareBefore, shareAfter) < SmallestShare * total;
            if ((shallow || small) && density[cuts[c]] > highest)
                (worst, highest) = (c, density[cuts[c]]);
        }
        return worst;
    }

    private static (double Peak, double Share) Arc(int from, int to, double[] density, double[] histogram)
    {
        double peak = 0, share = 0;
        int length = (to - from + Bins) % Bins;
        if (length == 0)
            length = Bins;
        for (int d = 1; d <= length; d++)
        {
            peak = Math.Max(peak, density[(from + d) % Bins]);
            share += histogram[(from + d) % Bins];
        }
        return (peak, share);
    }
}
