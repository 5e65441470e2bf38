using System.Collections.Concurrent;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>A molecule with parameters.</summary>
/// <param name="System">The terms in the field's standard form.</param>
/// <param name="Notes">What a user should know, in words: where the charges come from.</param>
public sealed record SmirnoffSystem(ClassicalSystem System, IReadOnlyList<string> Notes);

/// <summary>
/// A force field for small molecules whose rules look at the molecule itself instead of atom types: SMARTS patterns, of which the last that
/// matches counts. Sage is OpenFF's. D. L. Mobley et al., J. Chem. Theory Comput. 14 (2018) 6076; S. Boothroyd et al., J. Chem. Theory
/// Comput. 19 (2023) 3251.
/// </summary>
public sealed class SmirnoffForceField
{
    private const double Excluded = 1; // nm: the sigma of a pair that does not interact, as OpenMM writes it

    private static readonly Dictionary<string, (string Title, string File)> s_files = new()
    {
        ["sage-2.2.1"] = ("Sage 2.2.1", "openff_unconstrained-2.2.1.offxml"),
        ["sage-2.3.0"] = ("Sage 2.3.0", "openff_unconstrained-2.3.0.offxml"),
    };
    private static readonly ConcurrentDictionary<string, SmirnoffForceField> s_loaded = new();

    private SmirnoffForceField(string name)
    {
        (Title, string file) = s_files.TryGetValue(name, out var found) ? found
            : throw new ArgumentException($"no force field '{name}' of our own: there are {string.Join(", ", Names)}");
        using var text = new StreamReader(typeof(SmirnoffForceField).Assembly.GetManifestResourceStream("forcefields/" + file)!);
        Tables = SmirnoffReader.Read(text.ReadToEnd(), file);
    }

    /// <summary>"sage-2.2.1", "sage-2.3.0".</summary>
    public static IReadOnlyList<string> Names => [.. s_files.Keys];

    /// <summary>Where charges can come from, in the order in which they are tried: "given", "library", "gasteiger".</summary>
    public static IReadOnlyList<string> Charges => [.. ChargeSources.All.Select(s => s.Name)];

    /// <summary>For people: "Sage 2.2.1".</summary>
    public string Title { get; }

    /// <summary>The rules.</summary>
    internal SmirnoffTables Tables { get; }

    /// <summary>One of <see cref="Names"/>, which is read once.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static SmirnoffForceField Load(string name) => s_loaded.GetOrAdd(name, n => new(n));

    /// <summary>Assigns parameters to every atom, bond, angle and dihedral. Water is flexible.</summary>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="masses">[N] Da; null for the elements'.</param>
    /// <param name="solvent">"none", or an implicit one by name: "obc1", "obc2".</param>
    /// <param name="charges">One of <see cref="Charges"/>; null for the first that has some.</param>
    /// <exception cref="ParameterizationException">No rule matches an atom, bond, angle or dihedral, or there are no charges or radii; one
    /// line.</exception>
    public SmirnoffSystem Parameterize(RDKitMolecule molecule, IReadOnlyList<double>? masses = null, string solvent = "none",
        string? charges = null)
    {
        Topology topology = LigandTopology.Of(molecule.Molecule);
        var rules = new SmirnoffAssignment(Tables, Title, molecule, topology);
        (double[] q, string note) = ChargeSources.Assign(molecule, Tables, charges);
        NonbondedParticle[] particles = [.. rules.LennardJones.Select((r, i) => new NonbondedParticle(q[i], r.Rule.Value.Sigma,
            r.Rule.Value.Epsilon))];
        GeneralizedBornParameters? born = Solvent(topology, solvent);
        return new(new()
        {
            Masses = masses ?? [.. molecule.Molecule.Atoms.Select(a => a.Mass)],
            Bonds = [.. rules.Bonds.Select(b => new HarmonicBondParameters(b.Atoms[0], b.Atoms[1], b.Rule.Value.Rest, b.Rule.Value.K))],
            Angles = [.. rules.Angles.Select(a => new HarmonicAngleParameters(a.Atoms[0], a.Atoms[1], a.Atoms[2], a.Rule.Value.Rest,
                a.Rule.Value.K))],
            // terms without a force constant stand for dihedrals about linear bonds, which have no angle
            Torsions = [.. rules.Propers.SelectMany(Proper).Concat(rules.Impropers.SelectMany(Trefoil)).Where(t => t.ForceConstant != 0)],
            Particles = particles,
            Exceptions = [.. Exceptions(topology, particles)],
            // no reaction field beside an implicit solvent, as for peptides
            Reach = born is null ? NonbondedReach.Unlimited : NonbondedReach.Unlimited with { ReactionFieldDielectric = 1 },
            ImplicitSolvent = born,
        }, [note, .. MirrorNote(rules)]);
    }

    /// <summary>cos(n phi - phase) is even in phi only where the phase is 0 or 180 degrees.</summary>
    private static IEnumerable<string> MirrorNote(SmirnoffAssignment rules)
    {
        string[] odd = [.. rules.Propers.Select(p => p.Rule).Distinct().Where(r => r.Value.Any(c => c.K != 0
            && Math.Abs(Math.Sin(c.Phase)) > 1e-9)).Select(r => r.Id).Order(StringComparer.Ordinal)];
        return odd.Length == 0 ? []
            : [$"mirror images differ in energy: the phases of {string.Join(", ", odd)} are neither 0 nor 180 degrees"];
    }

    private static IEnumerable<PeriodicTorsionParameters> Proper((int[] Atoms, SmirnoffRule<CosineValue[]> Rule) match) =>
        match.Rule.Value.Select(c => c.On(match.Atoms[0], match.Atoms[1], match.Atoms[2], match.Atoms[3]));

    /// <summary>The centre, which is second in the rule, first, then its neighbours in their three cyclic orders: all of the same
    /// hand.</summary>
    private static IEnumerable<PeriodicTorsionParameters> Trefoil((int[] Atoms, SmirnoffRule<CosineValue[]> Rule) match)
    {
        (int i, int centre, int k, int l) = (match.Atoms[0], match.Atoms[1], match.Atoms[2], match.Atoms[3]);
        return match.Rule.Value.SelectMany(c => new[] { c.On(centre, i, k, l), c.On(centre, k, l, i), c.On(centre, l, i, k) });
    }

    private IEnumerable<ExceptionPair> Exceptions(Topology topology, NonbondedParticle[] particles)
    {
        foreach ((int i, int j, int bonds) in BondGraph.NearPairs(topology))
        {
            (NonbondedParticle a, NonbondedParticle b) = (particles[i], particles[j]);
            yield return bonds < 3 ? new(i, j, 0, Excluded, 0) : new(i, j, Tables.CoulombScale14 * a.Charge * b.Charge,
                0.5 * (a.Sigma + b.Sigma), Tables.LennardJonesScale14 * Math.Sqrt(a.Epsilon * b.Epsilon));
        }
    }

    private GeneralizedBornParameters? Solvent(Topology topology, string name)
    {
        if (name == "none")
            return null;
        if (!ForceFieldXmlReader.Solvents.TryGetValue(name, out BornModel model))
            throw new ArgumentException($"no implicit solvent '{name}'");
        for (int a = 0; a < topology.Atoms.Count; a++)
            if (!BornRadii.Knows(topology.Atoms[a].AtomicNumber))
                throw new ParameterizationException($"{name} has no radius for atom {SmirnoffAssignment.Named(topology, a)}: "
                    + $"{Title} can be run without it (--solvent none)", [a]);
        return BornRadii.Solvent(model, topology);
    }
}
