using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Samplers;

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
    private const int UsualGroups = 32;
    private const double Ample = 3; // times the draws that a pilot finds enough: it does not know the tail of its weights well

    /// <summary>How many draws will do, as far as a pilot's weights tell. These must not be averaged afterwards: to stop when weights look
    /// well biases what they weigh, since the draws that are missing are the heavy ones.</summary>
    /// <param name="pilot">Weights of some thousand draws.</param>
    /// <param name="least">Draws asked for in any case.</param>
    /// <param name="most">Draws that can be made.</param>
    /// <returns>Null where <paramref name="most"/> would not do.</returns>
    public static int? Enough(ImportanceWeights pilot, int least, int most)
    {
        double enough = ConvergenceCriteria.SmallestEffectiveSize / pilot.EffectiveFraction;
        return enough > most ? null : (int)Math.Max(least, Math.Min(Ample * enough, most));
    }

    /// <summary>[B] the independent chain that each draw was taken from, in the order of its steps; null for draws that are independent of
    /// one another.</summary>
    public IReadOnlyList<int>? Chains { get; init; }

    /// <summary>Share of the draws that are as good as independent of one another.</summary>
    public double Independent { get; init; } = 1;

    /// <summary>Of their weights' tail, above which their means do not count.</summary>
    public double LargestShape { get; init; } = ConvergenceCriteria.LargestShape;

    /// <summary>Draws that have a weight, in independent groups: the chains, or 32.</summary>
    /// <param name="temperature">K.</param>
    public Ensemble ToEnsemble(double temperature)
    {
        int[] kept = Kept();
        return new(new(temperature), [.. kept.Select(n => Positions[n])], [.. kept.Select(n => Energies[n])],
            [.. kept.Select(n => LogWeights[n])], [.. kept.Select(n => Chains?[n] ?? n % UsualGroups)]);
    }

    /// <summary>Analyses.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="diagnostics">What is not about weights.</param>
    /// <param name="keepsDraws">Whether draws are written with their own weights.</param>
    /// <param name="moved">Those of <see cref="ToEnsemble"/>, drawn anew and moved; null where they are averaged as they are.</param>
    /// <param name="steps">That these should have moved.</param>
    public ConformerFindings Analyse(ConformerWork work, ConformerDiagnostics diagnostics, bool keepsDraws, MovedSamples? moved = null,
        int steps = 0)
    {
        int count = LogWeights.Length;
        int[] kept = Kept();
        var weights = new ImportanceWeights(LogWeights);
        var analysis = new EnsembleAnalysis(moved?.Ensemble ?? ToEnsemble(work.Options.Temperature), work,
            moved?.Families() ?? Walks(kept), moved is null ? 1 : weights.EffectiveFraction);
        string[] wants = [.. ConvergenceCriteria.OfDraws(weights, Divergence, AllowedDivergence, steps - (moved?.Steps ?? 0), Independent,
            LargestShape)];
        return new(analysis, diagnostics with
        {
            EffectiveSampleSize = Independent * weights.EffectiveSize,
            Weights = new(count, weights.EffectiveFraction, weights.LargestShare, weights.Tail.Shape, Divergence, weights.LogMean.Value,
                weights.LogMean.StandardError) { LargestParetoShape = LargestShape },
            Converged = wants.Length == 0,
        }, ConvergenceCriteria.Shortcoming(wants), keepsDraws,
            [.. (moved is null ? kept : moved.Ancestors.Select(a => kept[a])).Select(n => (double)n / count)]);
    }

    /// <summary>Draws of each chain among those that are kept, in their order.</summary>
    private int[][]? Walks(int[] kept) => Chains is null ? null
        : [.. Enumerable.Range(0, kept.Length).GroupBy(place => Chains[kept[place]]).OrderBy(g => g.Key).Select(g => g.ToArray())];

    private int[] Kept() => [.. Enumerable.Range(0, LogWeights.Length).Where(n => double.IsFinite(LogWeights[n]))];
}
