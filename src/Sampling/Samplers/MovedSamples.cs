namespace MolSampling.Sampling.Samplers;

/// <summary>Samples that were drawn anew and moved.</summary>
/// <param name="Ensemble">[S] group by group, with the groups of the samples before.</param>
/// <param name="Ancestors">[S] the sample that each comes from; those of one ancestor stand together. They began as copies.</param>
/// <param name="Steps">That all have made.</param>
/// <param name="Evaluations">Of the energy.</param>
public sealed record MovedSamples(Ensemble Ensemble, int[] Ancestors, int Steps, long Evaluations)
{
    /// <summary>[ancestors][..] the samples of each ancestor.</summary>
    public int[][] Families() => [.. Enumerable.Range(0, Ancestors.Length).GroupBy(s => Ancestors[s]).Select(g => g.ToArray())];
}
