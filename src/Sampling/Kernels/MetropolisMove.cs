using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// A kernel that proposes one new configuration for every walker and accepts it with min(1, exp(-beta (U' - U)) r), r the density of the way
/// back over that of the way there, volume elements included. N. Metropolis et al., J. Chem. Phys. 21 (1953) 1087; W. K. Hastings,
/// Biometrika 57 (1970) 97.
/// </summary>
public abstract class MetropolisMove : Kernel
{
    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new MetropolisWorkspace(potential);

    /// <inheritdoc/>
    public sealed override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (MetropolisWorkspace)workspace;
        int width = block.Width;
        Span<float> x = block.Positions.Span;
        work.Before.Take(block);
        ulong key = Key(random, step);
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            (work.LogRatios[lane], work.Uniforms[lane]) = Propose(block, lane, key, (ulong)(block.FirstWalker + lane), step, work);
            if (double.IsNegativeInfinity(work.LogRatios[lane]))
                work.Before.PutBack(block, lane);
        }
        block.Evaluate(potential);
        work.Evaluations += block.Walkers;
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            double change = block.Energies[lane] - work.Before.Energies[lane];
            bool accepted = false;
            if (!double.IsFinite(change))
                work.NonFinite++;
            else if (work.Uniforms[lane] < Math.Exp(work.LogRatios[lane] - block.Beta[lane] * change))
                accepted = potential.Support?.Contains(x, width, lane) ?? true;
            work.Count(block.Rungs[lane], accepted);
            if (!accepted)
                work.Before.PutBack(block, lane);
        }
        for (int lane = block.Walkers; lane < width; lane++)
            work.Before.PutBack(block, lane); // padding stays where it is
    }

    /// <summary>Of the random numbers of a step.</summary>
    internal virtual ulong Key(RandomSource random, long step) => random.Split(step).Key;

    /// <summary>Moves one walker to where it may go.</summary>
    /// <param name="block">Where it is.</param>
    /// <param name="lane">Its lane.</param>
    /// <param name="key">Of the step.</param>
    /// <param name="walker">Its number.</param>
    /// <param name="step">Number of the step.</param>
    /// <param name="workspace">From <see cref="Kernel.CreateWorkspace"/>.</param>
    /// <returns>ln r, -infinity where there is no way back; and the number in (0, 1) that decides.</returns>
    internal abstract (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace);
}

/// <summary>Scratch of a <see cref="MetropolisMove"/>.</summary>
internal class MetropolisWorkspace(Potential potential) : KernelWorkspace, IDisposable
{
    public BlockMemory Before { get; } = new(potential);

    public double[] LogRatios { get; } = new double[potential.BlockWidth];

    public double[] Uniforms { get; } = new double[potential.BlockWidth];

    public virtual void Dispose() => Before.Dispose();
}
