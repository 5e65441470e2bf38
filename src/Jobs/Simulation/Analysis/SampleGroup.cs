namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Rows of one ladder with their weights at the target temperature: what a jackknife leaves out at a time.</summary>
/// <param name="Ladder">The trace they belong to.</param>
/// <param name="Rows">[n] in the order of the steps.</param>
/// <param name="Weights">[n] not normalised.</param>
public sealed record SampleGroup(LadderTrace Ladder, int[] Rows, double[] Weights);
