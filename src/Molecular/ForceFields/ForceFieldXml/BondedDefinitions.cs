namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>A harmonic bond; the pattern reads either way.</summary>
internal sealed record BondDefinition(AtomPattern A, AtomPattern B, double Length, double K)
{
    public bool Matches(AtomType a, AtomType b) => (A.Matches(a) && B.Matches(b)) || (A.Matches(b) && B.Matches(a));
}

/// <summary>A harmonic angle; the pattern reads either way.</summary>
internal sealed record AngleDefinition(AtomPattern A, AtomPattern B, AtomPattern C, double Angle, double K)
{
    public bool Matches(AtomType a, AtomType b, AtomType c) => B.Matches(b)
        && ((A.Matches(a) && C.Matches(c)) || (A.Matches(c) && C.Matches(a)));
}

/// <summary>The cosines on a dihedral.</summary>
internal sealed record TorsionDefinition(AtomPattern A, AtomPattern B, AtomPattern C, AtomPattern D,
    IReadOnlyList<(int Periodicity, double Phase, double K)> Terms, ImproperOrdering Ordering)
{
    public bool HasWildcard => A.IsAny || B.IsAny || C.IsAny || D.IsAny;

    public bool Matches(AtomType a, AtomType b, AtomType c, AtomType d) =>
        (A.Matches(a) && B.Matches(b) && C.Matches(c) && D.Matches(d)) || (A.Matches(d) && B.Matches(c) && C.Matches(b) && D.Matches(a));
}

/// <summary>In which order the atoms around an improper's centre stand: it decides the sign of the angle and so, off the plane, the
/// energy.</summary>
internal enum ImproperOrdering
{
    /// <summary>By element.</summary>
    Default,

    /// <summary>By residue and place in the template, as LEaP does.</summary>
    Amber,
}
