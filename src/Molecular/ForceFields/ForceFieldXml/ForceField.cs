using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>A force field read from ForceField XML files; gives topologies the parameters that OpenMM 7.7 gives them.</summary>
public sealed class ForceField
{
    private readonly ForceFieldTables _tables;

    private ForceField(string name, ForceFieldTables tables) => (Name, _tables) = (name, tables);

    /// <summary>The files' names joined: "ff14SB + obc2".</summary>
    public string Name { get; }

    /// <summary>Reads files, which define one force field together.</summary>
    /// <param name="names">Paths, names below OpenMM's data folder, short names ("ff14SB", "ff99SB-ILDN", "ff96", "tip3p"), and for
    /// implicit solvent "obc1", "obc2", "gbn" or "gbn2".</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="MoleculeFormatException">A file holds what cannot be read or is not supported.</exception>
    public static ForceField Load(params IReadOnlyList<string> names)
    {
        ArgumentOutOfRangeException.ThrowIfZero(names.Count);
        return new(string.Join(" + ", names.Select(n => File.Exists(n) ? Path.GetFileName(n) : n)),
            ForceFieldXmlReader.Read(names, ForceFieldFiles.Find));
    }

    /// <summary>Reads our own tables, whatever else is installed: the same numbers everywhere.</summary>
    /// <param name="names">Of <see cref="ForceFieldFiles.Names"/>, and "obc1", "obc2", "gbn" or "gbn2".</param>
    /// <exception cref="FileNotFoundException">There is no such table.</exception>
    public static ForceField LoadOwn(params IReadOnlyList<string> names) => new(string.Join(" + ", names),
        ForceFieldXmlReader.Read(names, ForceFieldFiles.Embedded));

    /// <summary>Assigns parameters to every atom, bond, angle and dihedral. Water is flexible.</summary>
    /// <param name="topology">All hydrogens there.</param>
    /// <param name="hydrogenMass">Da; hydrogens on heavy atoms get this mass, at their partner's expense. Null leaves masses alone.</param>
    /// <param name="reach">How far non-bonded interactions reach; null for all pairs. Implicit solvent sets the reaction field's dielectric
    /// constant to 1, as in OpenMM.</param>
    /// <exception cref="ParameterizationException">A residue has no template, or parameters are missing; one line.</exception>
    public ClassicalSystem Parameterize(Topology topology, double? hydrogenMass = null, NonbondedReach? reach = null)
    {
        TemplateAssignment assignment = TemplateAssignment.Make(topology, _tables, Name);
        var terms = new TermAssembly(topology, assignment, _tables, Name);
        GeneralizedBornParameters? solvent = terms.ImplicitSolvent();
        NonbondedParticle[] particles = terms.Particles();
        reach ??= NonbondedReach.Unlimited;
        return new()
        {
            Masses = terms.Masses(hydrogenMass),
            Bonds = terms.Bonds(),
            Angles = terms.Angles(),
            Torsions = terms.Torsions(),
            Particles = particles,
            Exceptions = terms.Exceptions(particles),
            Reach = solvent is null ? reach : reach with { ReactionFieldDielectric = 1 },
            ImplicitSolvent = solvent,
        };
    }
}
