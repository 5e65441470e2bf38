namespace MolSampling.Sampling.Diagnostics;

/// <summary>
/// The Kullback-Leibler divergence of histograms, in nats. It is infinite where the second law has an empty cell that the first fills, so
/// published figures add a floor, and depend on it: every empty cell that matters costs about p ln(p/floor). Figures of two conventions
/// cannot be compared. <see cref="JensenShannon"/> needs no floor.
/// </summary>
public static class KullbackLeibler
{
    /// <summary>sum p ln((p + floor)/(q + floor)), in nats; p and q are shares and are not renormalised after the floor.</summary>
    /// <param name="first">[cells] p, shares that sum to one.</param>
    /// <param name="second">[cells] q, likewise.</param>
    /// <param name="floor">Added to every share; 0 for none, and then +infinity is a possible value.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a histogram is no law: negative, not finite, or not of sum 1.</exception>
    public static double Divergence(ReadOnlySpan<double> first, ReadOnlySpan<double> second, double floor = 0)
    {
        HistogramGrid.RequireLaws(first, second);
        if (!(floor >= 0) || double.IsInfinity(floor))
            throw new ArgumentOutOfRangeException(nameof(floor), floor, "A floor is not negative.");
        double sum = 0;
        for (int c = 0; c < first.Length; c++)
            if (first[c] > 0)
                sum += first[c] * Math.Log((first[c] + floor) / (second[c] + floor));
        return sum;
    }

    /// <summary>A sample of a model against one of the reference, as a convention has it, beside its noise floor.</summary>
    /// <param name="convention">Bins, floor and direction.</param>
    /// <param name="predicted">Angles of the model, radians.</param>
    /// <param name="reference">Angles of the reference, radians.</param>
    /// <param name="permutations">Of the noise floor.</param>
    /// <param name="random">For the noise floor.</param>
    public static DistanceScore Score(KullbackLeiblerConvention convention, Draws predicted, Draws reference, int permutations,
        RandomSource random) =>
        convention.Grid.Score(predicted, reference, (p, r) => convention.PredictedFirst ? Divergence(p, r, convention.Floor)
            : Divergence(r, p, convention.Floor), permutations, random);
}
