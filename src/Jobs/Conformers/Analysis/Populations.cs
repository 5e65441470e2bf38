using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>
/// Shares of an ensemble's weight. Errors are the larger of two: the jackknife's over independent groups, and that of a renewal process, in
/// which a walk of weights W_v in its visits v to a basin of population p knows it to p (1 - p) (sum_v W_v^2)^1/2 / sum_v W_v. A basin that
/// was seen in one visit has an error as large as itself, however evenly the visit falls into groups.
/// </summary>
internal sealed class Populations
{
    private const int MostPoints = 24; // of a trace
    private const double FewVisits = 3; // makes 90 % of the shares of basins with five visits lie within two errors (PopulationsTests)
    private const double MissingTail = 80; // makes 90 % of log-normal weights' shares lie within two errors (StoppingRuleTests)

    private readonly int[] _groups; // [S]
    private readonly double[] _totals; // [G]
    private readonly (int Walk, int Place)[] _walked; // [S] where in which walk a sample stands
    private readonly double _effective;

    /// <summary>Prepares.</summary>
    /// <param name="ensemble">Its groups are independent.</param>
    /// <param name="walks">[W] the samples of each walk in their order; null where samples are independent of one another.</param>
    /// <param name="effective">Share of the draws that was effective before these samples were drawn anew from them: the evenness of what
    /// was drawn anew says nothing of heavy draws that are missing.</param>
    public Populations(Ensemble ensemble, IReadOnlyList<int[]>? walks = null, double effective = 1)
    {
        _effective = effective;
        (_groups, Weights) = ([.. ensemble.Groups], [.. ensemble.LogWeights.Select(Math.Exp)]);
        _totals = new double[_groups.Max() + 1];
        for (int s = 0; s < _groups.Length; s++)
            _totals[_groups[s]] += Weights[s];
        _walked = [.. Enumerable.Range(0, ensemble.Count).Select(s => (s, 0))];
        for (int w = 0; w < walks?.Count; w++)
            for (int n = 0; n < walks[w].Length; n++)
                _walked[walks[w][n]] = (w, n);
    }

    /// <summary>[S].</summary>
    public double[] Weights { get; }

    /// <summary>The share of some samples together. Of basins that are merged it sees how they vary with one another, which adding errors
    /// would not.</summary>
    public Estimate Of(IEnumerable<int> samples)
    {
        int[] own = [.. samples];
        double[] inside = new double[_totals.Length];
        foreach (int s in own)
            inside[_groups[s]] += Weights[s];
        Estimate share = Jackknife.Ratio(inside, _totals);
        return share with { StandardError = Math.Max(share.StandardError, share.Value * (1 - share.Value) * VisitError(own)) };
    }

    /// <summary>The relative error that follows from the visits.</summary>
    private double VisitError(int[] samples)
    {
        Array.Sort(Array.ConvertAll(samples, s => _walked[s]), samples);
        double sum = 0, squares = 0, visit = 0;
        int visits = 0;
        for (int n = 0; n < samples.Length; n++)
        {
            double weight = Weights[samples[n]];
            ((int walk, int place), bool goesOn) = (_walked[samples[n]], false);
            if (n > 0)
                goesOn = _walked[samples[n - 1]] == (walk, place - 1);
            if (!goesOn)
            {
                squares += visit * visit;
                visits += visit > 0 ? 1 : 0;
                visit = 0;
            }
            visit += weight;
            sum += weight;
        }
        squares += visit * visit;
        visits += visit > 0 ? 1 : 0;
        if (!(sum > 0))
            return 0;
        // few visits do not know the spread of their weights either, and where weights are uneven the heaviest are those that are missing
        double effective = sum * sum / squares;
        double uneven = Math.Pow(1 - Math.Min(effective / visits, _effective), 4); // 1 / 16 of exponential stays
        return Math.Sqrt((1 + FewVisits / visits + MissingTail * uneven / effective) / effective);
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
    /// <param name="time">[S] when a sample was drawn, from 0 to 1; empty where that means nothing.</param>
    public double[][] Trace(int[] basinOf, int basins, double[] time)
    {
        var trace = new double[Math.Min(MostPoints, time.Distinct().Count())][];
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
        return trace;
    }
}
