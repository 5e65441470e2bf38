using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// Metropolis moves of all torsions, of the local structure (rings, pyramidal nitrogens) and of bonds and angles at once, by a learned
/// <see cref="AtomProposal"/>. With z = A_s phi(t) + L_s u a configuration is (s, t, u), where the residual u is nearly N(0, 1):
/// <para>(s, t, u) -> (s', t', u'),  z' = A_s' phi(t') + L_s' u',  u' = c u + (1 - c^2)^1/2 N(0, 1).</para>
/// Bonds, angles and rings follow to where new torsions and a new structure want them. What the Gaussian does not know of them cancels
/// between both ends where u is kept (c = 1), however many atoms there are; smaller c move soft modes of rings. With s' from q(s') and t'
/// from q(t' | s'), each new or kept, the acceptance is
/// <para>min(1, exp(-beta (U' - U)) |dx/du|' N(u) q(s) q(t | s) / (|dx/du| N(u') q(s') q(t' | s'))).</para>
/// The position and the orientation of the first three atoms stay. Exact for any q and at any temperature. The step of u is that of
/// preconditioned Crank-Nicolson: S. L. Cotter, G. O. Roberts, A. M. Stuart, D. White, Stat. Sci. 28 (2013) 424.
/// </summary>
internal sealed class ShapeJump : MetropolisMove
{
    private static readonly double[] s_fresh = [0, 0.25, 0.5, 1]; // (1 - c^2)^1/2, in turn by chance

    private const uint OneThird = uint.MaxValue / 3, TwoThirds = 2 * OneThird;

    private readonly AtomProposal _proposal;

    /// <summary>Makes the kernel.</summary>
    /// <param name="proposal">Whose states, torsions and shapes; it may be fitted between steps.</param>
    /// <exception cref="ArgumentException">Neither a rotor nor a second structure.</exception>
    public ShapeJump(AtomProposal proposal) => _proposal = proposal.Torsions.Dimension > 0 || proposal.States > 1 ? proposal
        : throw new ArgumentException("Nothing jumps: there is no rotor and one local structure.");

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new Workspace(potential, _proposal);

    /// <inheritdoc/>
    internal override (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace)
    {
        Span<float> x = block.Positions.Span;
        int width = block.Width;
        (uint high, uint low, _, _) = Philox.Words(key, walker, Number(0));
        return (Move(x, width, lane, key, walker, ((Workspace)workspace).Shapes), Philox.Uniform(high, low));
    }

    private double Move(Span<float> x, int width, int lane, ulong key, ulong walker, AtomProposal.Scratch work)
    {
        TorusProposal torsions = _proposal.Torsions;
        (uint a, uint b, uint c, _) = Philox.Words(key, walker, Number(1));
        bool turns = torsions.Dimension > 0 && a < TwoThirds, changes = _proposal.States > 1 && b < OneThird;
        double fresh = s_fresh[turns || changes ? c % 4 : 1 + c % 3];
        int from = _proposal.StateOf(x, width, lane), to = changes ? torsions.DrawState(key, walker) : from;
        if (!turns && fresh == 0 && from == to)
            return double.NegativeInfinity; // no move
        for (int k = 0; k < work.X.Length; k++)
            work.X[k] = x[k * width + lane];
        double log = -_proposal.Read(from, work) + torsions.LogStates[from] - torsions.LogStates[to];
        if (fresh > 0)
            Refresh(work.Normals, fresh, key, walker);
        if (turns)
            log += torsions.LogDensity(from, work.Angles, work.Torsions) - torsions.Draw(to, work.Angles, key, walker, work.Torsions);
        log += _proposal.Place(to, work);
        if (!double.IsFinite(log))
            return double.NegativeInfinity; // no geometry
        for (int k = 0; k < work.X.Length; k++)
            x[k * width + lane] = (float)work.X[k];
        return _proposal.StateOf(x, width, lane) == to ? log : double.NegativeInfinity; // no way back
    }

    /// <summary>u' = (1 - f^2)^1/2 u + f N(0, 1).</summary>
    private void Refresh(Span<double> u, double fresh, ulong key, ulong walker)
    {
        double kept = Math.Sqrt(1 - fresh * fresh);
        for (int n = 0; n < u.Length; n += 2)
        {
            (double first, double second) = Philox.Normals(key, walker, Number(2 + n));
            u[n] = kept * u[n] + fresh * first;
            if (n + 1 < u.Length)
                u[n + 1] = kept * u[n + 1] + fresh * second;
        }
    }

    /// <summary>Of a step's random numbers: those of the state and of the torsions come first.</summary>
    private ulong Number(int n) => (ulong)(_proposal.Torsions.Dimension + 1 + n);

    private sealed class Workspace(Potential potential, AtomProposal proposal) : MetropolisWorkspace(potential)
    {
        public AtomProposal.Scratch Shapes { get; } = new(proposal);
    }
}
