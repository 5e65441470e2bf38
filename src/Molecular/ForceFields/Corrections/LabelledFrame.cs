namespace MolSampling.Molecular.ForceFields.Corrections;

/// <summary>A configuration with its energy and forces by the potential that is to be imitated.</summary>
/// <param name="Positions">[N, 3] nm.</param>
/// <param name="Energy">kJ/mol, from any zero.</param>
/// <param name="Forces">[N, 3] kJ/mol/nm.</param>
public sealed record LabelledFrame(ReadOnlyMemory<float> Positions, double Energy, float[] Forces);
