namespace MolSampling.Potentials;

/// <summary>Atoms held at their distances to a common neighbour: the hydrogens of a carbon.</summary>
/// <param name="Centre">The neighbour.</param>
/// <param name="CentreMass">Da, as integrated.</param>
/// <param name="Leaves">The atoms, <see cref="MostLeaves"/> at most.</param>
/// <param name="LeafMasses">Of each, Da, as integrated.</param>
/// <param name="Lengths">Of each, nm.</param>
public sealed record BondStar(int Centre, double CentreMass, IReadOnlyList<int> Leaves, IReadOnlyList<double> LeafMasses,
    IReadOnlyList<double> Lengths)
{
    /// <summary>A carbon has no more.</summary>
    public const int MostLeaves = 4;
}
