namespace MolSampling.Molecular.Topologies;

/// <summary>Where an atom stands relative to three others.</summary>
/// <param name="Parent">The atom it is bonded to.</param>
/// <param name="Grandparent">Makes the angle.</param>
/// <param name="Reference">Makes the dihedral.</param>
/// <param name="Length">Angstrom.</param>
/// <param name="Angle">Degrees, at the parent.</param>
/// <param name="Dihedral">Degrees, IUPAC's sign: clockwise seen from the grandparent to the parent.</param>
internal sealed record Placement(string Parent, string Grandparent, string Reference, double Length, double Angle, double Dihedral);
