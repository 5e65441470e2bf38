namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The Wasserstein distance of order 1 on the circle, in radians: integral |F - G - m| with m the median of the difference of the
/// cumulative distributions over the circle's length. Exact, for samples with or without weights and
/// for histograms. M. Werman, S. Peleg, A. Rosenfeld, Comput. Vis. Graph. Image Process. 32 (1985) 328; J. Rabin, J. Delon, Y. Gousseau, J.
/// Math. Imaging Vis. 41 (2011) 147.
/// </summary>
public static class CircleWasserstein
{
    /// <summary>Between samples of angles, radians; at most pi.</summary>
    /// <exception cref="ArgumentException">Points of more than one component.</exception>
    public static double Distance(Draws first, Draws second)
    {
        (double[] angles, int[] place) = Pool(first, second);
        var difference = new double[angles.Length];
        for (int i = 0; i < place.Length; i++)
            difference[place[i]] = i < first.Count ? first.Mass(i) : -second.Mass(i - first.Count);
        return Transport(angles, difference);
    }

    /// <summary>Between histograms over equal bins of the whole circle, radians, with the mass of a bin at its middle.</summary>
    /// <param name="first">[bins] shares that sum to one.</param>
    /// <param name="second">[bins] likewise.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a histogram is no law: negative, not finite, or not of sum 1.</exception>
    public static double OfHistograms(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        HistogramGrid.RequireLaws(first, second);
        int bins = first.Length;
        var difference = new double[bins];
        for (int b = 0; b < bins; b++)
            difference[b] = first[b] - second[b];
        return Transport([.. Enumerable.Range(0, bins).Select(b => 2 * Math.PI * b / bins)], difference);
    }

    /// <summary>Between samples, beside its noise floor.</summary>
    /// <param name="first">Angles, radians.</param>
    /// <param name="second">Angles, radians.</param>
    /// <param name="permutations">Of the floor.</param>
    /// <param name="random">For the floor.</param>
    public static DistanceScore Score(Draws first, Draws second, int permutations, RandomSource random)
    {
        (double[] angles, int[] place) = Pool(first, second);
        return DistanceScore.Of(Distance(first, second), first, second, (a, b) =>
        {
            var difference = new double[angles.Length];
            foreach (int point in a)
                difference[place[point]] += 1.0 / a.Length;
            foreach (int point in b)
                difference[place[point]] -= 1.0 / b.Length;
            return Transport(angles, difference);
        }, permutations, random);
    }

    private static (double[] Angles, int[] Place) Pool(Draws first, Draws second)
    {
        Draws.RequireSameDimension(first, second, 1);
        return LineWasserstein.Ordered([.. first.Values.Concat(second.Values).Select(a =>
            a - 2 * Math.PI * Math.Floor(a / (2 * Math.PI)))]);
    }

    // angles ascending within one turn; difference[k] = the first law's mass minus the second's at angle k
    private static double Transport(double[] angles, double[] difference)
    {
        int count = angles.Length;
        var lengths = new double[count];
        double sum = 0;
        for (int k = 0; k < count; k++)
        {
            lengths[k] = k + 1 < count ? angles[k + 1] - angles[k] : angles[0] + 2 * Math.PI - angles[k];
            difference[k] = sum += difference[k]; // F - G on the arc from angle k to the next
        }
        Array.Sort(difference, lengths);
        double half = Math.PI, passed = 0, cost = 0;
        int middle = 0;
        while (middle < count - 1 && (passed += lengths[middle]) < half)
            middle++;
        for (int k = 0; k < count; k++)
            cost += lengths[k] * Math.Abs(difference[k] - difference[middle]);
        return cost;
    }
}
