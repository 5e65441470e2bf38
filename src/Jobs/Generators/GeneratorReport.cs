using System.Text.Json;
using MolSampling.Jobs.Reports;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Generators;

/// <summary>A drawn flow's report: one HTML file that opens offline, with the figures of <c>draw --json</c>, energies, weights and
/// Ramachandran maps.</summary>
public static class GeneratorReport
{
    private const int Bins = 64;

    /// <summary>The page, replaced in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="figures">What <c>--json</c> prints.</param>
    /// <param name="trained">The flow.</param>
    /// <param name="drawn">Its samples, with those of the target.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteHtml(string path, object figures, TrainedFlow trained, DrawResult drawn) =>
        ReportTemplate.WriteCharts(path, "generator", "Boltzmann generator",
            JsonSerializer.Serialize(Document(figures, trained, drawn), ReportJson.Options));

    private static object Document(object figures, TrainedFlow trained, DrawResult drawn)
    {
        (int[] rows, double[] weights) = SampleComparison.Kept(drawn.Judgement.Reverse);
        double[] energies = [.. rows.Select(s => drawn.Drawn.Energies[s])];
        return new
        {
            version = Provenance.CurrentVersion,
            definition = trained.Target.Definition,
            temperatureK = trained.Target.Temperature,
            figures,
            energies = Energies(energies, weights, drawn.Target is { } target ? [.. target.Energies] : null),
            weights = Weights(drawn.Judgement),
            directions = drawn.Drawn.HasDirections ? Maps(drawn, rows, weights, trained.Target.Temperature!.Value,
                (observed, of) => observed.Directions(of)) : null,
            ramachandran = drawn.Drawn.Residues.Select((label, r) => new
            {
                label,
                maps = Maps(drawn, rows, weights, trained.Target.Temperature!.Value, (observed, of) => observed.Ramachandran(r, of)),
            }),
        };
    }

    private static object Energies(double[] flow, double[] weights, double[]? target)
    {
        // over what the target has, and as much again above it: a flow's highest energies have no end
        double[] sorted = [.. (target ?? flow).Order()];
        double low = Math.Min(sorted[0], flow.Min()), high = At(sorted, target is null ? 0.9 : 1);
        high += 0.5 * (high - low);
        return new
        {
            low,
            high,
            flow = Density(flow, null, low, high),
            reweighted = Density(flow, weights, low, high),
            target = target is null ? null : Density(target, null, low, high),
            flowAbove = flow.Count(u => u >= high) / (double)flow.Length,
        };
    }

    private static object Weights(Flows.FlowEvaluation judged)
    {
        // ln w - ln Z: zero everywhere for a flow that is the target
        double[] own = [.. judged.Reverse.LogWeights.ToArray().Where(double.IsFinite).Select(w =>
            w - judged.Reverse.LogMean.Value).Order()];
        double[]? target = judged.Forward is { } forward ? [.. forward.LogWeights.ToArray().Where(double.IsFinite).Select(w =>
            w - judged.Reverse.LogMean.Value).Order()] : null;
        double low = At(own, 0.005), high = Math.Max(own[^1], target is { Length: > 0 } ? At(target, 0.999) : own[^1]);
        high += 0.01 * (high - low) + 1e-3; // the largest lies inside
        return new { low, high, flow = Density(own, null, low, high), target = target is null ? null : Density(target, null, low, high),
            flowBelow = own.Count(w => w < low) / (double)own.Length };
    }

    private static double At(double[] sorted, double level) => sorted[(int)(level * (sorted.Length - 1))];

    /// <summary>[bins] share of all values, by the bin's width; values outside are in no bin.</summary>
    private static double[] Density(double[] values, double[]? weights, double low, double high)
    {
        var density = new double[Bins];
        double sum = weights?.Sum() ?? values.Length, scale = Bins / (high - low);
        for (int s = 0; s < values.Length; s++)
            if (values[s] >= low && values[s] < high)
                density[Math.Min((int)((values[s] - low) * scale), Bins - 1)] += (weights?[s] ?? 1) / sum * scale;
        return density;
    }

    private static object Maps(DrawResult drawn, int[] rows, double[] weights, double temperature,
        Func<Observables, IEnumerable<int>, double[]> angles) => new
        {
            flowKjPerMol = FreeEnergies(angles(drawn.Drawn, rows), null, temperature),
            reweightedKjPerMol = FreeEnergies(angles(drawn.Drawn, rows), weights, temperature),
            targetKjPerMol = drawn.Target is null ? null
                : FreeEnergies(angles(drawn.Target, Enumerable.Range(0, drawn.Target.Count)), null, temperature),
        };

    /// <summary>[64 psi, 64 phi] -RT ln p, kJ/mol, lowest bin 0, phi running fastest; NaN where no sample fell.</summary>
    private static double[] FreeEnergies(double[] angles, double[]? weights, double temperature)
    {
        double[] masses = HistogramGrid.Torus(2, Bins).Masses(new(angles, 2, weights));
        double highest = masses.Max();
        return [.. Enumerable.Range(0, Bins * Bins).Select(k => masses[k % Bins * Bins + k / Bins]).Select(p =>
            p > 0 ? Math.Round(-Units.GasConstant * temperature * Math.Log(p / highest), 2) : double.NaN)];
    }
}
