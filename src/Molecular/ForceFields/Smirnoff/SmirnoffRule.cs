using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>What the tagged atoms of a pattern get.</summary>
/// <param name="Smirks">SMARTS with tags.</param>
/// <param name="Id">The rule's name in its file: "b4", "t12".</param>
/// <param name="Value">The parameters.</param>
internal sealed record SmirnoffRule<T>(string Smirks, string Id, T Value);

/// <summary>E = k/2 (q - q0)^2.</summary>
/// <param name="Rest">q0: nm or rad.</param>
/// <param name="K">kJ/mol/nm^2 or kJ/mol/rad^2.</param>
internal readonly record struct SpringValue(double Rest, double K);

/// <summary>E = k (1 + cos(n phi - phase)).</summary>
/// <param name="Periodicity">n.</param>
/// <param name="Phase">rad.</param>
/// <param name="K">kJ/mol; k of the file over its idivf.</param>
internal readonly record struct CosineValue(int Periodicity, double Phase, double K)
{
    /// <summary>On four atoms.</summary>
    public PeriodicTorsionParameters On(int i, int j, int k, int l) => new(i, j, k, l, Periodicity, Phase, K);
}

/// <summary>Lennard-Jones.</summary>
/// <param name="Sigma">nm.</param>
/// <param name="Epsilon">kJ/mol.</param>
internal readonly record struct LennardJonesValue(double Sigma, double Epsilon);
