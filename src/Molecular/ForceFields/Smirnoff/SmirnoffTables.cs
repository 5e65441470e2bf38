namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>The rules of a SMIRNOFF force field, section by section; of those that match the last counts.</summary>
/// <param name="Bonds">nm, kJ/mol/nm^2.</param>
/// <param name="Angles">rad, kJ/mol/rad^2.</param>
/// <param name="Propers">Terms of a dihedral.</param>
/// <param name="Impropers">Terms of each of the three dihedrals about a centre, which is tag 2.</param>
/// <param name="LennardJones">Of an atom.</param>
/// <param name="LibraryCharges">[tags] e.</param>
/// <param name="LennardJonesScale14">Of pairs three bonds apart.</param>
/// <param name="CoulombScale14">Of pairs three bonds apart.</param>
internal sealed record SmirnoffTables(
    IReadOnlyList<SmirnoffRule<SpringValue>> Bonds,
    IReadOnlyList<SmirnoffRule<SpringValue>> Angles,
    IReadOnlyList<SmirnoffRule<CosineValue[]>> Propers,
    IReadOnlyList<SmirnoffRule<CosineValue[]>> Impropers,
    IReadOnlyList<SmirnoffRule<LennardJonesValue>> LennardJones,
    IReadOnlyList<SmirnoffRule<double[]>> LibraryCharges,
    double LennardJonesScale14,
    double CoulombScale14);
