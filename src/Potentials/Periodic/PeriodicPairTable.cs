using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>Direct interactions of any pairs of atoms in a cubic box: switched Lennard-Jones by Lorentz and Berthelot's rules, and the
/// direct part of Ewald's sum. What <see cref="RigidWaterTable"/> is for waters with one another.</summary>
public static class PeriodicPairTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="particles">[N] of all atoms of the system.</param>
    /// <param name="pairs">Of atoms, each once.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="edge">Of the box, nm; at least twice the cut-off.</param>
    /// <param name="switchDistance">Where Lennard-Jones begins to be switched off, nm; null for a sharp end.</param>
    /// <param name="isAlchemical">Whether they are coupled by each walker's own factors; the first atom of a pair is the solute's.</param>
    public static TermTable Create(IReadOnlyList<NonbondedParticle> particles, IEnumerable<(int I, int J)> pairs, EwaldSplit split,
        double edge, double? switchDistance, bool isAlchemical = false)
    {
        RigidWaterTable.ThrowIfTooSmall(split, edge);
        (int I, int J)[] rows = [.. pairs.Order()];
        double[] parameters = [.. split.DirectParameters(edge), .. CutLennardJones.Parameters(edge, split.Cutoff, switchDistance),
            .. particles.SelectMany(p => new[] { p.Charge, p.Sigma / 2, 2 * Math.Sqrt(p.Epsilon) })];
        return (split.Degree == Horner8.Degree, isAlchemical) switch
        {
            (true, false) => new PeriodicPairTable<Horner8, Coupled>(particles.Count, rows, parameters, split.Cutoff),
            (true, true) => new PeriodicPairTable<Horner8, Alchemical>(particles.Count, rows, parameters, split.Cutoff),
            (false, false) => new PeriodicPairTable<Horner10, Coupled>(particles.Count, rows, parameters, split.Cutoff),
            _ => new PeriodicPairTable<Horner10, Alchemical>(particles.Count, rows, parameters, split.Cutoff),
        };
    }
}

/// <summary>The table with its polynomials' degree as a type.</summary>
internal sealed class PeriodicPairTable<THorner, TCoupled>(int atoms, (int I, int J)[] pairs, double[] parameters, double cutoff)
    : TermTable(typeof(TCoupled) == typeof(Alchemical) ? "solute with solvent" : "periodic pairs", 2,
        [.. pairs.SelectMany(p => new[] { p.I, p.J })], parameters, PeriodicPairLoop<THorner, TCoupled>.Index(atoms, pairs), new(atoms, 0),
        default(PeriodicPairLoop<THorner, TCoupled>))
    where THorner : struct, IHorner
    where TCoupled : struct, ICoupled
{
    public override IReadOnlyList<string> EnergyNames { get; } = ["LennardJones", "Coulomb"];

    internal override CouplingDependence Coupling => typeof(TCoupled) == typeof(Alchemical) ? CouplingDependence.Any
        : CouplingDependence.None;

    internal override int ScratchLanes => PeriodicPairLoop<THorner, TCoupled>.ScratchLanes(Shape.Count);

    internal override bool HeedsStretch => true;

    internal override double Cutoff => cutoff;
}
