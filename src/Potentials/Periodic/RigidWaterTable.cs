using MolSampling.Potentials.Engine;

namespace MolSampling.Potentials.Periodic;

/// <summary>What all molecules of a water model share, one Lennard-Jones site on the oxygen: TIP3P, SPC/E, and TIP4P's kind, whose
/// negative charge has a place of its own.</summary>
/// <param name="NegativeCharge">Of the oxygen, or of that place, e.</param>
/// <param name="HydrogenCharge">e.</param>
/// <param name="Sigma">nm.</param>
/// <param name="Epsilon">kJ/mol.</param>
public readonly record struct WaterSites(double NegativeCharge, double HydrogenCharge, double Sigma, double Epsilon);

/// <summary>
/// Direct interactions of like waters with one another in a cubic box: Lennard-Jones of the oxygens, switched or cut, and the direct
/// part of Ewald's sum. Atoms O, H, H of one water after the other; the negative charge sits on O or on a virtual site. Every pair of
/// molecules is looked at, nearest images by atoms; what is beyond the cut-off costs as much as what is within, and needs no list.
/// </summary>
public static class RigidWaterTable
{
    /// <summary>Makes the table.</summary>
    /// <param name="first">Atom at which the waters begin.</param>
    /// <param name="count">Molecules.</param>
    /// <param name="sites">Of the model.</param>
    /// <param name="split">Of Coulomb's law.</param>
    /// <param name="edge">Of the box, nm; at least twice the cut-off.</param>
    /// <param name="switchDistance">Where Lennard-Jones begins to be switched off, nm; null for a sharp end.</param>
    /// <param name="site">Where the places of the negative charge begin, one a water; null where it is the oxygen's.</param>
    public static TermTable Create(int first, int count, WaterSites sites, EwaldSplit split, double edge, double? switchDistance,
        int? site = null)
    {
        ThrowIfTooSmall(split, edge);
        double[] parameters = [.. split.DirectParameters(edge), sites.NegativeCharge * sites.NegativeCharge,
            sites.NegativeCharge * sites.HydrogenCharge, sites.HydrogenCharge * sites.HydrogenCharge,
            .. CutLennardJones.Parameters(edge, split.Cutoff, switchDistance), sites.Sigma, 4 * sites.Epsilon];
        return split.Degree == Horner8.Degree ? new RigidWaterTable<Horner8>(first, count, site, parameters, split.Cutoff)
            : new RigidWaterTable<Horner10>(first, count, site, parameters, split.Cutoff);
    }

    /// <exception cref="ArgumentException">A cut-off beyond half the box.</exception>
    internal static void ThrowIfTooSmall(EwaldSplit split, double edge)
    {
        if (!(2 * split.Cutoff <= edge))
            throw new ArgumentException($"The cut-off {split.Cutoff} nm is more than half the box of {edge} nm.");
    }
}

/// <summary>The table with its polynomials' degree as a type.</summary>
internal sealed class RigidWaterTable<THorner>(int first, int count, int? site, double[] parameters, double cutoff)
    : TermTable("rigid water", site is null ? 3 : 4,
        [.. Enumerable.Range(0, count).SelectMany(w => RigidWaterLoop<THorner>.Sites(first, site, w))], parameters,
        [first, site ?? RigidWaterLoop<THorner>.OnOxygen], new(count, 0), default(RigidWaterLoop<THorner>))
    where THorner : struct, IHorner
{
    public override IReadOnlyList<string> EnergyNames { get; } = ["LennardJones", "Coulomb"];

    internal override bool HeedsStretch => true;

    internal override double Cutoff => cutoff;

    internal override int ScratchLanes => RigidWaterLoop<THorner>.ScratchLanes(Count, site is not null);
}
