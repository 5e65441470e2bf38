namespace MolSampling.Potentials.Classical;

/// <summary>Rigid three-site waters alike, O, H, H, behind all other atoms.</summary>
/// <param name="First">Atom.</param>
/// <param name="Count">Molecules.</param>
/// <param name="Bond">O-H, nm.</param>
/// <param name="Across">H-H, nm.</param>
public readonly record struct WaterRun(int First, int Count, double Bond, double Across);
