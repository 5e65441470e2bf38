using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// Metropolis moves of all torsions and of the local structure (rings, pyramidal nitrogens) at once, by a learned
/// <see cref="AtomProposal"/>, that keep the noise of bonds and angles: with z = A_s phi(t) + L_s u, the residual u stays,
/// <para>(s, t, u) -> (s', t', u),  z' = A_s' phi(t') + L_s' u,</para>
/// so bonds, angles and rings follow to where the new torsions and the new structure want them, and what the Gaussian does not know of them
/// cancels between both ends, however many atoms there are. With s' from q(s') and t' from q(t' | s'), or s' alone new, the acceptance is
/// <para>min(1, exp(-beta (U' - U)) |dx/d(z, t)|' |L_s'| q(s) q(t | s) / (|dx/d(z, t)| |L_s| q(s') q(t' | s'))).</para>
/// The position and the orientation of the first three atoms stay. Exact for any q and at any temperature.
/// </summary>
internal sealed class ShapeJump : Kernel
{
    private const double NewTorsions = 0.5, NewStructure = 0.25; // the rest changes both

    private readonly AtomProposal _proposal;

    /// <summary>Makes the kernel.</summary>
    /// <param name="proposal">Whose states, torsions and shapes; it may be fitted between steps.</param>
    /// <exception cref="ArgumentException">Neither a rotor nor a second structure.</exception>
    public ShapeJump(AtomProposal proposal) => _proposal = proposal.Torsions.Dimension > 0 || proposal.States > 1 ? proposal
        : throw new ArgumentException("Nothing jumps: there is no rotor and one local structure.");

    /// <inheritdoc/>
    public override KernelWorkspace CreateWorkspace(Potential potential) => new Workspace(potential, _proposal);

    /// <inheritdoc/>
    public override void Step(WalkerBlock block, Potential potential, long step, RandomSource random, KernelWorkspace workspace)
    {
        var work = (Workspace)workspace;
        int width = block.Width;
        Span<float> x = block.Positions.Span;
        work.Before.Take(block);
        ulong key = random.Split(step).Key;
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            (work.From[lane], work.To[lane], work.LogRatio[lane]) = Propose(x, width, lane, key, (ulong)(block.FirstWalker + lane),
                work.Shapes);
            if (double.IsNegativeInfinity(work.LogRatio[lane]))
                work.Before.PutBack(block, lane); // no geometry, or no move
        }
        block.Evaluate(potential);
        work.Evaluations += block.Walkers;
        for (int lane = 0; lane < block.Walkers; lane++)
        {
            double change = block.Energies[lane] - work.Before.Energies[lane];
            (uint high, uint low, _, _) = Philox.Words(key, (ulong)(block.FirstWalker + lane), Number(0));
            bool accepted = false;
            if (!double.IsFinite(change))
                work.NonFinite++;
            else if (Philox.Uniform(high, low) < Math.Exp(work.LogRatio[lane] - block.Beta[lane] * change))
                accepted = potential.Support?.Contains(x, width, lane) ?? true;
            work.Count(block.Rungs[lane], accepted);
            if (!accepted)
                work.Before.PutBack(block, lane);
            else if (work.From[lane] != work.To[lane])
                work.StructureChanges++;
        }
        for (int lane = block.Walkers; lane < width; lane++)
            work.Before.PutBack(block, lane); // padding stays where it is
    }

    /// <summary>Of a step's random numbers: those of the state and of the torsions come first.</summary>
    private ulong Number(int n) => (ulong)(_proposal.Torsions.Dimension + 1 + n);

    /// <summary>Moves one walker to where it may jump.</summary>
    /// <returns>s, s' and the logarithm of the acceptance without the energies; -infinity where there is no way back.</returns>
    private (int From, int To, double LogRatio) Propose(Span<float> x, int width, int lane, ulong key, ulong walker,
        AtomProposal.Scratch work)
    {
        int from = _proposal.StateOf(x, width, lane), to = from;
        for (int k = 0; k < work.X.Length; k++)
            work.X[k] = x[k * width + lane];
        double log = -_proposal.Read(from, work);
        double kind = 0;
        if (_proposal.States > 1)
        {
            (uint high, uint low, _, _) = Philox.Words(key, walker, Number(1));
            kind = Philox.Uniform(high, low);
            if (kind >= NewTorsions || _proposal.Torsions.Dimension == 0)
            {
                to = _proposal.Torsions.DrawState(key, walker);
                log += _proposal.Torsions.LogStates[from] - _proposal.Torsions.LogStates[to];
            }
        }
        bool turns = _proposal.Torsions.Dimension > 0 && !(kind >= NewTorsions && kind < NewTorsions + NewStructure);
        if (!turns && from == to)
            return (from, to, double.NegativeInfinity);
        if (turns)
            log += _proposal.Torsions.LogDensity(from, work.Angles, work.Torsions)
                - _proposal.Torsions.Draw(to, work.Angles, key, walker, work.Torsions);
        log += _proposal.Place(to, work);
        if (!double.IsFinite(log))
            return (from, to, double.NegativeInfinity);
        for (int k = 0; k < work.X.Length; k++)
            x[k * width + lane] = (float)work.X[k];
        return _proposal.StateOf(x, width, lane) == to ? (from, to, log) : (from, to, double.NegativeInfinity);
    }

    private sealed class Workspace(Potential potential, AtomProposal proposal) : KernelWorkspace, IDisposable
    {
        public BlockMemory Before { get; } = new(potential);
        public double[] LogRatio { get; } = new double[potential.BlockWidth];
        public int[] From { get; } = new int[potential.BlockWidth];
        public int[] To { get; } = new int[potential.BlockWidth];
        public AtomProposal.Scratch Shapes { get; } = new(proposal);
        public long StructureChanges { get; set; }

        public void Dispose() => Before.Dispose();
    }
}
