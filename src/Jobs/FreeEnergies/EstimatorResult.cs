using MolSampling.Sampling.Estimators;

namespace MolSampling.Jobs.FreeEnergies;

/// <summary>What one estimator says.</summary>
/// <param name="Id">For programs, for example "mbar" or "ti-spline".</param>
/// <param name="Label">For people.</param>
/// <param name="Total">From the first state of the path to the last, kT.</param>
/// <param name="Intervals">From each state to the next that the estimator joins it with.</param>
public sealed record EstimatorResult(string Id, string Label, FreeEnergyDifference Total, IReadOnlyList<IntervalEstimate> Intervals);

/// <summary>A step along the path.</summary>
/// <param name="From">State.</param>
/// <param name="To">State.</param>
/// <param name="Difference">kT.</param>
public sealed record IntervalEstimate(int From, int To, FreeEnergyDifference Difference);

/// <summary>The result of a part of the data.</summary>
/// <param name="Fraction">Of every run.</param>
/// <param name="Forward">From the first such part, kT.</param>
/// <param name="Backward">From the last such part, kT.</param>
public sealed record ConvergencePoint(double Fraction, FreeEnergyDifference Forward, FreeEnergyDifference Backward);

/// <summary>A pair of neighbouring states looked at for consistency.</summary>
/// <param name="From">State.</param>
/// <param name="To">State.</param>
/// <param name="Overlap">O of MBAR's overlap matrix, from the first to the second.</param>
/// <param name="Check">Whether energies, units and temperature agree between the two.</param>
public sealed record PairCheck(int From, int To, double Overlap, EnsembleValidation Check);
