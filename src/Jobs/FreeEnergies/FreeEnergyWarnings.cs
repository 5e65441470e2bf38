using System.Globalization;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>What speaks against a free energy, in words that name states.</summary>
internal static class FreeEnergyWarnings
{
    private const double FewestIndependent = 50, Deviations = 3, BootstrapRatio = 1.3;

    public static IReadOnlyList<string> Of(FreeEnergyAnalysis a)
    {
        var warnings = new List<string>();
        Failures(a, warnings);
        Coverage(a, warnings);
        Pairs(a, warnings);
        Duplicates(a, warnings);
        Windows(a, warnings);
        Drift(a, warnings);
        Convergence(a, warnings);
        Disagreements(a, warnings);
        return warnings;
    }

    private static void Failures(FreeEnergyAnalysis a, List<string> warnings)
    {
        foreach (EstimatorResult e in a.Estimates.Where(e => e.Total.Status != EstimatorStatus.Converged && !IsOneSided(e)))
            warnings.Add($"{e.Label} has no result: {e.Total.Reason}");
        if (a.Bootstrap is { } b && b.Solutions.Count < b.Repetitions)
            warnings.Add($"{b.Repetitions - b.Solutions.Count} of {b.Repetitions} bootstrap repetitions did not converge");
    }

    private static void Coverage(FreeEnergyAnalysis a, List<string> warnings)
    {
        WindowSummary[] sampled = [.. a.Windows.Summaries.Where(w => w.Kept > 0)];
        if (sampled.Length == 1)
            warnings.Add($"only state {sampled[0].Name} has samples: there is no difference to estimate; reweighting to other states is biased where its error looks small, and nothing here could tell");
    }

    private static bool IsOneSided(EstimatorResult e) => e.Id.StartsWith("exp", StringComparison.Ordinal) || e.Id.StartsWith("gaussian",
        StringComparison.Ordinal);

    private static void Pairs(FreeEnergyAnalysis a, List<string> warnings)
    {
        foreach (PairCheck p in a.Pairs)
        {
            string pair = $"states {a.Data.States[p.From]} and {a.Data.States[p.To]}";
            if (p.Overlap < OverlapMatrix.LeastBetweenNeighbours)
                warnings.Add(Invariant($"{pair} overlap by {p.Overlap:g2} only (at least {OverlapMatrix.LeastBetweenNeighbours} is wanted): put a state between them"));
            if (p.Check.Status == EstimatorStatus.Converged && !p.Check.Consistent || p.Check.BoundsViolated)
                warnings.Add($"{pair} contradict each other: {p.Check.Message}");
        }
    }

    /// <summary>Columns that are the same on all rows, which a simulation at different lambdas does not give.</summary>
    private static void Duplicates(FreeEnergyAnalysis a, List<string> warnings)
    {
        if (a.Mbar is not { Table: var table })
            return;
        for (int k = 1; k < table.States; k++)
            if (table.Of(k).SequenceEqual(table.Of(k - 1)))
                warnings.Add($"states {a.Data.States[k - 1]} and {a.Data.States[k]} have the same energies on every row: their difference is zero by construction");
    }

    private static void Windows(FreeEnergyAnalysis a, List<string> warnings)
    {
        foreach (WindowSummary w in a.Windows.Summaries)
        {
            if (w.Samples == 0)
                continue;
            if (w.Kept == 0)
                warnings.Add(Invariant($"state {w.Name}: all {w.Samples} rows are discarded as equilibration"));
            else if (w.Independent < FewestIndependent)
                warnings.Add(Invariant($"state {w.Name}: its {w.Kept} rows are worth {w.Independent:f0} independent ones; errors from fewer than {FewestIndependent:f0} are themselves uncertain"));
            if (w.AtLimit)
                warnings.Add($"state {w.Name}: is not seen to be equilibrated; the first half of a run is discarded, and may not be enough");
        }
    }

    private static void Drift(FreeEnergyAnalysis a, List<string> warnings)
    {
        if (a.Drift is { } drift && Math.Abs(drift.Score) > DriftOfResult.Limit)
            warnings.Add(Invariant($"the first tenth of the rows that are used differs from their last half by {Math.Abs(drift.Score):f1} standard errors and moves the result by about {drift.Bias:f2} kT: the simulations were not equilibrated; discard more (--discard PS)"));
    }

    private static void Convergence(FreeEnergyAnalysis a, List<string> warnings)
    {
        ConvergencePoint? half = a.Convergence.FirstOrDefault(c => Math.Abs(c.Fraction - 0.5) < 1e-9);
        if (half is { Forward.Status: EstimatorStatus.Converged, Backward.Status: EstimatorStatus.Converged }
            && Apart(half.Forward, half.Backward) is var z and > Deviations)
            warnings.Add(Invariant($"the first and the second half of the data differ by {Math.Abs(half.Forward.Value - half.Backward.Value):f2} kT, {z:f1} standard errors: the simulations are too short, or not equilibrated"));
    }

    private static void Disagreements(FreeEnergyAnalysis a, List<string> warnings)
    {
        EstimatorResult? Converged(string id) => a.Estimates.FirstOrDefault(e => e.Id == id && e.Total.Status == EstimatorStatus.Converged);
        EstimatorResult? mbar = Converged("mbar"), bar = Converged("bar"), spline = Converged("ti-spline"),
            trapezoid = Converged("ti-trapezoid");
        if (mbar is not null && bar is not null && Apart(mbar.Total, bar.Total) is var z and > Deviations)
            warnings.Add(Invariant($"MBAR and BAR differ by {Math.Abs(mbar.Total.Value - bar.Total.Value):f2} kT, {z:f1} standard errors"));
        if ((mbar ?? bar) is { } reference && spline is not null && Apart(reference.Total, spline.Total) is var y and > Deviations)
            warnings.Add(Invariant($"{reference.Label} and integration differ by {Math.Abs(reference.Total.Value - spline.Total.Value):f2} kT, {y:f1} standard errors: dH/dlambda is curved between states, or its sampling is poor"));
        if (spline is not null && trapezoid is not null
            && Math.Abs(spline.Total.Value - trapezoid.Total.Value) > 2 * spline.Total.StandardError)
            warnings.Add(Invariant($"integration by trapezoids and by a spline differ by {Math.Abs(spline.Total.Value - trapezoid.Total.Value):f2} kT, more than two standard errors: the states are too far apart for integration"));
        if (a.Bootstrap is { Solutions.Count: > 1 } b && mbar is not null && b.StandardError(0, a.Data.States.Count - 1) is var error
            && (error > BootstrapRatio * mbar.Total.StandardError || error * BootstrapRatio < mbar.Total.StandardError))
            warnings.Add(Invariant($"MBAR's bootstrap error is {error:g2} kT, its asymptotic error {mbar.Total.StandardError:g2} kT: there are too few samples for either"));
    }

    /// <summary>In standard errors. The two share data, so this is too forgiving rather than too strict.</summary>
    private static double Apart(FreeEnergyDifference a, FreeEnergyDifference b) =>
        Math.Abs(a.Value - b.Value) / Math.Sqrt(a.StandardError * a.StandardError + b.StandardError * b.StandardError);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
