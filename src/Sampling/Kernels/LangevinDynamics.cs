using System.Numerics.Tensors;
using MolSampling.Potentials;
using MolSampling.Potentials.Engine;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// Underdamped Langevin dynamics by the BAOAB splitting: half kick, half drift, Ornstein-Uhlenbeck, half drift, half kick.
/// B. Leimkuhler, C. Matthews, Appl. Math. Res. Express 2013, 34. Its configurations are exact for harmonic wells and carry an error of
/// order h^2 otherwise: use <see cref="HamiltonianMonteCarlo"/> where weights must be exact.
/// </summary>
/// <param name="masses">[N] Da.</param>
/// <param name="stepSize">h, ps.</param>
/// <param name="friction">1/ps.</param>
/// <param name="steps">Integration steps in one step of the kernel.</param>
public sealed class LangevinDynamics(IReadOnlyList<double> masses, double stepSize, double friction, int steps) : Kernel
{
    private readonly double[] _masses = [.. masses];

    /// <inheritdoc/>
    public override KernelWorkspace CreateWorkspace(Potential potential) => new Workspace(potential);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A support is given: dynamics without a rejection step cannot respect it.</exception>
    public override void Step(WalkerBlock block, Potential potential, ISupport? support, long step, RandomSource random, KernelWorkspace workspace)
    {
        if (support is not null)
            throw new ArgumentException("Langevin dynamics has no rejection step and cannot keep to a support: use HamiltonianMonteCarlo.");
        var work = (Workspace)workspace;
        int width = block.Width;
        Span<float> x = block.Positions.Span, v = block.Velocities.Span, f = block.Forces.Span;
        Span<float> kick = work.Kick.Span, thermal = work.Thermal.Span, noise = work.Noise.Span;
        float drift = (float)(0.5 * stepSize), decay = (float)Math.Exp(-friction * stepSize);
        double fluctuation = 1 - (double)decay * decay;
        for (int atom = 0; atom < _masses.Length; atom++)
        {
            for (int k = 3 * atom * width; k < 3 * (atom + 1) * width; k++)
            {
                kick[k] = (float)(0.5 * stepSize / _masses[atom]);
                thermal[k] = (float)Math.Sqrt(fluctuation / (block.Beta[k % width] * _masses[atom]));
            }
        }
        for (int n = 0; n < steps; n++)
        {
            Philox.FillNormals(random.Key, block.FirstWalker, step * steps + n, width, noise, work.Normals);
            TensorPrimitives.MultiplyAdd(f, kick, v, v); // B
            TensorPrimitives.MultiplyAdd(v, drift, x, x); // A
            TensorPrimitives.Multiply(v, decay, v); // O
            TensorPrimitives.MultiplyAdd(noise, thermal, v, v);
            TensorPrimitives.MultiplyAdd(v, drift, x, x); // A
            block.Evaluate(potential);
            TensorPrimitives.MultiplyAdd(f, kick, v, v); // B
        }
        work.Evaluations += (long)steps * width;
        for (int lane = 0; lane < width; lane++)
            if (!double.IsFinite(block.Energies[lane]))
                work.NonFinite++;
    }

    private sealed class Workspace(Potential potential) : KernelWorkspace, IDisposable
    {
        public LaneBuffer Kick { get; } = new(3 * potential.AtomCount * potential.BlockWidth);
        public LaneBuffer Thermal { get; } = new(3 * potential.AtomCount * potential.BlockWidth);
        public LaneBuffer Noise { get; } = new(3 * potential.AtomCount * potential.BlockWidth);
        public NormalScratch Normals { get; } = new(3 * potential.AtomCount, potential.BlockWidth);

        public void Dispose()
        {
            Kick.Dispose();
            Thermal.Dispose();
            Noise.Dispose();
        }
    }
}
