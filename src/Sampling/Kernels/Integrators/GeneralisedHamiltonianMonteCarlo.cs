using System.Numerics.Tensors;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling.Kernels.Integrators;

/// <summary>
/// Generalised hybrid Monte Carlo: momenta are refreshed in part, v = a v + sqrt(1 - a^2) sqrt(kT/m) xi with a = e^(-gamma h L), then L
/// leapfrog steps are accepted with min(1, exp(-beta dH)), else the old state returns with its momenta turned round. Exact for any step;
/// Langevin dynamics in the limit of small steps. A. M. Horowitz, Phys. Lett. B 268 (1991) 247.
/// </summary>
/// <param name="masses">[N] Da.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="friction">gamma, 1/ps.</param>
/// <param name="leapfrogSteps">L.</param>
public sealed class GeneralisedHamiltonianMonteCarlo(IReadOnlyList<double> masses, double stepSize, double friction, int leapfrogSteps)
    : Kernel
{
    /// <inheritdoc/>
    public override int StepsPerCall => leapfrogSteps;

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new Workspace(potential, masses);

    /// <inheritdoc/>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        DynamicsWorkspace shared = work.Shared;
        shared.Prepare(block);
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span, kick = shared.Scratch.Span;
        double decay = Math.Exp(-friction * stepSize * leapfrogSteps);
        Span<float> noise = shared.Draw(random, block, step);
        TensorPrimitives.Multiply(noise, (float)Math.Sqrt(1 - decay * decay), noise);
        TensorPrimitives.Multiply(v, (float)decay, v);
        TensorPrimitives.MultiplyAdd(noise, shared.ThermalSpeed.Span, v, v);

        x.CopyTo(work.Positions.Span);
        v.CopyTo(work.Velocities.Span);
        f.CopyTo(work.Forces.Span);
        block.Energies.CopyTo(work.Energies, 0);
        block.ScaledEnergies.CopyTo(work.ScaledEnergies, 0);
        block.KineticEnergies(masses, work.Kinetic);
        TensorPrimitives.Multiply(shared.InverseMass.Span, (float)(0.5 * stepSize), kick);
        for (int n = 0; n < leapfrogSteps; n++)
        {
            TensorPrimitives.MultiplyAdd(f, kick, v, v);
            TensorPrimitives.MultiplyAdd(v, (float)stepSize, x, x);
            block.Evaluate(potential);
            TensorPrimitives.MultiplyAdd(f, kick, v, v);
        }
        work.Evaluations += (long)leapfrogSteps * block.Walkers;
        block.KineticEnergies(masses, work.NewKinetic);
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            double change = block.Energies[lane] + work.NewKinetic[lane] - work.Energies[lane] - work.Kinetic[lane];
            (uint a, uint b, _, _) = Philox.Words(random.Key, (ulong)(block.FirstWalker + lane), (ulong)step | 1UL << 62);
            bool accepted = Philox.Uniform(a, b) < Math.Exp(-block.Beta[lane] * change); // false for NaN
            if (!double.IsFinite(change))
                work.NonFinite++;
            else if (accepted && potential.Support?.Contains(x, block.Width, lane) == false)
            {
                work.OutsideSupport++;
                accepted = false;
            }
            work.Count(block.Rungs[lane], accepted);
            if (!accepted)
                work.Restore(block, lane);
        }
        for (int lane = block.Walkers; lane < block.Width; lane++)
            work.Restore(block, lane); // padding stays where it is
    }

    private sealed class Workspace(Potential potential, IReadOnlyList<double> masses) : KernelWorkspace, IDisposable
    {
        public DynamicsWorkspace Shared { get; } = new(potential, masses);

        public LaneBuffer Positions { get; } = new(potential.Dimension * potential.BlockWidth);

        public LaneBuffer Velocities { get; } = new(potential.Dimension * potential.BlockWidth);

        public LaneBuffer Forces { get; } = new(potential.Dimension * potential.BlockWidth);

        public double[] Energies { get; } = new double[potential.BlockWidth];

        public double[] ScaledEnergies { get; } = new double[potential.BlockWidth];

        public double[] Kinetic { get; } = new double[potential.BlockWidth];

        public double[] NewKinetic { get; } = new double[potential.BlockWidth];

        public void Restore(WalkerBlock block, int lane)
        {
            Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span;
            for (int k = lane; k < x.Length; k += block.Width)
                (x[k], v[k], f[k]) = (Positions.Span[k], -Velocities.Span[k], Forces.Span[k]);
            block.Energies[lane] = Energies[lane];
            block.ScaledEnergies[lane] = ScaledEnergies[lane];
        }

        public void Dispose()
        {
            Shared.Dispose();
            Positions.Dispose();
            Velocities.Dispose();
            Forces.Dispose();
        }
    }
}
