using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>Direct interactions of any pairs of atoms in a cubic box: switched Lennard-Jones by Lorentz and Berthelot's rules, and the direct
/// part of Ewald's sum. What <see cref="RigidWaterTable"/> is for waters with one another.</summary>
public static class PeriodicPairTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="particles">[N] of all atoms of the system.</param>
    /// <param name="pairs">Of atoms, each once.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="edge">Of the box, nm; at least twice the cut-off.</param>
    /// <param name="switchDistance">Where Lennard-Jones begins to be switched off, nm; null for a sharp end.</param>
    public static TermTable Create(IReadOnlyList<NonbondedParticle> particles, IEnumerable<(int I, int J)> pairs, EwaldSplit split,
        double edge, double? switchDistance)
    {
        RigidWaterTable.ThrowIfTooSmall(split, edge);
        (int I, int J)[] rows = [.. pairs.Order()];
        double[] parameters = [.. split.DirectParameters(edge), .. CutLennardJones.Parameters(edge, split.Cutoff, switchDistance),
            .. particles.SelectMany(p => new[] { p.Charge, p.Sigma / 2, 2 * Math.Sqrt(p.Epsilon) })];
        return split.Degree == Horner8.Degree ? new PeriodicPairTable<Horner8>(particles.Count, rows, parameters)
            : new PeriodicPairTable<Horner10>(particles.Count, rows, parameters);
    }
}

/// <summary>The table with its polynomials' degree as a type.</summary>
internal sealed class PeriodicPairTable<THorner>(int atoms, (int I, int J)[] pairs, double[] parameters) : TermTable("periodic pairs", 2,
    [.. pairs.SelectMany(p => new[] { p.I, p.J })], parameters, PeriodicPairLoop<THorner>.Index(atoms, pairs), new(atoms, 0),
    default(PeriodicPairLoop<THorner>))
    where THorner : struct, IHorner
{
    public override IReadOnlyList<string> EnergyNames { get; } = ["LennardJones", "Coulomb"];

    internal override int ScratchLanes => 3 * Shape.Count + 2 * PeriodicPairLoop<THorner>.Row;
}
