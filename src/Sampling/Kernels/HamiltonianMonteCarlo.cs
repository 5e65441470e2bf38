using System.Numerics.Tensors;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// Hamiltonian Monte Carlo: fresh momenta, a leapfrog trajectory, acceptance with min(1, exp(-beta dH)). Exact for any step size and any
/// masses. S. Duane, A. D. Kennedy, B. J. Pendleton, D. Roweth, Phys. Lett. B 195 (1987) 216; R. M. Neal, Handbook of MCMC (2011), ch. 5.
/// With one leapfrog step it is the Metropolis-adjusted Langevin algorithm (MALA; P. J. Rossky, J. D. Doll, H. L. Friedman, J. Chem. Phys.
/// 69 (1978) 4628). The step is varied by up to a tenth a trajectory, independently of the state, which keeps the kernel reversible and
/// breaks resonance with harmonic modes.
/// </summary>
public sealed class HamiltonianMonteCarlo : Kernel, IAdaptive
{
    private const double TargetAcceptance = 0.8;

    private readonly double[] _masses;

    /// <summary>Makes the kernel.</summary>
    /// <param name="masses">[N] Da, free to choose: configurations do not depend on them.</param>
    /// <param name="stepSizes">ps, one a rung.</param>
    /// <param name="leapfrogSteps">Steps a trajectory.</param>
    public HamiltonianMonteCarlo(IReadOnlyList<double> masses, IReadOnlyList<double> stepSizes, int leapfrogSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leapfrogSteps);
        _masses = [.. masses];
        StepSizes = [.. stepSizes];
        LeapfrogSteps = leapfrogSteps;
    }

    /// <summary>ps, by rung; to be changed only while burning in.</summary>
    public double[] StepSizes { get; }

    /// <summary>Steps a trajectory.</summary>
    public int LeapfrogSteps { get; }

    /// <summary>Towards an acceptance of 0.8: A. Beskos et al., Bernoulli 19 (2013) 1501, have 0.65 as the optimum of many dimensions; a
    /// little more costs little.</summary>
    public void Adapt(int rung, double acceptance, double gain) => StepSizes[rung] *= Math.Exp(gain * (acceptance - TargetAcceptance));

    /// <inheritdoc/>
    public override int StepsPerCall => LeapfrogSteps;

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new Workspace(potential);

    /// <inheritdoc/>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        int width = block.Width;
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span;
        Span<float> kick = work.Kick.Span, drift = work.Drift.Span;

        x.CopyTo(work.OldPositions.Span);
        f.CopyTo(work.OldForces.Span);
        block.Energies.CopyTo(work.OldEnergies, 0);
        block.ScaledEnergies.CopyTo(work.OldScaledEnergies, 0);
        Prepare(block, work, step, random);
        block.KineticEnergies(_masses, work.OldKinetic);

        for (int n = 0; n < LeapfrogSteps; n++)
        {
            TensorPrimitives.MultiplyAdd(f, kick, v, v); // v += h/2 f/m
            TensorPrimitives.MultiplyAdd(v, drift, x, x); // x += h v
            block.Evaluate(potential);
            TensorPrimitives.MultiplyAdd(f, kick, v, v);
        }
        work.Evaluations += (long)LeapfrogSteps * block.Walkers;

        block.KineticEnergies(_masses, work.NewKinetic);
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            double change = block.Energies[lane] + work.NewKinetic[lane] - work.OldEnergies[lane] - work.OldKinetic[lane];
            bool accepted = false;
            if (!double.IsFinite(change))
                work.NonFinite++;
            else if (work.Uniforms[lane] < Math.Exp(-block.Beta[lane] * change))
            {
                accepted = potential.Support?.Contains(x, width, lane) ?? true;
                if (!accepted)
                    work.OutsideSupport++;
            }
            work.Count(block.Rungs[lane], accepted);
            if (!accepted)
                work.Restore(block, lane);
        }
        for (int lane = block.Walkers; lane < width; lane++)
            work.Restore(block, lane); // padding stays where it is
    }

    /// <summary>Draws momenta, the trajectory's step and the acceptance numbers, all functions of (random, walker, step).</summary>
    private void Prepare(WalkerBlock block, Workspace work, long step, RandomSource random)
    {
        int width = block.Width;
        Philox.FillNormals(random.Key, block.FirstWalker, step, width, block.Velocities.Span, work.Normals);
        Span<float> v = block.Velocities.Span, kick = work.Kick.Span, drift = work.Drift.Span;
        Span<float> stepSizes = work.StepSizes, thermal = work.Thermal;
        for (int lane = 0; lane < width; lane++)
        {
            (uint a, uint b, uint c, uint d) = Philox.Words(random.Key, (ulong)(block.FirstWalker + lane), (ulong)step | 1UL << 62);
            work.Uniforms[lane] = Philox.Uniform(a, b);
            stepSizes[lane] = (float)(StepSizes[block.Rungs[lane]] * (0.9 + 0.2 * Philox.Uniform(c, d)));
            thermal[lane] = (float)Math.Sqrt(1 / block.Beta[lane]);
        }
        for (int row = 0; row < block.Dimension; row++)
        {
            float mass = (float)_masses[row / 3];
            Span<float> speeds = v.Slice(row * width, width);
            TensorPrimitives.Multiply(speeds, thermal, speeds);
            TensorPrimitives.Multiply(speeds, 1 / MathF.Sqrt(mass), speeds);
            TensorPrimitives.Multiply(stepSizes, 0.5f / mass, kick.Slice(row * width, width));
            stepSizes.CopyTo(drift.Slice(row * width, width));
        }
    }

    private sealed class Workspace : KernelWorkspace, IDisposable
    {
        public Workspace(Potential potential)
        {
            int width = potential.BlockWidth, length = potential.Dimension * width;
            Kick = new(length);
            Drift = new(length);
            OldPositions = new(length);
            OldForces = new(length);
            OldEnergies = new double[width];
            OldScaledEnergies = new double[width];
            OldKinetic = new double[width];
            NewKinetic = new double[width];
            Uniforms = new double[width];
            StepSizes = new float[width];
            Thermal = new float[width];
            Normals = new(potential.Dimension, width);
        }

        public LaneBuffer Kick { get; }
        public LaneBuffer Drift { get; }
        public LaneBuffer OldPositions { get; }
        public LaneBuffer OldForces { get; }
        public double[] OldEnergies { get; }
        public double[] OldScaledEnergies { get; }
        public double[] OldKinetic { get; }
        public double[] NewKinetic { get; }
        public double[] Uniforms { get; }
        public float[] StepSizes { get; }
        public float[] Thermal { get; }
        public NormalScratch Normals { get; }

        public void Restore(WalkerBlock block, int lane)
        {
            int width = block.Width;
            Span<float> x = block.Positions.Span, f = block.Forces.Span, x0 = OldPositions.Span, f0 = OldForces.Span;
            for (int k = lane; k < x.Length; k += width)
            {
                x[k] = x0[k];
                f[k] = f0[k];
            }
            block.Energies[lane] = OldEnergies[lane];
            block.ScaledEnergies[lane] = OldScaledEnergies[lane];
        }

        public void Dispose()
        {
            Kick.Dispose();
            Drift.Dispose();
            OldPositions.Dispose();
            OldForces.Dispose();
            Normals.Dispose();
        }
    }
}
