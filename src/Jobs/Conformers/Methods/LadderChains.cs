using MolSampling.Jobs.Conformers.Proposals;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>Replica exchange over temperatures, nothing learned.</summary>
internal sealed class LadderChains : ISamplingStrategy
{
    /// <inheritdoc/>
    public Attempt Sample(ConformerWork work) => Sample(work, LearnedMoves.None(work), 0.25, "replica exchange");

    /// <summary>The same with what another strategy has learned.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="moves">Jumps and starts.</param>
    /// <param name="burntIn">Share of the time limit, when burn-in must be done.</param>
    /// <param name="how">In words.</param>
    public static Attempt Sample(ConformerWork work, LearnedMoves moves, double burntIn, string how)
    {
        using var chains = new ChainSampling(work, moves, ladder: true);
        chains.BurnIn(burntIn);
        return new(chains.Run(), how);
    }
}
