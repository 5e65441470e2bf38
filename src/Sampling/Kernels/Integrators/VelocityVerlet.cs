using System.Numerics.Tensors;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels.Integrators;

/// <summary>
/// Newton's equations by velocity Verlet: half kick, drift, half kick (with constraints: RATTLE, H. C. Andersen, J. Comput. Phys. 52 (1983)
/// 24). Symplectic and reversible; the energy error is of order h^2 and does
/// not grow. W. C. Swope, H. C. Andersen, P. H. Berens, K. R. Wilson, J. Chem. Phys. 76 (1982) 637. It samples no temperature: it leaves
/// exp(-beta H) invariant but does not mix energies.
/// </summary>
/// <param name="masses">[N] Da.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="steps">Integration steps in one step of the kernel.</param>
public sealed class VelocityVerlet(IReadOnlyList<double> masses, double stepSize, int steps) : Kernel
{
    /// <inheritdoc/>
    public override int StepsPerCall => steps;

    /// <inheritdoc/>
    public override bool KeepsConstraints => true;

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new DynamicsWorkspace(potential, masses);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The potential has a support.</exception>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        ThrowIfSupported(potential);
        var work = (DynamicsWorkspace)workspace;
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span, kick = work.Scratch.Span;
        IConstraints? constraints = potential.Constraints;
        Span<float> old = work.Before(constraints);
        TensorPrimitives.Multiply(work.InverseMass.Span, (float)(0.5 * stepSize), kick);
        for (int n = 0; n < steps; n++)
        {
            TensorPrimitives.MultiplyAdd(f, kick, v, v);
            x[..old.Length].CopyTo(old);
            TensorPrimitives.MultiplyAdd(v, (float)stepSize, x, x);
            constraints?.Settle(old, x, v, stepSize, block.Width);
            if (n < steps - 1)
                block.EvaluateForces(potential);
            else
                block.Evaluate(potential);
            TensorPrimitives.MultiplyAdd(f, kick, v, v);
            constraints?.ProjectVelocities(x, v, block.Width);
        }
        work.CountEvaluations(block, steps);
    }
}
