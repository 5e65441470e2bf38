using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>Shares of an ensemble's weight, with jackknife errors over its independent groups.</summary>
internal sealed class Populations
{
    private readonly int[] _groups; // [S]
    private readonly double[] _totals; // [G]

    public Populations(Ensemble ensemble)
    {
        (_groups, Weights) = ([.. ensemble.Groups], [.. ensemble.LogWeights.Select(Math.Exp)]);
        _totals = new double[_groups.Max() + 1];
        for (int s = 0; s < _groups.Length; s++)
            _totals[_groups[s]] += Weights[s];
    }

    /// <summary>[S].</summary>
    public double[] Weights { get; }

    /// <summary>The share of some samples together. Of basins that are merged it sees how they vary with one another, which adding errors
    /// would not.</summary>
    public Estimate Of(IEnumerable<int> samples)
    {
        double[] inside = new double[_totals.Length];
        foreach (int s in samples)
            inside[_groups[s]] += Weights[s];
        return Jackknife.Ratio(inside, _totals);
    }

    /// <summary>The share of each bin: [bins].</summary>
    /// <param name="binOf">[S].</param>
    /// <param name="bins">How many.</param>
    public Estimate[] Histogram(byte[] binOf, int bins)
    {
        double[][] sums = [.. Enumerable.Range(0, bins).Select(_ => new double[_totals.Length])];
        for (int s = 0; s < binOf.Length; s++)
            sums[binOf[s]][_groups[s]] += Weights[s];
        return [.. sums.Select(b => Jackknife.Ratio(b, _totals))];
    }

    /// <summary>Running shares of the first few basins in the first parts of the samples: [points][basins].</summary>
    /// <param name="basinOf">[S] a sample's basin, or -1.</param>
    /// <param name="basins">How many of them.</param>
    /// <param name="time">[S] when a sample was drawn, from 0 to 1.</param>
    /// <param name="trace">[points] filled.</param>
    public void Trace(int[] basinOf, int basins, double[] time, double[][] trace)
    {
        for (int p = 0; p < trace.Length; p++)
        {
            double end = (p + 1.0) / trace.Length, total = 0;
            double[] sums = new double[basins];
            for (int s = 0; s < basinOf.Length; s++)
            {
                if (time[s] >= end)
                    continue;
                total += Weights[s];
                if (basinOf[s] >= 0 && basinOf[s] < basins)
                    sums[basinOf[s]] += Weights[s];
            }
            trace[p] = [.. sums.Select(v => v / total)];
        }
    }
}
