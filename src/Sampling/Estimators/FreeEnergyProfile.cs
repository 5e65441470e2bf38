namespace MolSampling.Sampling.Estimators;

/// <summary>A free energy along a coordinate.</summary>
/// <param name="Edges">[B + 1] of the bins.</param>
/// <param name="Values">[B] kT above the lowest bin, with the standard error of that difference; null where no sample lies.</param>
/// <param name="Lowest">Index of the lowest bin.</param>
public sealed record FreeEnergyProfile(IReadOnlyList<double> Edges, IReadOnlyList<Estimate?> Values, int Lowest);
