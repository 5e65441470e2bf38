using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Molecular.Coordinates;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Methods;

/// <summary>
/// Independent draws of all atoms with exact weights for p(x): draws of a learned <see cref="AtomProposal"/>, annealed to the target
/// (<see cref="SequentialMonteCarlo"/>), which makes their weights even. How many there are follows from a pilot whose weights are not used
/// otherwise: to draw until the weights look well biases what they weigh.
/// </summary>
internal sealed class AtomDraws : ISamplingStrategy
{
    private const double Learning = 0.5; // of the time limit, when it must be done

    /// <inheritdoc/>
    public Attempt Sample(ConformerWork work)
    {
        var tree = new RotorTree(work.Molecule);
        if (tree.Rotors.Count > LearnedTorsions.MostRotors)
            return Refusal($"{tree.Rotors.Count} bonds turn, and torsions are learned of {LearnedTorsions.MostRotors} at most");
        LearnedTorsions torsions = LearnedTorsions.Of(work, tree, LearnedTorsions.ForShapes, work.Schedule.Until(0.5 * Learning));
        CancellationToken end = work.Schedule.Until(Learning);
        (LearnedShapes? shapes, string? obstacle) = LearnedShapes.Of(work, tree, torsions, end);
        obstacle ??= shapes!.Gap;
        if (obstacle is not null)
            return Refusal(obstacle);
        (ConformerFindings? found, obstacle) = new AnnealedDrawing(work, shapes!).Run(end);
        return found is null ? Refusal(obstacle!) : new(found, $"weighted draws of all atoms: {torsions.What}, annealed");
    }

    private static Attempt Refusal(string why) => new(null, $"weighted draws do not serve: {why} (--method auto uses chains)");
}
