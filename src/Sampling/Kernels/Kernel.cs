using MolSampling.Potentials;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// A Markov kernel on blocks of walkers: one step leaves every walker's exp(-beta U(x)), restricted to its support, invariant
/// (or approximately so, where a kernel says it). A kernel holds settings; a workspace holds what a thread writes to.
/// </summary>
public abstract class Kernel
{
    /// <summary>Integration steps in one call of <see cref="Step"/>: 1 unless the kernel is dynamics.</summary>
    public virtual int StepsPerCall => 1;

    /// <summary>Whether it moves along a potential's constraints.</summary>
    public virtual bool KeepsConstraints => false;

    /// <summary>Scratch memory for one thread at a time.</summary>
    /// <exception cref="ArgumentException">The potential has constraints, and the kernel does not keep to them.</exception>
    public KernelWorkspace CreateWorkspace(Potential potential) => potential.Constraints is null || KeepsConstraints
        ? NewWorkspace(potential)
        : throw new ArgumentException($"{GetType().Name} does not keep to constraints, which {potential.Name} has: use LangevinDynamics or "
            + "VelocityVerlet.");

    /// <summary>The same.</summary>
    protected abstract KernelWorkspace NewWorkspace(Potential potential);

    /// <summary>One step of every walker in the block. Forces and energies must be current before, and are after.</summary>
    /// <param name="block">The walkers.</param>
    /// <param name="potential">U, and its support.</param>
    /// <param name="step">Number of the step: randomness is a function of (random, walker, step).</param>
    /// <param name="random">The kernel's stream.</param>
    /// <param name="workspace">From <see cref="CreateWorkspace"/>.</param>
    public abstract void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace);

    /// <summary>For kernels without a rejection step.</summary>
    /// <exception cref="ArgumentException">The potential has a support: they cannot keep to it.</exception>
    private protected static void ThrowIfSupported(Potential potential)
    {
        if (potential.Support is not null)
            throw new ArgumentException("Dynamics without a rejection step cannot keep to a support: use HamiltonianMonteCarlo.");
    }
}

/// <summary>Scratch of a kernel and what it counted, by rung of the ladder.</summary>
public class KernelWorkspace
{
    /// <summary>Proposals by rung.</summary>
    public long[] Proposed { get; private set; } = [];

    /// <summary>Accepted proposals by rung.</summary>
    public long[] Accepted { get; private set; } = [];

    /// <summary>Evaluations of energy with forces, one a walker.</summary>
    public long Evaluations { get; set; }

    /// <summary>Proposals rejected because they left the support.</summary>
    public long OutsideSupport { get; set; }

    /// <summary>Proposals rejected because their energy was NaN or infinite.</summary>
    public long NonFinite { get; set; }

    /// <summary>Counts one proposal.</summary>
    public void Count(int rung, bool accepted)
    {
        if (rung >= Proposed.Length)
        {
            long[] proposed = Proposed, acceptedCounts = Accepted;
            Array.Resize(ref proposed, rung + 1);
            Array.Resize(ref acceptedCounts, rung + 1);
            (Proposed, Accepted) = (proposed, acceptedCounts);
        }
        Proposed[rung]++;
        if (accepted)
            Accepted[rung]++;
    }

    /// <summary>Forgets the counts.</summary>
    public void Reset()
    {
        Array.Clear(Proposed);
        Array.Clear(Accepted);
        Evaluations = OutsideSupport = NonFinite = 0;
    }
}
