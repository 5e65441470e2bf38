using System.Globalization;
using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Markov chains of all atoms that jump by what was learned of the molecule: by whole shapes at the asked temperature, which moves
/// torsions, rings and nitrogens; on a ladder of temperatures as well where not all local structures are known, or where jumps are refused.
/// </summary>
internal sealed class JumpingChains : ISamplingStrategy
{
    private const double FewestJumps = 0.005; // accepted, below which chains at one temperature do not mix by them

    /// <inheritdoc/>
    public Attempt Sample(ConformerWork work)
    {
        var tree = new RotorTree(work.Molecule);
        if (tree.Rotors.Count > LearnedTorsions.MostRotors)
            return LadderChains.Sample(work, LearnedMoves.None(work), 0.25,
                $"replica exchange: {tree.Rotors.Count} bonds turn, and torsions are learned of {LearnedTorsions.MostRotors} at most");
        LearnedTorsions torsions = LearnedTorsions.Of(work, tree, LearnedTorsions.ForShapes, work.Schedule.Until(0.25));
        (LearnedShapes? shapes, string? obstacle) = LearnedShapes.Of(work, tree, torsions, work.Schedule.Until(0.4));
        LearnedMoves moves = shapes is null ? LearnedMoves.Of(torsions) : LearnedMoves.Of(shapes);
        string name = moves.Jump is null ? "replica exchange" : $"jumps of {torsions.What}";
        obstacle ??= shapes!.Gap ?? (moves.Jump is null ? "nothing jumps" : null);
        if (obstacle is not null)
            return LadderChains.Sample(work, moves, 0.6, (moves.Jump is null ? name : name + " and replica exchange") + ": " + obstacle);
        using var chains = new ChainSampling(work, moves, ladder: false);
        chains.BurnIn(0.5);
        if (!(chains.JumpAcceptance < FewestJumps))
            return new(chains.Run(), name + " at one temperature");
        return LadderChains.Sample(work, moves, 0.6, name + string.Create(CultureInfo.InvariantCulture,
            $" and replica exchange, since only {chains.JumpAcceptance:p2} of the jumps were accepted"));
    }
}
