namespace MolSampling.Sampling.Samplers;

/// <summary>Walkers after annealing.</summary>
/// <param name="LogWeights">[B] the logarithm ln w of the weight of each path: from q to the target, E w = Z; from the target to q, E 1/w =
/// 1 / Z. -infinity where p is zero at the start, NaN for a path that was cut short.</param>
/// <param name="Energies">[B] kJ/mol at the end.</param>
/// <param name="Evaluations">Of the energy.</param>
public sealed record AnnealedPaths(double[] LogWeights, double[] Energies, long Evaluations);
