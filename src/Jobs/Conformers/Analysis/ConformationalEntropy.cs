using MolSampling.Potentials;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>
/// -R sum p ln p over the parts that samples fall into, J/mol/K: the entropy of which basin a molecule is in. Its error is the jackknife's
/// over independent groups (B. Efron, C. Stein, Ann. Stat. 9 (1981) 586). Of N independent samples in B parts the estimate is low by about
/// R (B - 1) / 2N (G. A. Miller, in Information Theory in Psychology, 1955), which is not corrected, so that it is that of the populations
/// listed.
/// </summary>
internal static class ConformationalEntropy
{
    /// <summary>Of an ensemble.</summary>
    /// <param name="ensemble">Its groups are independent; with fewer than two the error is NaN.</param>
    /// <param name="partOf">[S] the part of each sample, from 0.</param>
    public static Estimate Of(Ensemble ensemble, IReadOnlyList<int> partOf)
    {
        int groups = ensemble.Groups.Max() + 1, parts = partOf.Max() + 1;
        double[] all = new double[parts];
        double[][] own = [.. Enumerable.Range(0, groups).Select(_ => new double[parts])];
        for (int s = 0; s < ensemble.Count; s++)
        {
            double weight = Math.Exp(ensemble.LogWeights[s]);
            all[partOf[s]] += weight;
            own[ensemble.Groups[s]][partOf[s]] += weight;
        }
        double value = Entropy(all);
        if (groups < 2)
            return new(value, double.NaN);
        double[] without = [.. own.Select(g => Entropy([.. all.Zip(g, (a, b) => Math.Max(0, a - b))]))];
        double mean = without.Average();
        return new(value, Math.Sqrt((groups - 1.0) / groups * without.Sum(v => (v - mean) * (v - mean))));
    }

    private static double Entropy(double[] weights)
    {
        double total = weights.Sum();
        return -1000 * Units.GasConstant * weights.Where(w => w > 0).Sum(w => w / total * Math.Log(w / total));
    }
}
