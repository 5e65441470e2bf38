using System.Numerics.Tensors;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels.Integrators;

/// <summary>
/// Overdamped Langevin dynamics by Euler and Maruyama: x += h f/(m gamma) + sqrt(2 h kT/(m gamma)) xi. First order in h: the variance of a
/// harmonic well of frequency w is too large by 1/(1 - h w^2/(2 gamma)). D. L. Ermak, J. A. McCammon, J. Chem. Phys. 69 (1978) 1352. With a
/// rejection step it is MALA: <see cref="HamiltonianMonteCarlo"/> with one leapfrog step.
/// </summary>
/// <param name="masses">[N] Da.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="friction">gamma, 1/ps.</param>
/// <param name="steps">Integration steps in one step of the kernel.</param>
public sealed class BrownianDynamics(IReadOnlyList<double> masses, double stepSize, double friction, int steps) : Kernel
{
    /// <inheritdoc/>
    public override int StepsPerCall => steps;

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new DynamicsWorkspace(potential, masses);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The potential has a support.</exception>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        ThrowIfSupported(potential);
        var work = (DynamicsWorkspace)workspace;
        work.Prepare(block);
        Span<float> x = block.Positions.Span, f = block.Forces.Span, mobility = work.Scratch.Span;
        TensorPrimitives.Multiply(work.InverseMass.Span, (float)(stepSize / friction), mobility);
        float spread = (float)Math.Sqrt(2 * stepSize / friction);
        for (int n = 0; n < steps; n++)
        {
            Span<float> noise = work.Draw(random, block, step * steps + n);
            TensorPrimitives.MultiplyAdd(f, mobility, x, x);
            TensorPrimitives.Multiply(noise, spread, noise);
            TensorPrimitives.MultiplyAdd(noise, work.ThermalSpeed.Span, x, x);
            block.Evaluate(potential);
        }
        work.CountEvaluations(block, steps);
    }
}
