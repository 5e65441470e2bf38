namespace MolSampling.Molecular.Coordinates;

/// <summary>What a torsion coordinate describes.</summary>
public enum TorsionKind
{
    /// <summary>Rotation about an acyclic single bond.</summary>
    Rotor,

    /// <summary>An endocyclic torsion of a ring: its pucker.</summary>
    Ring,

    /// <summary>The improper torsion of a pyramidal nitrogen: its sign is the side of the lone pair.</summary>
    Inversion,
}

/// <summary>One coordinate of a molecule's torsion space.</summary>
/// <param name="Kind">Rotor, ring or inversion.</param>
/// <param name="I">First atom.</param>
/// <param name="J">Axis.</param>
/// <param name="K">Axis.</param>
/// <param name="L">Last atom.</param>
/// <param name="Fold">States an angle 2 pi / Fold apart are one: 2 for a nitro group or a carboxylate.</param>
public sealed record TorsionCoordinate(TorsionKind Kind, int I, int J, int K, int L, int Fold = 1)
{
    /// <summary>The angle, rad, in [-pi, pi]; folded angles are brought to [-pi/Fold, pi/Fold] and stretched to the whole circle.</summary>
    public double Angle(ReadOnlySpan<float> positions) => Stretch(Dihedral.Angle(positions, I, J, K, L));

    /// <summary>The angle of the torsion's image under a permutation of the atoms.</summary>
    public double Angle(ReadOnlySpan<float> positions, IReadOnlyList<int> image) =>
        Stretch(Dihedral.Angle(positions, image[I], image[J], image[K], image[L]));

    private double Stretch(double angle) => Fold == 1 ? angle : Math.IEEERemainder(angle * Fold, 2 * Math.PI);
}
