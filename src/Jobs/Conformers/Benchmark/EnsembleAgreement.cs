using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>How far two ensembles of one molecule, made independently of one another, agree within their errors.</summary>
/// <param name="EnergyZ">Difference of the mean energies over its error.</param>
/// <param name="TorsionZ">Root mean square of the same over bins of ten degrees of all torsions, those that hold too little left out:
/// 1 where errors are true.</param>
/// <param name="WorstZ">The largest of them, by size.</param>
/// <param name="PhiPositive">Share of phi above zero in both, with errors; NaN without a phi.</param>
internal sealed record EnsembleAgreement(double EnergyZ, double TorsionZ, double WorstZ, (Estimate One, Estimate Other) PhiPositive)
{
    private const double LeastShare = 0.01; // of a bin in both: a jackknife error of a few visits is no scale for z

    /// <summary>-RT ln of the odds of phi above zero, kJ/mol, in both.</summary>
    /// <param name="kT">kJ/mol.</param>
    public (double One, double Other) FreeEnergies(double kT) => (FreeEnergy(PhiPositive.One.Value, kT),
        FreeEnergy(PhiPositive.Other.Value, kT));

    /// <summary>The difference of the shares of phi above zero over its error.</summary>
    public double PhiZ => (PhiPositive.One.Value - PhiPositive.Other.Value)
        / Math.Sqrt(Square(PhiPositive.One.StandardError) + Square(PhiPositive.Other.StandardError));

    /// <summary>Compares.</summary>
    /// <param name="one">Of one.</param>
    /// <param name="other">Of the other.</param>
    /// <param name="phi">Its four atoms; null for none.</param>
    /// <exception cref="ArgumentException">Results of different molecules, or without samples.</exception>
    public static EnsembleAgreement Of(ConformerResult one, ConformerResult other, int[]? phi)
    {
        if (one.Torsions.Count != other.Torsions.Count || one.Averages.Count == 0 || other.Averages.Count == 0)
            throw new ArgumentException("Two ensembles of one molecule are compared.");
        var bins = new List<double>();
        for (int t = 0; t < one.Torsions.Count; t++)
        {
            (TorsionProfile a, TorsionProfile b) = (one.Torsions[t], other.Torsions[t]);
            for (int n = 0; n < a.Density.Length; n++)
                if (a.Density[n] > LeastShare && b.Density[n] > LeastShare)
                    bins.Add((a.Density[n] - b.Density[n]) / Math.Sqrt(Square(a.DensityError[n]) + Square(b.DensityError[n])));
        }
        (EnsembleAverage u, EnsembleAverage v) = (one.Averages[0], other.Averages[0]);
        return new((u.Value - v.Value) / Math.Sqrt(Square(u.Error) + Square(v.Error)),
            Math.Sqrt(bins.Average(Square)), bins.MaxBy(Math.Abs), (Positive(one, phi), Positive(other, phi)));
    }

    /// <summary>From the samples that are written; the error is that of so many independent ones, and of one that was not seen.</summary>
    private static Estimate Positive(ConformerResult result, int[]? phi)
    {
        if (phi is null)
            return new(double.NaN, double.NaN);
        SampleTable samples = result.Samples;
        double share = 0, size = Math.Min(result.Diagnostics!.EffectiveSampleSize, samples.Count);
        for (int s = 0; s < samples.Count; s++)
            if (Dihedral.Angle(samples.Positions.AsSpan(s * 3 * samples.AtomCount, 3 * samples.AtomCount), phi[0], phi[1], phi[2],
                phi[3]) > 0)
                share += Math.Exp(samples.LogWeights[s]);
        return new(share, Math.Sqrt(Math.Max(share * (1 - share), 1 / size) / size));
    }

    private static double FreeEnergy(double share, double kT) => -kT * Math.Log(share / (1 - share));

    private static double Square(double value) => value * value;
}
