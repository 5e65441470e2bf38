using System.Globalization;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>Independent draws with importance weights, as a method made them, and how far they serve.</summary>
/// <param name="Positions">[B][N, 3] nm.</param>
/// <param name="Energies">[B] kJ/mol.</param>
/// <param name="LogWeights">[B] ln p / q with p = exp(-beta U) not normalised and q normalised; -infinity for draws outside the support or
/// without an energy.</param>
/// <param name="Divergence">KL(p || q) in nats as samples see it that do not come from q.</param>
/// <param name="AllowedDivergence">Above this, q misses what those samples have found.</param>
internal sealed record WeightedDraws(IReadOnlyList<ReadOnlyMemory<float>> Positions, double[] Energies, double[] LogWeights,
    double Divergence, double AllowedDivergence)
{
    /// <summary>Effective draws that are asked for.</summary>
    public const int SmallestEffectiveSize = 400;

    private const int Groups = 32, Checkpoints = 24;
    private const double LargestShape = 0.7; // of the weights' tail: above, means and errors do not settle (ParetoTail)

    /// <summary>Whether these are enough draws with such weights, or more would help.</summary>
    public static bool Suffice(ImportanceWeights weights) => weights.EffectiveSize >= SmallestEffectiveSize
        && weights.Tail.Shape <= LargestShape;

    /// <summary>Analyses.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="diagnostics">What is not about weights.</param>
    /// <param name="keepsDraws">Whether draws are written with their own weights.</param>
    public ConformerFindings Analyse(ConformerWork work, ConformerDiagnostics diagnostics, bool keepsDraws)
    {
        int count = LogWeights.Length;
        var weights = new ImportanceWeights(LogWeights);
        int[] kept = [.. Enumerable.Range(0, count).Where(n => double.IsFinite(LogWeights[n]))];
        var ensemble = new Ensemble(new(work.Options.Temperature), [.. kept.Select(n => Positions[n])], [.. kept.Select(n => Energies[n])],
            [.. kept.Select(n => LogWeights[n])], [.. kept.Select(n => n % Groups)]);
        var analysis = new EnsembleAnalysis(ensemble, work.Input, work.Space, work.Seeds[0]);
        var wants = new List<string>();
        if (weights.EffectiveSize < SmallestEffectiveSize)
            wants.Add(string.Create(CultureInfo.InvariantCulture,
                $"effective sample size {weights.EffectiveSize:f0} of {count} draws below {SmallestEffectiveSize}"));
        if (!(weights.Tail.Shape <= LargestShape))
            wants.Add(double.IsNaN(weights.Tail.Shape) ? "weights whose tail is too short to be judged"
                : string.Create(CultureInfo.InvariantCulture,
                    $"weights with a heavy tail (Pareto shape {weights.Tail.Shape:f2} above {LargestShape})"));
        if (!(Divergence < AllowedDivergence))
            wants.Add(string.Create(CultureInfo.InvariantCulture,
                $"walkers stand where there are hardly any draws (KL {Divergence:f2} nats, {AllowedDivergence:f2} allowed)"));
        return new(analysis, diagnostics with
        {
            EffectiveSampleSize = weights.EffectiveSize,
            Weights = new(count, weights.EffectiveFraction, weights.LargestShare, weights.Tail.Shape, Divergence, weights.LogMean.Value,
                weights.LogMean.StandardError),
            PopulationTrace = analysis.Trace([.. kept.Select(n => (double)n / count)], Checkpoints),
            Converged = wants.Count == 0,
        }, wants.Count == 0 ? "" : "not converged (" + string.Join("; ", wants) + ")", keepsDraws, count);
    }
}
