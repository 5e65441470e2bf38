using MolSampling.Potentials;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Sampling.Kernels;

/// <summary>
/// Dynamics and then other moves, in fixed proportions, as one kernel: each leaves the law invariant, so does one after the other. What the
/// dynamics keeps from step to step (velocities) is independent of the positions under the law, so moves of the positions alone leave it.
/// </summary>
public sealed class KernelSequence : Kernel
{
    private readonly Kernel _dynamics;
    private readonly ExtraMove[] _moves;

    /// <summary>Makes the kernel.</summary>
    /// <param name="dynamics">First; its steps are those that are counted.</param>
    /// <param name="moves">Made after each call of it, in this order, with random streams of their names.</param>
    public KernelSequence(Kernel dynamics, IReadOnlyList<ExtraMove> moves) => (_dynamics, _moves) = (dynamics, [.. moves]);

    /// <summary>What follows the dynamics.</summary>
    public IReadOnlyList<ExtraMove> Moves => _moves;

    /// <inheritdoc/>
    public override int StepsPerCall => _dynamics.StepsPerCall;

    /// <inheritdoc/>
    public override bool KeepsConstraints => _dynamics.KeepsConstraints && _moves.All(m => m.Kernel.KeepsConstraints);

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new Workspace(_dynamics.CreateWorkspace(potential),
        [.. _moves.Select(m => m.Kernel.CreateWorkspace(potential))]);

    /// <inheritdoc/>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        _dynamics.Step(block, potential, step, random, work.Dynamics);
        for (int k = 0; k < _moves.Length; k++)
            for (int n = 0; n < _moves[k].Repeats; n++)
                _moves[k].Kernel.Step(block, potential, step * _moves[k].Repeats + n, random.Split(_moves[k].Name), work.Moves[k]);
    }

    /// <summary>What the moves of a workspace counted, one after the other.</summary>
    internal IReadOnlyList<MoveCount> Counts(KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        return [MoveCount.Of("dynamics", work.Dynamics), .. _moves.Select((m, k) => MoveCount.Of(m.Name, work.Moves[k]))];
    }

    /// <summary>Begins the counts of a workspace anew.</summary>
    internal static void Forget(KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        work.Dynamics.Reset();
        Array.ForEach(work.Moves, m => m.Reset());
    }

    private sealed class Workspace(KernelWorkspace dynamics, KernelWorkspace[] moves) : KernelWorkspace, IDisposable
    {
        public KernelWorkspace Dynamics => dynamics;

        public KernelWorkspace[] Moves => moves;

        public void Dispose()
        {
            foreach (IDisposable item in moves.Append(dynamics).OfType<IDisposable>())
                item.Dispose();
        }
    }
}

/// <summary>What became of a kernel's proposals, in all.</summary>
/// <param name="Name">Of the move.</param>
/// <param name="Proposed">Proposals.</param>
/// <param name="Accepted">Of them.</param>
/// <param name="OutsideSupport">Rejected because they left the support.</param>
/// <param name="NonFinite">Rejected because they, or their energies, were no numbers.</param>
public readonly record struct MoveCount(string Name, long Proposed, long Accepted, long OutsideSupport, long NonFinite)
{
    internal static MoveCount Of(string name, KernelWorkspace work) => new(name, work.Proposed.Sum(), work.Accepted.Sum(),
        work.OutsideSupport, work.NonFinite);

    /// <summary>Both together.</summary>
    internal MoveCount Plus(MoveCount other) => new(Name, Proposed + other.Proposed, Accepted + other.Accepted, OutsideSupport
        + other.OutsideSupport, NonFinite + other.NonFinite);
}
