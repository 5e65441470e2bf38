using System.Text.Json;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Jobs.Reports;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>A free energy's report: one JSON document, and one HTML file that shows the same numbers and opens offline. The document's
/// shape is described in docs/free-energies.md.</summary>
public static class FreeEnergyReport
{
    /// <summary>Of the document.</summary>
    public const int Schema = 1;

    /// <summary>Units that results can be given in.</summary>
    public static IReadOnlyList<string> Units { get; } = ["kT", "kJ/mol", "kcal/mol"];

    /// <summary>The document, ready for any serializer.</summary>
    /// <param name="analysis">What the data say.</param>
    /// <param name="estimators">Ids to show; all if empty.</param>
    /// <param name="unit">One of <see cref="Units"/>.</param>
    /// <param name="inputs">Files with their SHA-256.</param>
    /// <param name="files">What was written beside it: kind and name.</param>
    /// <param name="subject">Where the estimate is a part of something.</param>
    /// <exception cref="ArgumentException">An unknown unit.</exception>
    public static object Document(FreeEnergyAnalysis analysis, IReadOnlyCollection<string> estimators, string unit,
        IReadOnlyList<(string Path, string Hash)> inputs, IReadOnlyDictionary<string, string> files,
        ReportSubject? subject = null)
    {
        double factor = Factor(unit, analysis.Data.Temperature);
        double? Value(FreeEnergyDifference d) => d.Status == EstimatorStatus.Converged ? factor * d.Value : null;
        double? Error(FreeEnergyDifference d) => d.Status == EstimatorStatus.Converged ? factor * d.StandardError : null;
        AlchemicalData data = analysis.Data;
        EstimatorResult[] shown = [.. analysis.Estimates.Where(e => estimators.Count == 0 || estimators.Contains(e.Id))];
        EstimatorResult? best = Array.Find(shown, e => e.Total.Status == EstimatorStatus.Converged);
        int last = data.States.Count - 1;
        return new
        {
            schema = Schema,
            version = Provenance.CurrentVersion,
            temperatureK = data.Temperature,
            unit,
            kjPerMolPerUnit = Factor("kJ/mol", data.Temperature) / factor,
            from = data.States[0].ToString(),
            to = data.States[last].ToString(),
            best = best?.Id,
            title = subject?.Title,
            parts = subject?.Parts.Select(p => new { name = p.Name, value = p.Value, error = p.Error }),
            estimates = shown.Select(e => new
            {
                estimator = e.Id,
                label = e.Label,
                deltaF = Value(e.Total),
                standardError = Error(e.Total),
                unit,
                status = Status(e.Total.Status),
                reason = e.Total.Status == EstimatorStatus.Converged ? null : e.Total.Reason,
                intervals = e.Intervals.Select(i => new { from = i.From, to = i.To, deltaF = Value(i.Difference), standardError =
                    Error(i.Difference), status = Status(i.Difference.Status) }),
            }),
            overlap = analysis.Mbar is not { } mbar ? null : new
            {
                scalar = mbar.Overlap.Scalar,
                leastBetweenNeighbours = analysis.Pairs.Count == 0 ? (double?)null : analysis.Pairs.Min(p => p.Overlap),
                wantedBetweenNeighbours = OverlapMatrix.LeastBetweenNeighbours,
                matrix = Enumerable.Range(0, data.States.Count).Select(k => Enumerable.Range(0, data.States.Count).Select(l =>
                    mbar.Overlap.Values[k, l])),
            },
            warnings = subject?.Warnings ?? analysis.Warnings,
            notes = subject?.Notes ?? data.Notes,
            lambdas = data.LambdaNames,
            states = analysis.Windows.Summaries.Select(w => new
            {
                name = w.Name,
                lambdas = data.States[w.State].Values,
                w.Samples,
                w.Discarded,
                w.DiscardedPicoseconds,
                statisticalInefficiency = w.Inefficiency,
                independentSamples = w.Independent,
                mbarEffectiveSamples = analysis.Mbar?.EffectiveSamples[w.State],
                equilibrationAtLimit = w.AtLimit,
            }),
            pairs = analysis.Pairs.Select(p => new
            {
                from = p.From,
                to = p.To,
                overlap = p.Overlap,
                slope = p.Check.Status == EstimatorStatus.Converged ? p.Check.Slope.Value : (double?)null,
                slopeError = p.Check.Status == EstimatorStatus.Converged ? p.Check.Slope.StandardError : (double?)null,
                consistent = p.Check.Status == EstimatorStatus.Converged ? p.Check.Consistent : (bool?)null,
                message = p.Check.Message,
            }),
            gradients = analysis.Gradients is not { } g ? null : new
            {
                lambdas = g.Lambdas,
                means = g.Means.Select(m => m.Select(v => factor * v)),
                errors = g.Errors.Select(m => m.Select(v => factor * v)),
                curves = data.LambdaNames.Select((name, l) => new
                {
                    name,
                    trapezoid = Curve(analysis, IntegrationRule.Trapezoid, l, factor),
                    spline = Curve(analysis, IntegrationRule.CubicSpline, l, factor),
                }),
            },
            convergence = analysis.Convergence.Select(c => new { fraction = c.Fraction, forward = Value(c.Forward),
                forwardError = Error(c.Forward), backward = Value(c.Backward), backwardError = Error(c.Backward) }),
            convergenceOf = analysis.ConvergenceOf?.Label,
            bootstrap = analysis.Bootstrap is not { } b ? null : new
            {
                repetitions = b.Repetitions,
                converged = b.Solutions.Count,
                standardError = factor * b.StandardError(0, last),
                low95 = factor * b.Interval(0, last, 0.95).Low,
                high95 = factor * b.Interval(0, last, 0.95).High,
                seed = analysis.Options.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
            equilibration = analysis.Options.DiscardPicoseconds is { } ps
                ? $"{ps.ToString(System.Globalization.CultureInfo.InvariantCulture)} ps" : "detected",
            correlation = analysis.Options.CountCorrelation ? "rows count as 1/g" : "rows count as independent",
            inputs = inputs.Select(i => new { path = i.Path, sha256 = i.Hash }),
            files,
        };
    }

    /// <summary>The page, replaced in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="document">What <see cref="Document"/> gave.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteHtml(string path, object document) =>
        ReportTemplate.WriteCharts(path, "freeenergy", "free energy", JsonSerializer.Serialize(document, ReportJson.Options));

    /// <summary>How much one kT is.</summary>
    public static double Factor(string unit, double temperature) => unit switch
    {
        "kT" => 1,
        "kJ/mol" => Potentials.Units.GasConstant * temperature,
        "kcal/mol" => Potentials.Units.GasConstant * temperature / Potentials.Units.KilojoulePerKilocalorie,
        _ => throw new ArgumentException($"'{unit}' is not a unit of free energy: {string.Join(", ", Units)}"),
    };

    /// <summary>As programs read it, "max iterations" with a hyphen.</summary>
    public static string Status(EstimatorStatus status) => status switch
    {
        EstimatorStatus.Converged => "converged",
        EstimatorStatus.MaxIterations => "max-iterations",
        EstimatorStatus.IllConditioned => "ill-conditioned",
        EstimatorStatus.MissingEnergies => "missing-energies",
        _ => "no-overlap",
    };

    private static double[][]? Curve(FreeEnergyAnalysis analysis, IntegrationRule rule, int component, double factor) =>
        analysis.Integrals.FirstOrDefault(i => i.Rule == rule)?.Curve(component).Select(p => new[] { p.Position, p.Lambda,
            factor * p.Gradient }).ToArray();
}
