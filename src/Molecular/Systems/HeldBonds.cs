using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.Systems;

/// <summary>Which bonds of a solute dynamics holds at their lengths.</summary>
public static class HeldBonds
{
    /// <summary>None, or all to hydrogen.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "h-bonds"];

    /// <summary>Holds bonds to hydrogen at the lengths where their energy is lowest, in place of that energy; what is held already stays.
    /// Another model than the flexible one: that a hydroxyl's bond stretches in water's field is worth some 0.2 kcal/mol, for which
    /// fixed-charge force fields were not made.</summary>
    /// <param name="system">With masses as integrated.</param>
    /// <param name="topology">Which atoms are hydrogens.</param>
    public static ClassicalSystem ToHydrogen(ClassicalSystem system, Topology topology)
    {
        var held = system.Constraints.Select(c => (Math.Min(c.I, c.J), Math.Max(c.I, c.J))).ToHashSet();
        bool IsNew(HarmonicBondParameters b) => (topology.Atoms[b.I].AtomicNumber == 1 || topology.Atoms[b.J].AtomicNumber == 1)
            && !held.Contains((Math.Min(b.I, b.J), Math.Max(b.I, b.J)));
        return system with
        {
            Bonds = [.. system.Bonds.Where(b => !IsNew(b))],
            Constraints = [.. system.Bonds.Where(IsNew).Select(b => new ConstraintPair(b.I, b.J, b.Length)), .. system.Constraints],
        };
    }
}
