using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>Which rule each atom, bond, angle and dihedral of a molecule gets: of those that match the last in the file.</summary>
internal sealed class SmirnoffAssignment
{
    /// <summary>Matches all rules.</summary>
    /// <param name="tables">The force field.</param>
    /// <param name="title">Its name, for errors.</param>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="topology">Its bonds.</param>
    /// <exception cref="ParameterizationException">No rule matches an atom, bond, angle or dihedral, or the molecule is no closed
    /// shell.</exception>
    public SmirnoffAssignment(SmirnoffTables tables, string title, RDKitMolecule molecule, Topology topology)
    {
        for (int a = 0; a < topology.Atoms.Count; a++)
            if (molecule.Molecule.Atoms[a].RadicalElectrons > 0)
                throw new ParameterizationException(
                    $"atom {Named(topology, a)} has an unpaired electron, which {title} does not describe", [a]);
        // atoms first: an element that the force field does not know is named as such
        LennardJones = Of("vdW", "atom", tables.LennardJones, Enumerable.Range(0, topology.Atoms.Count).Select(i => new[] { i }));
        Bonds = Of("Bonds", "bond", tables.Bonds, topology.Bonds.Select(b => new[] { b.I, b.J }));
        Angles = Of("Angles", "angle", tables.Angles, BondGraph.Angles(topology).Order().Select(a => new[] { a.I, a.J, a.K }));
        Propers = Of("ProperTorsions", "torsion", tables.Propers, BondGraph.Dihedrals(topology).Order().Select(d =>
            new[] { d.I, d.J, d.K, d.L }));
        Impropers = [.. Last(molecule, tables.Impropers, Trefoil).OrderBy(m => m.Key).Select(m => m.Value)];

        IReadOnlyList<(int[], SmirnoffRule<T>)> Of<T>(string section, string term, IReadOnlyList<SmirnoffRule<T>> rules,
            IEnumerable<int[]> terms)
        {
            var matches = Last(molecule, rules, Chain);
            return [.. terms.Select(t => matches.TryGetValue(Key(Chain(t)), out var match) ? (t, match.Rule)
                : throw new ParameterizationException($"{title} has no parameters for {term} "
                    + $"{string.Join('-', t.Select(a => Named(topology, a)))}: no rule of its section {section} matches", t))];
        }
    }

    /// <summary>[N].</summary>
    public IReadOnlyList<(int[] Atoms, SmirnoffRule<LennardJonesValue> Rule)> LennardJones { get; }

    /// <summary>Every bond.</summary>
    public IReadOnlyList<(int[] Atoms, SmirnoffRule<SpringValue> Rule)> Bonds { get; }

    /// <summary>Every angle.</summary>
    public IReadOnlyList<(int[] Atoms, SmirnoffRule<SpringValue> Rule)> Angles { get; }

    /// <summary>Every dihedral.</summary>
    public IReadOnlyList<(int[] Atoms, SmirnoffRule<CosineValue[]> Rule)> Propers { get; }

    /// <summary>The centres that a rule matches: neighbour, centre, neighbour, neighbour, with rising neighbours.</summary>
    public IReadOnlyList<(int[] Atoms, SmirnoffRule<CosineValue[]> Rule)> Impropers { get; }

    /// <summary>An atom as messages name it: "3 (Br)".</summary>
    public static string Named(Topology topology, int atom) => $"{atom + 1} ({topology.Atoms[atom].Symbol})";

    /// <summary>The last rule that matches, for each set of atoms in its standard order.</summary>
    private static Dictionary<(int, int, int, int), (int[] Atoms, SmirnoffRule<T> Rule)> Last<T>(RDKitMolecule molecule,
        IReadOnlyList<SmirnoffRule<T>> rules, Func<int[], int[]> standard)
    {
        var matches = new Dictionary<(int, int, int, int), (int[], SmirnoffRule<T>)>();
        foreach ((SmirnoffRule<T> rule, IReadOnlyList<int[]> found) in rules.Zip(molecule.MatchTagged([.. rules.Select(r => r.Smirks)])))
            foreach (int[] atoms in found.Select(standard))
                matches[Key(atoms)] = (atoms, rule);
        return matches;
    }

    /// <summary>A chain read from the end with the lower index.</summary>
    private static int[] Chain(int[] atoms) => atoms[0] <= atoms[^1] ? atoms : [.. atoms.Reverse()];

    /// <summary>Neighbours rise, so that the three dihedrals of a centre do not depend on how its pattern was matched.</summary>
    private static int[] Trefoil(int[] atoms)
    {
        int[] around = [.. new[] { atoms[0], atoms[2], atoms[3] }.Order()];
        return [around[0], atoms[1], around[1], around[2]];
    }

    private static (int, int, int, int) Key(int[] atoms) => (atoms[0], atoms.ElementAtOrDefault(1), atoms.ElementAtOrDefault(2),
        atoms.ElementAtOrDefault(3));
}
