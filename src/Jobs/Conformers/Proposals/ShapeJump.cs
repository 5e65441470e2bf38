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
    /// <param name="proposal">Whose states, torsions and shapes; states may be weighed anew between steps.</param>
    /// <exception cref="ArgumentException">Neither a rotor nor a second structure.</exception>
    public ShapeJump(AtomProposal proposal) => _proposal = proposal.Torsions.Dimension > 0 || proposal.States > 1 ? proposal
        : throw new ArgumentException("Nothing jumps: there is no rotor and one local structure.");

    /// <inheritdoc/>
    protected override KernelWorkspace NewWorkspace(Potential potential) => new Workspace(potential, _proposal);

    /// <inheritdoc/>
    internal override (double LogRatio, double Uniform) Propose(WalkerBlock block, int lane, ulong key, ulong walker, long step,
        MetropolisWorkspace workspace)
    {
        var own = (Workspace)workspace;
        if (lane == 0)
            own.Noise.Fill(key, block);
        (uint high, uint low, _, _) = Philox.Words(key, walker, Number(0));
        return (Move(block, lane, key, walker, own), Philox.Uniform(high, low));
    }

    private double Move(WalkerBlock block, int lane, ulong key, ulong walker, Workspace workspace)
    {
        Span<float> x = block.Positions.Span;
        int width = block.Width;
        AtomProposal.Scratch work = workspace.Shapes;
        StandingShape at = workspace.Standing[lane];
        TorusProposal torsions = _proposal.Torsions;
        (uint a, uint b, uint c, _) = Philox.Words(key, walker, Number(1));
        bool turns = torsions.Dimension > 0 && a < TwoThirds, changes = _proposal.States > 1 && b < OneThird;
        double fresh = s_fresh[turns || changes ? c % 4 : 1 + c % 3];
        at.Read(_proposal, x, width, lane, work);
        int from = at.State, to = changes ? torsions.DrawState(key, walker) : from;
        if (!turns && fresh == 0 && from == to)
            return double.NegativeInfinity; // no move
        at.CopyTo(work);
        double log = -at.LogVolume + torsions.LogStates[from] - torsions.LogStates[to];
        if (fresh > 0)
            workspace.Noise.Refresh(work.Normals, fresh, lane);
        if (turns)
            log += at.LogTorsions(torsions, work) - torsions.Draw(to, work.Angles, key, walker, work.Torsions);
        log += _proposal.Place(to, work);
        if (!double.IsFinite(log))
            return double.NegativeInfinity; // no geometry
        for (int k = 0; k < work.X.Length; k++)
            x[k * width + lane] = (float)work.X[k];
        return _proposal.StateOf(x, width, lane) == to ? log : double.NegativeInfinity; // no way back
    }

    /// <summary>Of a step's random numbers: those of the state and of the torsions come first.</summary>
    private ulong Number(int n) => (ulong)(_proposal.Torsions.Dimension + 1 + n);

    private sealed class Workspace : MetropolisWorkspace
    {
        public Workspace(Potential potential, AtomProposal proposal) : base(potential)
        {
            Shapes = new(proposal);
            Standing = [.. Enumerable.Range(0, potential.BlockWidth).Select(_ => new StandingShape(Shapes))];
            Noise = new(Shapes.Normals.Length, potential.BlockWidth);
        }

        public AtomProposal.Scratch Shapes { get; }

        public StandingShape[] Standing { get; } // [W]

        public ResidualNoise Noise { get; }

        public override void Dispose()
        {
            base.Dispose();
            Noise.Dispose();
        }
    }
}
