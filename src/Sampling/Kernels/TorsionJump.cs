using MolSampling.Potentials;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Sampling.Kernels;

/// <summary>A rotor as a <see cref="TorsionJump"/> turns it.</summary>
/// <param name="I">Names the angle.</param>
/// <param name="Axis">From, To and the atoms that turn beyond To.</param>
/// <param name="L">Names the angle, beyond To.</param>
public sealed record JumpRotor(int I, RotatableBond Axis, int L);

/// <summary>Which state of a proposal a walker is in, from what turning rotors does not change (rings, pyramids).</summary>
/// <param name="positions">[3N, W] nm.</param>
/// <param name="width">W.</param>
/// <param name="lane">The walker.</param>
public delegate int JumpState(ReadOnlySpan<float> positions, int width, int lane);

/// <summary>
/// Independence Metropolis moves of all torsions at once: new angles t' from a proposal q(t | s), bonds, angles and rings as they are.
/// Turning rotors preserves volume in Cartesian space and the state s of the walker, so the acceptance min(1, exp(-beta (U' - U)) q(t | s)
/// / q(t' | s)) is exact for any q. Where q is close to the target's law of torsions, one move forgets them. L. Tierney, Ann. Stat. 22
/// (1994) 1701, section 2.3.
/// </summary>
public sealed class TorsionJump : MetropolisMove
{
    // rad: where one rotor's turn changes another's angle (a bent alkyne that names it), the way back has another density, and the jump is
    // rejected
    private const double Reversible = 1e-3;

    private readonly TorusProposal _proposal;
    private readonly JumpRotor[] _rotors;
    private readonly JumpState _state;

    /// <summary>Makes the kernel.</summary>
    /// <param name="proposal">q; it may be fitted between steps.</param>
    /// <param name="rotors">[T], a rotor before those that it carries.</param>
    /// <param name="state">Of a walker; null where the proposal has one.</param>
    /// <exception cref="ArgumentException">Not as many rotors as the proposal has angles.</exception>
    public TorsionJump(TorusProposal proposal, IReadOnlyList<JumpRotor> rotors, JumpState? state = null)
    {
        if (rotors.Count != proposal.Dimension || rotors.Count == 0)
            throw new ArgumentException($"A proposal of {proposal.Dimension} angles does not move {rotors.Count} rotors.");
        (_proposal, _rotors, _state) = (proposal, [.. rotors], state ?? ((_, _, _) => 0));
    }

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new Workspace(potential, _proposal);

    /// <inheritdoc/>
    internal override (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace)
    {
        Span<float> x = block.Positions.Span;
        int width = block.Width;
        var work = (Workspace)workspace;
        int state = _state(x, width, lane);
        Angles(x, width, lane, work.Old);
        double log = _proposal.LogDensity(state, work.Old, work.Scratch) - _proposal.Draw(state, work.New, key, walker, work.Scratch);
        for (int t = 0; t < _rotors.Length; t++)
            TorsionMove.Rotate(x, width, lane, _rotors[t].Axis, work.New[t] - work.Old[t]);
        Angles(x, width, lane, work.Old);
        for (int t = 0; t < _rotors.Length; t++)
            if (Math.Abs(Math.IEEERemainder(work.New[t] - work.Old[t], 2 * Math.PI)) > Reversible)
                log = double.NegativeInfinity;
        (uint high, uint low, _, _) = Philox.Words(key, walker, 0);
        return (log, Philox.Uniform(high, low));
    }

    private void Angles(ReadOnlySpan<float> x, int width, int lane, Span<float> angles)
    {
        for (int t = 0; t < _rotors.Length; t++)
            angles[t] = (float)LaneGeometry.Dihedral(x, width, lane, _rotors[t].I, _rotors[t].Axis.From, _rotors[t].Axis.To, _rotors[t].L);
    }

    private sealed class Workspace(Potential potential, TorusProposal proposal) : MetropolisWorkspace(potential)
    {
        public float[] Old { get; } = new float[proposal.Dimension];
        public float[] New { get; } = new float[proposal.Dimension];
        public TorusScratch Scratch { get; } = new(proposal);
    }
}
