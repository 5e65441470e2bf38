using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>A torsion, ring torsion or inversion with the states that were told apart. A basin's state in words has one word for each
/// coordinate that has more than one, in this order.</summary>
/// <param name="Torsion">Its atoms; of an inversion the nitrogen and its three neighbours.</param>
/// <param name="Letters">By rising angle of the arc: what a state is called in the basins.</param>
public sealed record StateCoordinate(TorsionCoordinate Torsion, IReadOnlyList<StateLetter> Letters);

/// <summary>A state of a coordinate.</summary>
/// <param name="Word">For example "g+", or "-" for the sign of a ring torsion.</param>
/// <param name="Angle">Mean direction of the samples in it, degrees; of a folded torsion between -90 and 90.</param>
public sealed record StateLetter(string Word, double Angle);
