using MolSampling.Potentials;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Energy and temperature against time, averaged over replicas and over at most 250 slices of time; nothing is discarded
/// here.</summary>
/// <param name="Picoseconds">[B] middle of a slice.</param>
/// <param name="PotentialEnergies">[K][B] mean at a rung, kJ/mol; NaN where no frame is.</param>
/// <param name="PotentialDeviations">[K][B] standard deviation of single frames, kJ/mol.</param>
/// <param name="KineticTemperatures">[K][B] mean, K.</param>
public sealed record TimeCourse(IReadOnlyList<double> Picoseconds, IReadOnlyList<double[]> PotentialEnergies,
    IReadOnlyList<double[]> PotentialDeviations, IReadOnlyList<double[]> KineticTemperatures)
{
    private const int MostSlices = 250;

    /// <summary>Averages all ladders, also those that are left out elsewhere.</summary>
    public static TimeCourse Of(SimulationTrace trace)
    {
        long frames = trace.Ladders.Select(l => l.Count == 0 ? 0 : l.Steps[^1] / trace.StepsPerFrame).DefaultIfEmpty(0).Max();
        long width = Math.Max(1, (frames + MostSlices - 1) / MostSlices);
        int slices = (int)((frames + width - 1) / width), k = trace.Temperatures.Count;
        double[][] count = Table(), sum = Table(), squares = Table(), kinetic = Table();
        double[][] Table() => [.. Enumerable.Range(0, k).Select(_ => new double[slices])];
        // keeps squares small
        double reference = trace.Ladders.Where(l => l.Count > 0).Select(l => l.PotentialEnergies[0]).FirstOrDefault();
        foreach (LadderTrace l in trace.Ladders)
        {
            for (int row = 0; row < l.Count; row++)
            {
                int slice = (int)((l.Steps[row] / trace.StepsPerFrame - 1) / width), rung = l.Rungs[row];
                double u = l.PotentialEnergies[row] - reference;
                count[rung][slice]++;
                sum[rung][slice] += u;
                squares[rung][slice] += u * u;
                kinetic[rung][slice] += 2 * l.KineticEnergies[row] / (trace.DegreesOfFreedom * Units.GasConstant);
            }
        }
        double[][] Each(Func<int, int, double> value) =>
            [.. Enumerable.Range(0, k).Select(r => Enumerable.Range(0, slices).Select(b => value(r, b)).ToArray())];
        return new([.. Enumerable.Range(0, slices).Select(b =>
            trace.FramePicoseconds * (b * width + 0.5 * (1 + Math.Min(width, frames - b * width))))],
            Each((r, b) => reference + sum[r][b] / count[r][b]),
            Each((r, b) => Math.Sqrt(Math.Max(0, squares[r][b] / count[r][b] - sum[r][b] / count[r][b] * (sum[r][b] / count[r][b])))),
            Each((r, b) => kinetic[r][b] / count[r][b]));
    }
}
