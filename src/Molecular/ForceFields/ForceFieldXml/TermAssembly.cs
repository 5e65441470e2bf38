using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>The terms of a topology whose atoms have types. Definitions with a zero force constant make no term, as in OpenMM.</summary>
internal sealed class TermAssembly(Topology topology, TemplateAssignment assignment, ForceFieldTables tables, string forceField)
{
    public double[] Masses(double? hydrogenMass)
    {
        double[] masses = [.. assignment.Atoms.Select(a => a.Type.Mass)];
        if (hydrogenMass is not { } target)
            return masses;
        foreach (TopologyBond bond in topology.Bonds)
        {
            (int heavy, int hydrogen) = topology.Atoms[bond.I].AtomicNumber == 1 ? (bond.J, bond.I) : (bond.I, bond.J);
            if (topology.Atoms[hydrogen].AtomicNumber != 1 || topology.Atoms[heavy].AtomicNumber == 1)
                continue;
            masses[heavy] -= target - masses[hydrogen];
            masses[hydrogen] = target;
        }
        int tooLight = Array.FindIndex(masses, m => m <= 0);
        return tooLight < 0 ? masses
            : throw new ParameterizationException($"hydrogens of {target} Da leave {topology.Describe(tooLight)} no mass", [tooLight]);
    }

    public List<HarmonicBondParameters> Bonds()
    {
        var terms = new List<HarmonicBondParameters>();
        var found = new Dictionary<(AtomType, AtomType), BondDefinition?>();
        foreach ((int i, int j) in topology.Bonds.Select(b => (b.I, b.J)))
        {
            (AtomType a, AtomType b) = (Type(i), Type(j));
            if (!found.TryGetValue((a, b), out BondDefinition? definition))
                found[(a, b)] = definition = tables.Bonds.Find(d => d.Matches(a, b));
            if (definition is null)
                throw Missing("bond", i, j);
            if (definition.K != 0)
                terms.Add(new(i, j, definition.Length, definition.K));
        }
        return terms;
    }

    public List<HarmonicAngleParameters> Angles()
    {
        var terms = new List<HarmonicAngleParameters>();
        var found = new Dictionary<(AtomType, AtomType, AtomType), AngleDefinition?>();
        foreach ((int i, int j, int k) in BondGraph.Angles(topology).Order())
        {
            (AtomType a, AtomType b, AtomType c) = (Type(i), Type(j), Type(k));
            if (!found.TryGetValue((a, b, c), out AngleDefinition? definition))
                found[(a, b, c)] = definition = tables.Angles.Find(d => d.Matches(a, b, c));
            if (definition is null)
                throw Missing("angle", i, j, k);
            if (definition.K != 0)
                terms.Add(new(i, j, k, definition.Angle, definition.K));
        }
        return terms;
    }

    public List<PeriodicTorsionParameters> Torsions()
    {
        var terms = new List<PeriodicTorsionParameters>();
        var found = new Dictionary<(AtomType, AtomType, AtomType, AtomType), TorsionDefinition?>();
        foreach ((int i, int j, int k, int l) in BondGraph.Dihedrals(topology).Order())
        {
            (AtomType a, AtomType b, AtomType c, AtomType d) = (Type(i), Type(j), Type(k), Type(l));
            if (!found.TryGetValue((a, b, c, d), out TorsionDefinition? definition))
                // The first without wildcards, else the first with them.
                found[(a, b, c, d)] = definition = tables.Propers.Find(t => !t.HasWildcard
                    && t.Matches(a, b, c, d)) ?? tables.Propers.Find(t => t.Matches(a, b, c, d));
            if (definition is not null)
                Add(i, j, k, l, definition);
        }
        foreach ((int i, int j, int k, int l, TorsionDefinition definition) in new ImproperSearch(topology, assignment,
            tables.Impropers).All())
            Add(i, j, k, l, definition);
        return terms;

        void Add(int i, int j, int k, int l, TorsionDefinition definition) =>
            terms.AddRange(definition.Terms.Where(t => t.K != 0).Select(t => new PeriodicTorsionParameters(i, j, k, l, t.Periodicity,
                t.Phase, t.K)));
    }

    public NonbondedParticle[] Particles() => tables.Nonbonded.IsEmpty ? [] :
        [.. Enumerable.Range(0, topology.Atoms.Count).Select(i => Find(tables.Nonbonded, i) is var v ? new NonbondedParticle(v[0], v[1],
            v[2]) : default)];

    /// <summary>1-2 and 1-3 pairs do not interact (sigma 1 as OpenMM writes it), 1-4 pairs do so on a scale.</summary>
    public List<ExceptionPair> Exceptions(NonbondedParticle[] particles)
    {
        var pairs = new List<ExceptionPair>();
        if (particles.Length == 0)
            return pairs;
        (double coulomb, double lennardJones) = tables.Scale14!.Value;
        foreach ((int i, int j, int bonds) in BondGraph.NearPairs(topology))
        {
            (NonbondedParticle a, NonbondedParticle b) = (particles[i], particles[j]);
            pairs.Add(bonds < 3 ? new(i, j, 0, 1, 0) : new(i, j, coulomb * a.Charge * b.Charge, 0.5 * (a.Sigma + b.Sigma),
                lennardJones * Math.Sqrt(a.Epsilon * b.Epsilon)));
        }
        return pairs;
    }

    public GeneralizedBornParameters? ImplicitSolvent()
    {
        IEnumerable<double[]> values = Enumerable.Range(0, topology.Atoms.Count).Select(i => Find(tables.Born, i)); // lazy
        return (tables.BornModel, tables.Born.IsEmpty) switch
        {
            (null, true) => null,
            ({ } model, true) => BornRadii.Solvent(model, topology),
            (null, false) => new(BornModel.Obc2, [.. values.Select(v => v[0])], [.. values.Select(v => v[1])]),
            _ => throw new ParameterizationException($"{forceField} names two implicit solvents", []),
        };
    }

    private AtomType Type(int atom) => assignment.Atoms[atom].Type;

    private double[] Find(AtomParameterTable table, int atom) =>
        table.Find(assignment.Atoms[atom],
            out string reason) ?? throw new ParameterizationException($"{topology.Describe(atom)} has no parameters in {forceField}: {reason}", [atom]);

    private ParameterizationException Missing(string term, params int[] atoms) => new(
        $"{forceField} has no {term} {string.Join('-', atoms.Select(a => topology.Atoms[a].Name))} (types {string.Join('-', atoms.Select(a => Type(a).Name))}) in {topology.Residues[topology.Atoms[atoms[0]].ResidueIndex]}", atoms);
}
