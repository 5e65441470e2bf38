using MolSampling.Molecular.ForceFields.Charges;

namespace MolSampling.Jobs.Charges;

/// <summary>Deviations of a method's charges from AM1-BCC over the test molecules of a set, e.</summary>
/// <param name="Source">The set.</param>
/// <param name="Method">network, or charges of others that come with the set.</param>
/// <param name="Molecules">How many.</param>
/// <param name="Mean">Of the molecules' root-mean-square deviations.</param>
/// <param name="Median">Of the same.</param>
/// <param name="Upper">95th percentile of the same.</param>
/// <param name="Atoms">Root of the mean square over all atoms.</param>
internal sealed record ChargeQuality(string Source, string Method, int Molecules, double Mean, double Median, double Upper, double Atoms);

/// <summary>Judges charges on molecules that were not trained on.</summary>
internal static class ChargeJudgement
{
    private const double UpperShare = 0.95;

    /// <summary>The network and what comes with the sets, on the same molecules.</summary>
    public static List<ChargeQuality> Run(ChargeNetwork network, IEnumerable<ChargeExample> examples, ChargeSplit split,
        ChargePart part = ChargePart.Test)
    {
        var rows = new List<ChargeQuality>();
        foreach (IGrouping<string, ChargeExample> group in examples.Where(e => e.Part(split) == part).GroupBy(e => e.Source))
        {
            ChargeExample[] molecules = [.. group];
            rows.Add(Judge("network", e => network.Charges(e.Graph)));
            for (int k = 1; k < molecules[0].Charges.Count; k++)
            {
                int other = k;
                rows.Add(Judge(molecules[0].Charges[other].Method, e => e.Charges[other].Charges));
            }

            ChargeQuality Judge(string method, Func<ChargeExample, double[]> charges)
            {
                double[] own = [.. molecules.Select(e => e.Deviation(charges(e)))], sorted = [.. own.Order()];
                double atoms = molecules.Sum(e => e.Molecule.Atoms.Count),
                    squares = molecules.Zip(own, (e, d) => d * d * e.Molecule.Atoms.Count).Sum();
                return new(group.Key, method, own.Length, own.Average(), sorted[sorted.Length / 2], sorted[(int)(UpperShare
                    * (sorted.Length - 1))], Math.Sqrt(squares / atoms));
            }
        }
        return rows;
    }
}
