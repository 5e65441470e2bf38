using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>The distribution of a torsion at the target temperature on bins of five degrees from -180, with errors.</summary>
/// <param name="Label">Of the torsion.</param>
/// <param name="Probabilities">[72] of a bin.</param>
/// <param name="ProbabilityErrors">[72] one standard error.</param>
/// <param name="FreeEnergies">[72] -RT ln p, kJ/mol, shifted so that the lowest is 0; NaN where no frame fell.</param>
/// <param name="FreeEnergyErrors">[72] RT sigma(p)/p, kJ/mol: of -RT ln p itself, not of a difference to the lowest bin.</param>
/// <param name="Groups">[72] how many of the groups have a frame there: errors from fewer than four are not to be trusted.</param>
/// <param name="Diagnostics">Of cosine and sine over the chains at the target temperature.</param>
public sealed record TorsionProfile(string Label, IReadOnlyList<double> Probabilities, IReadOnlyList<double> ProbabilityErrors,
    IReadOnlyList<double> FreeEnergies,
    IReadOnlyList<double> FreeEnergyErrors, IReadOnlyList<int> Groups, QuantityDiagnostics Diagnostics)
{
    public const int Bins = 72;

    /// <summary>Measures one torsion.</summary>
    /// <param name="label">Name.</param>
    /// <param name="torsion">Index into the angles.</param>
    /// <param name="groups">Independent groups of weighted samples.</param>
    /// <param name="thermalEnergy">RT, kJ/mol.</param>
    /// <param name="diagnostics">Over the chains.</param>
    public static TorsionProfile Of(string label, int torsion, IReadOnlyList<SampleGroup> groups, double thermalEnergy,
        QuantityDiagnostics diagnostics)
    {
        var sums = new double[Bins][];
        for (int b = 0; b < Bins; b++)
            sums[b] = new double[groups.Count];
        var totals = new double[groups.Count];
        for (int g = 0; g < groups.Count; g++)
        {
            SampleGroup group = groups[g];
            for (int n = 0; n < group.Rows.Length; n++)
            {
                sums[Bin(group.Ladder.Angles[torsion][group.Rows[n]], Bins)][g] += group.Weights[n];
                totals[g] += group.Weights[n];
            }
        }
        Estimate[] p = [.. sums.Select(s => Jackknife.Ratio(s, totals))];
        double[] f = [.. p.Select(e => e.Value > 0 ? -thermalEnergy * Math.Log(e.Value) : double.NaN)];
        double lowest = f.Where(double.IsFinite).DefaultIfEmpty(0).Min();
        return new(label, [.. p.Select(e => e.Value)], [.. p.Select(e => e.StandardError)], [.. f.Select(v => v - lowest)],
            [.. p.Select(e => e.Value > 0 ? thermalEnergy * e.StandardError / e.Value : double.NaN)],
                [.. sums.Select(s => s.Count(v => v > 0))], diagnostics);
    }

    /// <summary>Bin of an angle in [-pi, pi] among equal ones.</summary>
    internal static int Bin(double angle, int bins) => Math.Clamp((int)((angle + Math.PI) / (2 * Math.PI) * bins), 0, bins - 1);
}
