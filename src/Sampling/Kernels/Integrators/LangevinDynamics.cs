using System.Numerics.Tensors;
using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels.Integrators;

/// <summary>
/// Underdamped Langevin dynamics by the middle scheme: kick, half drift, Ornstein-Uhlenbeck, half drift. Its configurations are those of
/// BAOAB (the velocities are half a kick apart): exact for harmonic wells, with an error of order h^2 otherwise. It is the scheme of
/// OpenMM's LangevinMiddleIntegrator. Z. Zhang, X. Liu, K. Yan, M. E. Tuckerman, J. Liu, J. Phys. Chem. A 123 (2019) 6056; B. Leimkuhler,
/// C. Matthews, Appl. Math. Res. Express 2013, 34. Use <see cref="HamiltonianMonteCarlo"/> where weights must be exact. With constraints,
/// velocities are projected after the kick, and positions and velocities put back after the drifts, as OpenMM's does.
/// </summary>
/// <param name="masses">[N] Da.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="friction">1/ps.</param>
/// <param name="steps">Integration steps in one step of the kernel.</param>
public sealed class LangevinDynamics(IReadOnlyList<double> masses, double stepSize, double friction, int steps) : Kernel
{
    private readonly float _decay = (float)Math.Exp(-friction * stepSize);

    /// <inheritdoc/>
    public override int StepsPerCall => steps;

    /// <inheritdoc/>
    public override bool KeepsConstraints => true;

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new DynamicsWorkspace(potential, masses);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The potential has a support: dynamics without a rejection step cannot respect it.</exception>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        ThrowIfSupported(potential);
        var work = (DynamicsWorkspace)workspace;
        work.Prepare(block);
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span, kick = work.Scratch.Span;
        IConstraints? constraints = potential.Constraints;
        Span<float> old = work.Before(constraints);
        float halfStep = (float)(0.5 * stepSize), fluctuation = (float)Math.Sqrt(1 - (double)_decay * _decay);
        TensorPrimitives.Multiply(work.InverseMass.Span, (float)stepSize, kick);
        for (int n = 0; n < steps; n++)
        {
            Span<float> noise = work.Draw(random, block, step * steps + n);
            TensorPrimitives.MultiplyAdd(f, kick, v, v); // v += h f/m
            constraints?.ProjectVelocities(x, v, block.Width);
            x[..old.Length].CopyTo(old);
            TensorPrimitives.MultiplyAdd(v, halfStep, x, x); // x += h/2 v
            TensorPrimitives.Multiply(noise, fluctuation, noise);
            TensorPrimitives.Multiply(v, _decay, v);
            TensorPrimitives.MultiplyAdd(noise, work.ThermalSpeed.Span, v, v); // v = e^(-gamma h) v + sqrt((1 - e^(-2 gamma h)) kT/m) xi
            TensorPrimitives.MultiplyAdd(v, halfStep, x, x); // x += h/2 v
            constraints?.Settle(old, x, v, stepSize, block.Width);
            if (n < steps - 1)
                block.EvaluateForces(potential);
            else
                block.Evaluate(potential);
        }
        work.CountEvaluations(block, steps);
    }
}
