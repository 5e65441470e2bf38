using MolSampling.Potentials;

namespace MolSampling.Sampling.Diagnostics;

/// <summary>What two independent samples of one law would score, from samples of these sizes.</summary>
/// <param name="Mean">Of the scores.</param>
/// <param name="StandardDeviation">Of the scores.</param>
/// <param name="Upper">The score that at most 5 % of same-law pairs exceed.</param>
/// <param name="Permutations">Scores it is made of.</param>
/// <param name="FirstSize">Draws in the first sample of each.</param>
/// <param name="SecondSize">Draws in the second.</param>
public sealed record NoiseFloor(double Mean, double StandardDeviation, double Upper, int Permutations, int FirstSize, int SecondSize)
{
    /// <summary>Share of same-law pairs that <see cref="Upper"/> holds.</summary>
    public const double Level = 0.95;

    /// <summary>Fewer permutations have no upper 5 %.</summary>
    public const int FewestPermutations = 19;
}

/// <summary>
/// A distance between two samples beside its noise floor. A distance between samples is never zero: it has to be compared with what samples
/// of these sizes show when nothing is different.
/// </summary>
/// <param name="Value">Of the two samples.</param>
/// <param name="Floor">Of samples of their sizes from their pooled law.</param>
/// <param name="PValue">(1 + scores of the floor that reach the value)/(1 + permutations).</param>
public sealed record DistanceScore(double Value, NoiseFloor Floor, double PValue)
{
    /// <summary>The samples cannot be told apart at 5 % by this distance. Not that their laws are equal.</summary>
    public bool IsWithinFloor => Value <= Floor.Upper;

    /// <summary>
    /// Sets any distance beside its floor. Points of the two samples are pooled and dealt anew. Without weights this is the permutation
    /// test, which is exact: a same-law pair is above the floor in at most 5 % of cases (B. Phipson, G. K. Smyth, Stat. Appl. Genet. Mol.
    /// Biol. 9 (2010) 39). Correlated samples are replaced by as many points as they are worth, and weighted ones by equally many drawn
    /// from the pooled law by weight, with replacement: then the floor is approximate.
    /// </summary>
    /// <param name="value">The distance of the two samples as they are, weights included.</param>
    /// <param name="first">First sample.</param>
    /// <param name="second">Second sample.</param>
    /// <param name="distance">Between two sets of equally weighted points, given by index into the pool: the first sample's points, then
    /// the second's. Called from several threads.</param>
    /// <param name="permutations">199 or more for a floor to quote.</param>
    /// <param name="random">Permutation b draws from its child b.</param>
    /// <param name="equalSizes">Deal the smaller of the two sizes to both.</param>
    public static DistanceScore Of(double value, Draws first, Draws second, Func<int[], int[], double> distance, int permutations,
        RandomSource random, bool equalSizes = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, NoiseFloor.FewestPermutations);
        int n = first.IndependentDraws, m = second.IndependentDraws, count = first.Count + second.Count;
        if (equalSizes)
            n = m = Math.Min(n, m);
        double[]? cumulative = first.Weights is null && second.Weights is null ? null : Cumulative(first, second);
        var scores = new double[permutations];
        Parallel.For(0, permutations, ParallelWork.Options(), b =>
        {
            int[] dealt = cumulative is null ? Deal(count, n + m, random.Split(b)) : Draw(cumulative, n + m, random.Split(b));
            scores[b] = distance(dealt[..n], dealt[n..]);
        });
        double mean = scores.Average();
        double deviation = Math.Sqrt(scores.Sum(s => (s - mean) * (s - mean)) / (permutations - 1));
        int reached = scores.Count(s => s >= value);
        Array.Sort(scores);
        double upper = scores[(int)Math.Ceiling(NoiseFloor.Level * (permutations + 1)) - 1];
        return new(value, new(mean, deviation, upper, permutations, n, m), (1.0 + reached) / (1.0 + permutations));
    }

    // without replacement: the first of a shuffle
    private static int[] Deal(int count, int dealt, RandomSource random)
    {
        int[] cards = [.. Enumerable.Range(0, count)];
        for (int i = 0; i < Math.Min(dealt, count - 1); i++)
        {
            int other = i + random.NextInt(count - i);
            (cards[i], cards[other]) = (cards[other], cards[i]);
        }
        return cards[..dealt];
    }

    private static int[] Draw(double[] cumulative, int draws, RandomSource random)
    {
        var drawn = new int[draws];
        for (int i = 0; i < draws; i++)
        {
            int place = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
            // above every entry that is not larger: points of weight zero, whose entries repeat their forerunner's, are never taken
            place = place < 0 ? ~place : place + 1;
            while (place < cumulative.Length - 1 && place > 0 && cumulative[place] == cumulative[place - 1])
                place++;
            drawn[i] = Math.Min(place, cumulative.Length - 1);
        }
        return drawn;
    }

    // each sample enters the pooled law with its effective size
    private static double[] Cumulative(Draws first, Draws second)
    {
        var cumulative = new double[first.Count + second.Count];
        double sum = 0;
        for (int i = 0; i < cumulative.Length; i++)
            cumulative[i] = sum += i < first.Count ? first.EffectiveSize * first.Mass(i)
                : second.EffectiveSize * second.Mass(i - first.Count);
        return cumulative;
    }
}
