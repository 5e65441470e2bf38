namespace MolSampling.Potentials.Classical;

/// <summary>
/// A molecular-mechanics system in the field's standard form: harmonic bonds and angles, periodic torsions, Lennard-Jones, charges with
/// exceptions, and an implicit solvent. Readers (prmtop, ForceField XML, System XML) make it; the engine's <see cref="SystemParameters"/>
/// and OpenMM's System XML are made from it, so both run the same numbers. Units: nm, rad, kJ/mol, e, Da.
/// </summary>
public sealed record ClassicalSystem
{
    /// <summary>[N] Da.</summary>
    public required IReadOnlyList<double> Masses { get; init; }

    /// <summary>Harmonic bonds.</summary>
    public IReadOnlyList<HarmonicBondParameters> Bonds { get; init; } = [];

    /// <summary>Harmonic angles.</summary>
    public IReadOnlyList<HarmonicAngleParameters> Angles { get; init; } = [];

    /// <summary>Periodic torsions, proper and improper; several may stand on the same four atoms.</summary>
    public IReadOnlyList<PeriodicTorsionParameters> Torsions { get; init; } = [];

    /// <summary>[N + V] charges and Lennard-Jones parameters, of the virtual sites behind those of the atoms; empty for a system without
    /// non-bonded interactions.</summary>
    public IReadOnlyList<NonbondedParticle> Particles { get; init; } = [];

    /// <summary>Pairs that interact by parameters of their own, or (charge product and epsilon 0) not at all.</summary>
    public IReadOnlyList<ExceptionPair> Exceptions { get; init; } = [];

    /// <summary>How far non-bonded interactions reach.</summary>
    public NonbondedReach Reach { get; init; } = NonbondedReach.Unlimited;

    /// <summary>The implicit solvent, or null for vacuum.</summary>
    public GeneralizedBornParameters? ImplicitSolvent { get; init; }

    /// <summary>Harmonic wells that hold atoms in place.</summary>
    public IReadOnlyList<PositionRestraintParameters> Restraints { get; init; } = [];

    /// <summary>Distances that are held.</summary>
    public IReadOnlyList<ConstraintPair> Constraints { get; init; } = [];

    /// <summary>[V] places that interact and have no mass; particle and exceptions count them as N, N + 1, ...</summary>
    public IReadOnlyList<Engine.VirtualSite> VirtualSites { get; init; } = [];

    /// <summary>N, the number of atoms.</summary>
    public int AtomCount => Masses.Count;
}

/// <summary>E = k/2 (r - r0)^2.</summary>
/// <param name="I">Atom.</param>
/// <param name="J">Atom.</param>
/// <param name="Length">r0, nm.</param>
/// <param name="K">kJ/mol/nm^2.</param>
public readonly record struct HarmonicBondParameters(int I, int J, double Length, double K);

/// <summary>E = k/2 (theta - theta0)^2.</summary>
/// <param name="I">Atom.</param>
/// <param name="J">The atom in the middle.</param>
/// <param name="K">Atom.</param>
/// <param name="Angle">theta0, rad.</param>
/// <param name="ForceConstant">k, kJ/mol/rad^2.</param>
public readonly record struct HarmonicAngleParameters(int I, int J, int K, double Angle, double ForceConstant);

/// <summary>E = k (1 + cos(n phi - phase)).</summary>
/// <param name="I">Atom.</param>
/// <param name="J">Atom of the axis.</param>
/// <param name="K">Atom of the axis.</param>
/// <param name="L">Atom.</param>
/// <param name="Periodicity">n, 1 to 6.</param>
/// <param name="Phase">rad.</param>
/// <param name="ForceConstant">k, kJ/mol.</param>
public readonly record struct PeriodicTorsionParameters(int I, int J, int K, int L, int Periodicity, double Phase, double ForceConstant);

/// <summary>One atom's charge and Lennard-Jones parameters, combined by Lorentz and Berthelot's rules.</summary>
/// <param name="Charge">e.</param>
/// <param name="Sigma">nm.</param>
/// <param name="Epsilon">kJ/mol.</param>
public readonly record struct NonbondedParticle(double Charge, double Sigma, double Epsilon);

/// <summary>A pair excepted from the combination rules.</summary>
/// <param name="I">Atom.</param>
/// <param name="J">Atom.</param>
/// <param name="ChargeProduct">e^2.</param>
/// <param name="Sigma">nm.</param>
/// <param name="Epsilon">kJ/mol.</param>
public readonly record struct ExceptionPair(int I, int J, double ChargeProduct, double Sigma, double Epsilon);

/// <summary>How far non-bonded interactions reach. Exceptions are never cut, as in OpenMM.</summary>
/// <param name="Cutoff">nm; null for all pairs.</param>
/// <param name="SwitchDistance">nm, where Lennard-Jones begins to be switched off; null for a sharp end.</param>
/// <param name="ReactionFieldDielectric">Beyond the cut-off; dimensionless.</param>
/// <param name="Box">Edges of a rectangular periodic box, nm; null for none.</param>
public sealed record NonbondedReach(double? Cutoff, double? SwitchDistance, double ReactionFieldDielectric, Engine.RectangularBox? Box)
{
    /// <summary>Whether Coulomb's law is summed over all images (Ewald) instead of ending in a reaction field.</summary>
    public bool IsEwald { get; init; }

    /// <summary>Whether the mean energy of Lennard-Jones beyond the cut-off is added, that of a uniform liquid.</summary>
    public bool HasDispersionCorrection { get; init; }

    /// <summary>All pairs, no box.</summary>
    public static NonbondedReach Unlimited { get; } = new(null, null, 78.3, null);
}

/// <summary>A distance that is held.</summary>
/// <param name="I">Atom.</param>
/// <param name="J">Atom.</param>
/// <param name="Length">nm.</param>
public readonly record struct ConstraintPair(int I, int J, double Length);

/// <summary>E = k/2 |x - x0|^2.</summary>
/// <param name="Atom">Atom.</param>
/// <param name="K">kJ/mol/nm^2.</param>
/// <param name="X">nm.</param>
/// <param name="Y">nm.</param>
/// <param name="Z">nm.</param>
public readonly record struct PositionRestraintParameters(int Atom, double K, double X, double Y, double Z);
