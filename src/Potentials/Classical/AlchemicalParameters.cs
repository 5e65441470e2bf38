using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;

namespace MolSampling.Potentials.Classical;

/// <summary>
/// A solute in water whose coupling to it is scaled walker by walker. Decoupled, not annihilated: between the solute's own atoms the
/// interactions of vacuum stay whole, all pairs, without images, so the decoupled solute is that of the gas; what scales with its charges
/// is the sum with the water and with its own images.
/// </summary>
public static class AlchemicalParameters
{
    /// <summary>The tables.</summary>
    /// <param name="system">A solute, then rigid waters in a periodic box (<c>WaterBox</c>).</param>
    /// <param name="path">What a walker's scale means.</param>
    /// <param name="sharpness">Of <see cref="EwaldSplit"/>.</param>
    /// <exception cref="ArgumentException">Not such a system, or a solute that interacts with nothing.</exception>
    public static SystemParameters ToAlchemicalEngine(this ClassicalSystem system, CouplingPath path,
        double sharpness = EwaldSplit.DefaultSharpness)
    {
        var held = new HeldDistances(system);
        if (held.Waters is not { First: > 0 } waters || system.Reach is not { IsEwald: true, Cutoff: { } cutoff,
            Box: { } box })
            throw new ArgumentException("A solute in a periodic box of rigid water is needed.");
        int solute = waters.First;
        NonbondedParticle[] own = [.. system.Particles.Take(solute)];
        if (own.All(p => p.Charge == 0 && p.Epsilon == 0))
            throw new ArgumentException("The solute has neither charges nor Lennard-Jones parameters: nothing would be decoupled, and 0 is "
                + "no free energy of solvation.");
        if (system.Exceptions.Any(e => (e.I < solute) != (e.J < solute)))
            throw new ArgumentException("An exception joins the solute to water.");
        double edge = PeriodicParameters.Edge(box);
        var split = new EwaldSplit(cutoff, sharpness);
        double[] charges = [.. system.Particles.Select(p => p.Charge)];
        var exceptions = system.Exceptions.Select(e => (Math.Min(e.I, e.J), Math.Max(e.I, e.J))).ToHashSet();
        return new(system.Masses,
        [
            .. SoluteOf(system).ToEngine().Terms,
            PeriodicParameters.Waters(system, waters, exceptions.Contains, split, edge),
            EwaldExclusionTable.Create(charges, system.Exceptions.Where(e => e.I >= solute).Select(e => (e.I, e.J)), split, box),
            PeriodicPairTable.Create(system.Particles, Enumerable.Range(0, solute).SelectMany(i => Enumerable.Range(solute,
                charges.Length - solute).Select(j => (i, j))), split, edge, system.Reach.SwitchDistance, isAlchemical: true),
            ReciprocalTable.Create(charges, split, box, solute),
            SoluteExclusionTable.Create([.. charges.Take(solute)], split, box),
            .. system.Reach.HasDispersionCorrection ? [new ConstantTable("LennardJones (water's, beyond the cut-off)",
                DispersionCorrection.Energy([.. system.Particles.Skip(solute)], cutoff, system.Reach.SwitchDistance, box.Volume))]
                : Array.Empty<TermTable>(),
        ])
        {
            Constraints = held.ToConstraints(),
            VirtualSites = system.VirtualSites,
            Box = new PeriodicBox(box, PeriodicParameters.Molecules(system)),
            Path = path,
            CoupledTail = system.Reach.HasDispersionCorrection ? SoluteTail(system, solute) : 0,
        };
    }

    /// <summary>The solute as a molecule of the gas, nothing held: what a decoupled one is.</summary>
    /// <param name="system">A solute, then rigid waters.</param>
    public static ClassicalSystem SoluteOf(ClassicalSystem system)
    {
        int solute = new HeldDistances(system).Waters is { } waters ? waters.First : system.AtomCount;
        return system with
        {
            Particles = [.. system.Particles.Take(solute)],
            VirtualSites = [],
            Masses = [.. system.Masses.Take(solute)],
            Exceptions = [.. system.Exceptions.Where(e => e.I < solute)],
            Constraints = [],
            Reach = NonbondedReach.Unlimited,
        };
    }

    /// <summary>The mean energy of a solute's Lennard-Jones with water beyond the cut-off and in the switch, kJ/mol.</summary>
    private static double SoluteTail(ClassicalSystem system, int solute)
    {
        double cutoff = system.Reach.Cutoff!.Value, volume = system.Reach.Box!.Value.Volume;
        return (system.AtomCount - solute) / 3 / volume * system.Particles.Take(solute).Sum(atom =>
            DispersionCorrection.PerDensity(atom, system.Particles[solute], cutoff, system.Reach.SwitchDistance));
    }
}
