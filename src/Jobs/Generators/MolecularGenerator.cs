using MolSampling.Flows;
using MolSampling.Flows.Presets;
using MolSampling.Sampling;

namespace MolSampling.Jobs.Generators;

/// <summary>A generator for a molecule in one line: <c>using NormalizingFlow flow =
/// MolecularGenerator.Build("aldp-ff96-obc1")</c>.</summary>
public static class MolecularGenerator
{
    /// <summary>Samples shortly with the engine and builds an untrained <see cref="BoltzmannGenerator"/> with the samples'
    /// statistics.</summary>
    /// <param name="name">One of the molecules of <see cref="MolecularTargets"/>.</param>
    /// <param name="options">The shape; its seed is the sampling's too.</param>
    /// <param name="sampling">How long; some seconds for alanine dipeptide if left out.</param>
    /// <exception cref="ArgumentException">There is no molecule of that name.</exception>
    public static NormalizingFlow Build(string name, GeneratorOptions? options = null, EngineSampling? sampling = null)
    {
        options ??= new();
        TargetMolecule system = MolecularTargets.System(name);
        Flows.Targets.InternalCoordinateTarget target = system.Target();
        using EngineSamples samples = ((sampling ?? new()) with { Gradients = false }).Run(system, target, new RandomSource(options.Seed).Split("engine"));
        return BoltzmannGenerator.Build(target, options, samples.Q);
    }
}
