using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>
/// Whether the beginning of the rows that are used still moves the result. Each window looks for its own drift before
/// (<see cref="PreparedWindows"/>), but sees only its own noise: a drift in all windows at once, as all of them start from one structure,
/// adds up in the difference while the noise does not. So the test is on the result: rows enter it by their influence, which is linear, and
/// the first tenth of every run is held against its last half. It removes nothing: what is selected by its mean would be biased by that.
/// </summary>
/// <param name="Score">z, standard normal without a drift.</param>
/// <param name="Bias">kT: what the beginning adds to the result.</param>
public sealed record DriftOfResult(double Score, double Bias)
{
    /// <summary>|z| that is warned about: nominally by one result in 200 without a drift; measured in docs/free-energies.md.</summary>
    public const double Limit = 2.8;

    private const double Head = 0.1, Tail = 0.5;
    private const int FewestRows = 20;

    /// <summary>By the influence of rows on BAR, or on the trapezoid without it.</summary>
    /// <returns>Null where there is no result or too few rows.</returns>
    internal static DriftOfResult? Of(PreparedWindows windows, AlchemicalData data, BarChain? chain)
    {
        double sum = 0, variance = 0, bias = 0;
        int[] sampled = [.. windows.Summaries.Where(w => w.Kept > 0).Select(w => w.State)];
        for (int s = 0; s < sampled.Length; s++)
        {
            double[]? influence = chain is not null ? chain.Influence(sampled[s]) : Trapezoid(windows, data, sampled, s);
            if (influence is null)
                return null;
            double[] head = [], tail = [];
            int start = 0;
            double g = 1;
            foreach (int length in windows.RunLengths(sampled[s]))
            {
                ReadOnlySpan<double> run = influence.AsSpan(start, length), end = run[(int)(Tail * length)..];
                start += length;
                if (length < FewestRows)
                    continue;
                head = [.. head, .. run[..(int)(Head * length)]];
                tail = [.. tail, .. end];
                g = Math.Max(g, Autocorrelation.StatisticalInefficiency(end));
            }
            if (tail.Length == 0)
                return null;
            double mean = tail.Average(), apart = head.Average() - mean,
                square = tail.Sum(y => (y - mean) * (y - mean)) / (tail.Length - 1);
            sum += apart;
            bias += apart * head.Length / influence.Length;
            variance += square * g * (1.0 / head.Length + 1.0 / tail.Length);
        }
        return variance > 0 ? new(sum / Math.Sqrt(variance), bias) : null;
    }

    /// <summary>dH/dlambda along the path, times the weight of the state in the trapezoids' sum.</summary>
    private static double[] Trapezoid(PreparedWindows windows, AlchemicalData data, int[] sampled, int at)
    {
        IReadOnlyList<double> before = data.States[sampled[Math.Max(0, at - 1)]].Values,
            after = data.States[sampled[Math.Min(sampled.Length - 1, at + 1)]].Values;
        double[] gradients = windows.GradientsOf(sampled[at]);
        int width = before.Count;
        var influence = new double[gradients.Length / width];
        for (int n = 0; n < influence.Length; n++)
            for (int l = 0; l < width; l++)
                influence[n] += 0.5 * (after[l] - before[l]) * gradients[n * width + l];
        return influence;
    }
}
