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
    public Attempt Sample(ConformerWork work) => Sample(work, Learn(work));

    /// <summary>Learns what to jump by, and whether that is all that is needed.</summary>
    /// <param name="work">The molecule.</param>
    public static JumpLaw Learn(ConformerWork work)
    {
        var tree = new RotorTree(work.Molecule);
        if (tree.Rotors.Count > LearnedTorsions.MostRotors)
            return new(LearnedMoves.None(work), "replica exchange",
                $"{tree.Rotors.Count} bonds turn, and torsions are learned of {LearnedTorsions.MostRotors} at most");
        LearnedTorsions torsions = LearnedTorsions.Of(work, tree, LearnedTorsions.ForShapes, work.Schedule.Until(0.25));
        (LearnedShapes? shapes, string? obstacle) = LearnedShapes.Of(work, tree, torsions, work.Schedule.Until(0.4));
        LearnedMoves moves = shapes is null ? LearnedMoves.Of(torsions) : LearnedMoves.Of(shapes);
        string name = moves.Jump is null ? "replica exchange" : $"jumps of {torsions.What}";
        return new(moves, name, obstacle ?? shapes!.Gap ?? (moves.Jump is null ? "nothing jumps" : null));
    }

    /// <summary>Samples by what was learned, of this energy or of another one of the molecule: the law does not depend on it.</summary>
    /// <param name="work">The molecule.</param>
    /// <param name="law">Jumps.</param>
    public static Attempt Sample(ConformerWork work, JumpLaw law)
    {
        (LearnedMoves moves, string name, string? obstacle) = law;
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

/// <summary>What chains of a molecule jump by.</summary>
/// <param name="Moves">Jumps and starts.</param>
/// <param name="Name">In words.</param>
/// <param name="Obstacle">Why jumps at one temperature are not enough; null where they may be.</param>
internal sealed record JumpLaw(LearnedMoves Moves, string Name, string? Obstacle);
