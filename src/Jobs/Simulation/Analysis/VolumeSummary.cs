using MolSampling.Sampling;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Averages of a box at constant pressure.</summary>
/// <param name="Volume">nm^3.</param>
/// <param name="Density">Mean of the densities, g/cm^3.</param>
/// <param name="Compressibility">Isothermal, (&lt;V^2&gt; - &lt;V&gt;^2)/(kT &lt;V&gt;), 1/bar. Too small by the share of the variance that
/// lies in the mean: one part in as many independent samples as there are.</param>
public sealed record VolumeSummary(Estimate Volume, Estimate Density, Estimate Compressibility);
