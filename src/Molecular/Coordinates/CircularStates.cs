namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// The states of one angle: the arcs between the minima of its smoothed density. A minimum separates two states only if it lies below half
/// of the lower of the two peaks beside it and each state holds at least a thousandth of the weight: shoulders and noise make no states.
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

    /// <summary>Finds the states of weighted angles.</summary>
    /// <param name="angles">rad in [-pi, pi].</param>
    /// <param name="weights">Of the same length.</param>
    public static CircularStates Find(ReadOnlySpan<double> angles, ReadOnlySpan<double> weights)
    {
        var histogram = new double[Bins];
        double total = 0;
        for (int n = 0; n < angles.Length; n++)
        {
            histogram[Bin(angles[n])] += weights[n];
            total += weights[n];
        }
        double[] density = Smooth(histogram);
        var cuts = Enumerable.Range(0, Bins).Where(b => density[b] <= density[(b + Bins - 1) % Bins]
            && density[b] < density[(b + 1) % Bins]).ToList();
        while (cuts.Count > 1 && Weakest(cuts, density, histogram, total) is { } weakest)
            cuts.RemoveAt(weakest);
        if (cuts.Count < 2)
            cuts.Clear();
        double[] boundaries = [.. cuts.Select(b => -Math.PI + 2 * Math.PI * (b + 0.5) / Bins)];
        var states = new CircularStates(boundaries, []);
        double[] sines = new double[states.Count], cosines = new double[states.Count];
        for (int n = 0; n < angles.Length; n++)
        {
            int state = states.StateOf(angles[n]);
            sines[state] += weights[n] * Math.Sin(angles[n]);
            cosines[state] += weights[n] * Math.Cos(angles[n]);
        }
        return new(boundaries, [.. sines.Zip(cosines, Math.Atan2)]);
    }

    private static int Bin(double angle) => Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * Bins), 0, Bins - 1);

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
