using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>What chains jump by, and where they start. The walkers of a ladder start alike, in one local structure where structures are
/// known, and ladders unlike: what the walkers never leave stays in the ladder, and R-hat compares ladders.</summary>
internal sealed class LearnedMoves
{
    /// <summary>Makes ([ladder], [rung], rungs) starts.</summary>
    public delegate ReadOnlySpan<float> Starts(int ladder, int rung, int rungs);

    private readonly AtomProposal? _shapes;

    private LearnedMoves(Kernel? jump, Starts start, AtomProposal? shapes = null) => (Jump, Start, _shapes) = (jump, start, shapes);

    /// <summary>Null where nothing jumps.</summary>
    public Kernel? Jump { get; }

    /// <summary>[N, 3] nm of a walker.</summary>
    public Starts Start { get; }

    /// <summary>The same jumps from other starts, which a ladder's walkers share.</summary>
    /// <param name="starts">[..][N, 3] nm, as many ladders as they are begin unlike.</param>
    public LearnedMoves From(IReadOnlyList<ReadOnlyMemory<float>> starts) => new(Jump, (ladder, _, _) => starts[ladder % starts.Count].Span,
        _shapes);

    /// <summary>While burning in: jumps go to the local structures in which walkers stand.</summary>
    public void Tune(ReplicaExchange chains)
    {
        if (_shapes is null || _shapes.States == 1)
            return;
        double[] counts = new double[_shapes.States];
        float[] x = new float[chains.Dimension];
        for (int m = 0; m < chains.Ladders; m++)
            for (int k = 0; k < chains.Rungs; k++)
            {
                chains.CopyPositions(m, k, x);
                counts[_shapes.StateOf(x, 1, 0)]++;
            }
        _shapes.WeighStates(counts);
    }

    /// <summary>Nothing learned: embeddings to start from.</summary>
    public static LearnedMoves None(ConformerWork work) => new(null, (ladder, _, _) => work.Seeds[ladder % work.Seeds.Count]);

    /// <summary>Torsions alone.</summary>
    public static LearnedMoves Of(LearnedTorsions torsions) => new(torsions.Proposal.Dimension > 0 ? torsions.Jump() : null,
        (ladder, rung, rungs) => torsions.Start(ladder * rungs + rung));

    /// <summary>Whole shapes.</summary>
    public static LearnedMoves Of(LearnedShapes shapes) => new(shapes.CanJump ? new ShapeJump(shapes.Proposal) : null,
        (ladder, rung, _) => shapes.Start(ladder, rung), shapes.Proposal);
}
