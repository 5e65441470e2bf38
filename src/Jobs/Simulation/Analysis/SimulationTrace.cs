using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>The numbers of all frames of a simulation that the analysis works on; positions are not among them.</summary>
/// <param name="Temperatures">[K] K, not falling; the first is the target's.</param>
/// <param name="FramePicoseconds">Between frames.</param>
/// <param name="StepsPerFrame">Between frames.</param>
/// <param name="DegreesOfFreedom">That carry kinetic energy.</param>
/// <param name="Torsions">Names of the angles.</param>
/// <param name="RamachandranPairs">Indices of phi and psi.</param>
/// <param name="Ladders">Independent of one another.</param>
/// <param name="Scales">[K] lambda of each rung in U_0 + lambda U_1, 1 on the first; null where all are 1.</param>
public sealed record SimulationTrace(IReadOnlyList<double> Temperatures, double FramePicoseconds, long StepsPerFrame, int DegreesOfFreedom,
    IReadOnlyList<string> Torsions,
    IReadOnlyList<(int Phi, int Psi)> RamachandranPairs, IReadOnlyList<LadderTrace> Ladders, IReadOnlyList<double>? Scales = null)
{
    /// <summary>P, kJ/mol/nm^3; 0 at constant volume.</summary>
    public double Pressure { get; init; }

    /// <summary>Of a box, Da.</summary>
    public double Mass { get; init; }

    /// <summary>Whether boxes change their volume.</summary>
    public bool HasVolumes => Pressure > 0;

    /// <summary>What every rung samples.</summary>
    public Ladder Rungs { get; } = new(Temperatures, Scales ?? [.. Temperatures.Select(_ => 1.0)]);

    /// <summary>Whether rungs differ in their Hamiltonian, so that temperatures do not tell what they sample.</summary>
    public bool HasScales => Rungs.Scales[^1] != 1;

    /// <summary>Whether replicas exchange rungs.</summary>
    public bool HasLadder => Temperatures.Count > 1;

    /// <summary>"ladder" or "replica".</summary>
    public string Unit => HasLadder ? "ladder" : "replica";

    /// <summary>"8 ladders", "1 replica".</summary>
    public string Count(int number) => $"{number} {(number == 1 ? Unit : HasLadder ? "ladders" : "replicas")}";
}
