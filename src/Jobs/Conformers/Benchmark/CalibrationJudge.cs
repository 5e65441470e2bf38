using MolSampling.Molecular.Chemistry;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>
/// Puts the basins that a run prints beside those of a reference. Every run draws borders of its own, so basins are compared in the
/// smallest groups that borders do not cut: a printed basin and one of the reference belong together where a quarter of the smaller one
/// lies in the other, as the written samples show; a printed basin with no sample among them goes by its minimum.
/// </summary>
/// <param name="molecule">The molecule.</param>
/// <param name="name">Of it.</param>
/// <param name="reference">Its basins.</param>
internal sealed class CalibrationJudge(RDKitMolecule molecule, string name, BasinReference reference)
{
    private const double Together = 0.25;
    private readonly ConformerMatch _match = new(molecule);

    /// <summary>One point for each group, numbered by its largest basin. What is not listed counts as 0 with the weight of one effective
    /// sample as its error; errors of printed basins of a group are added in squares.</summary>
    /// <param name="result">Of a run.</param>
    /// <param name="seed">Its seed.</param>
    /// <returns>The points, and what the run prints of basins that the reference does not have.</returns>
    public (IReadOnlyList<CalibrationPoint> Points, double Unmatched) Points(ConformerResult result, ulong seed)
    {
        int count = reference.Basins.Count;
        int[] group = Groups(result, Shares(result)); // of the reference's basins, then of those printed
        double size = result.Diagnostics is { EffectiveSampleSize: > 1 } d ? d.EffectiveSampleSize : Math.Max(1, result.Samples.Count);
        var points = new List<CalibrationPoint>();
        foreach (IGrouping<int, int> known in Enumerable.Range(0, count).GroupBy(n => group[n]))
        {
            Estimate[] expected = [.. known.Select(n => reference.Basins[n].Population)],
                printed = [.. result.Basins.Where((_, p) => group[count + p] == known.Key).Select(b =>
                    new Estimate(b.Population, double.IsNaN(b.PopulationError) ? 0 : b.PopulationError))];
            points.Add(new(name, known.First(), seed, printed.Length > 0 ? Sum(printed) : new(0, 1 / size), Sum(expected),
                printed.Length > 0));
        }
        return (points, result.Basins.Where((_, p) => !group.Take(count).Contains(group[count + p])).Sum(b => b.Population));
    }

    private static Estimate Sum(Estimate[] parts) => new(parts.Sum(e => e.Value), Math.Sqrt(parts.Sum(e => e.StandardError
        * e.StandardError)));

    /// <summary>[reference and printed] the number of each basin's group.</summary>
    private int[] Groups(ConformerResult result, double[,] shares)
    {
        int count = reference.Basins.Count;
        int[] group = [.. Enumerable.Range(0, count + result.Basins.Count)];
        void Join(int a, int b)
        {
            (int from, int to) = (group[b], group[a]);
            for (int n = 0; n < group.Length; n++)
                if (group[n] == from)
                    group[n] = to;
        }
        for (int p = 0; p < result.Basins.Count; p++)
        {
            bool seen = false;
            for (int n = 0; n < count; n++)
            {
                double least = Together * Math.Min(result.Basins[p].Population, reference.Basins[n].Population.Value);
                seen |= shares[p, n] > 0;
                if (shares[p, n] > least)
                    Join(n, count + p);
            }
            if (!seen && _match.Nearest(result.Basins[p].Representative, [.. reference.Basins.Select(b => b.Minima)]) is >= 0 and var near)
                Join(near, count + p);
        }
        // what is in no group may be printed as a part of another, a shoulder for example
        for (int n = 0; n < count; n++)
            if (!group.Skip(count).Contains(group[n]) && Enumerable.Range(0, result.Basins.Count).Where(p => shares[p, n] > 0)
                .OrderByDescending(p => shares[p, n]).FirstOrDefault(-1) is >= 0 and var holder)
                Join(n, count + holder);
        return group;
    }

    /// <summary>[printed, reference] weight of the written samples of a printed basin that lie in a basin of the reference.</summary>
    private double[,] Shares(ConformerResult result)
    {
        (SampleTable samples, int size) = (result.Samples, 3 * result.Samples.AtomCount);
        double[,] shares = new double[result.Basins.Count, reference.Basins.Count];
        for (int s = 0; s < samples.Count; s++)
            if (samples.Basins[s] >= 0 && reference.BasinOf(samples.Positions[(s * size)..((s + 1) * size)]) is >= 0 and var at)
                shares[samples.Basins[s], at] += Math.Exp(samples.LogWeights[s]);
        return shares;
    }
}
