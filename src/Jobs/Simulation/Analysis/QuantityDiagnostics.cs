using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Convergence of one quantity over the chains.</summary>
/// <param name="SplitRhat">Rank-normalised split R-hat; of a torsion the larger of cosine and sine.</param>
/// <param name="EffectiveSampleSize">Bulk ESS; of a torsion the smaller of cosine and sine.</param>
/// <param name="AutocorrelationTime">Integrated, tau = g dt / 2, ps; of a torsion the longer of cosine and sine.</param>
/// <param name="Resolved">The chains are at least twenty tau long; otherwise tau is a lower bound.</param>
public sealed record QuantityDiagnostics(double SplitRhat, double EffectiveSampleSize, double AutocorrelationTime, bool Resolved)
{
    /// <summary>Of one or several functions of the same coordinate; the worst of them counts. NaN if a function is constant or chains have
    /// fewer than four draws.</summary>
    /// <param name="functions">[functions][chains][draws].</param>
    /// <param name="picoseconds">Between draws.</param>
    public static QuantityDiagnostics Of(IReadOnlyList<double[][]> functions, double picoseconds)
    {
        double rhat = double.NegativeInfinity, size = double.PositiveInfinity, tau = double.NegativeInfinity;
        foreach (double[][] chains in functions)
        {
            // nothing of a molecule stands still: draws that do not differ (a run that went back to its start again and again) are no draws
            if (chains.All(c => c.All(v => v == chains[0][0])))
                return new(double.NaN, double.NaN, double.NaN, false);
            // Math.Max and Math.Min keep NaN: what cannot be said of one function is not said of the coordinate
            rhat = Math.Max(rhat, ChainDiagnostics.SplitRhat(chains));
            size = Math.Min(size, ChainDiagnostics.BulkEffectiveSize(chains));
            tau = Math.Max(tau, 0.5 * picoseconds * Autocorrelation.StatisticalInefficiency(chains));
        }
        int length = functions[0].Length == 0 ? 0 : functions[0].Max(c => c.Length);
        return new(rhat, size, tau, length * picoseconds >= 20 * tau);
    }
}
