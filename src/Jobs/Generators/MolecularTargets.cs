using MolSampling.Flows.Targets;
using MolSampling.Molecular;
using MolSampling.Molecular.Crystals;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Systems;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;

namespace MolSampling.Jobs.Generators;

/// <summary>
/// All targets by name: those of <see cref="TargetCatalogue"/>, crystals of rigid molecules, and peptides in implicit solvent with all
/// atoms free, no cut-off, 300 K, from our own tables and the geometry of <see cref="PeptideBuilder"/>. Alanine dipeptide is published
/// under several Hamiltonians of one name; two of them are here.
/// </summary>
public static class MolecularTargets
{
    private const double Kelvin = 300;
    private const string Obc1 = "OBC1", TinkerObc = "amber99_obc (OBC2, Tinker's radii)";

    private static readonly Dictionary<string, (string Sequence, string ForceField, string Solvent, double ReferenceEnergy)> s_peptides =
        new()
    {
        // FAB, boltzgen, TA-BG: openmmtools' AlanineDipeptideImplicit(constraints=None)
        ["aldp-ff96-obc1"] = ("ACE-ALA-NME", "ff96", Obc1, -161.32900022696558),
        ["aldp-ff99sbildn-obc1"] = ("ACE-ALA-NME", "ff99SB-ILDN", Obc1, -131.26310466476463),
        // SBG, transferable samplers: amber99sbildn.xml with amber99_obc.xml
        ["aldp-ff99sbildn-obc"] = ("ACE-ALA-NME", "ff99SB-ILDN", TinkerObc, -121.91503553023911),
        // TA-BG and CMT, who hold bonds to hydrogen fixed
        ["tetrapeptide"] = ("ACE-ALA-ALA-ALA-NME", "ff99SB-ILDN", TinkerObc, -78.80106784693132),
        ["hexapeptide"] = ("ACE-ALA-ALA-ALA-ALA-ALA-NME", "ff99SB-ILDN", TinkerObc, -35.516976000604274),
    };

    // the temperatures of J. Koehler et al., ICML 2023
    private static readonly Dictionary<string, double> s_crystals = new()
    {
        ["ice-xi-16-50k"] = 50,
        ["ice-xi-16-100k"] = 100,
        ["ice-xi-16-250k"] = 250,
    };

    /// <summary>All names, those without a molecule first.</summary>
    public static IReadOnlyList<string> Names => [.. TargetCatalogue.Names, .. s_peptides.Keys, .. s_crystals.Keys];

    /// <summary>The crystal behind a target; null where there is none.</summary>
    public static TargetCrystal? Crystal(string name) =>
        s_crystals.TryGetValue(name.ToLowerInvariant(), out double temperature) ? new(IceXi.Create(), temperature) : null;

    /// <summary>A target by name, in any case of letters; molecules in the z-matrix of their topology.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static Target Create(string name) => TargetCatalogue.Names.Contains(name.ToLowerInvariant()) ? TargetCatalogue.Create(name)
        : (Target?)Crystal(name)?.Target() ?? System(name).Target();

    /// <summary>The target of a training.</summary>
    /// <exception cref="ArgumentException">There is none of that name, or options do not fit the molecule.</exception>
    /// <exception cref="MoleculeFormatException">A file of the molecule cannot be read.</exception>
    /// <exception cref="ParameterizationException">The force field does not fit it.</exception>
    public static Target Create(TrainingConfig training) => Molecule(training)?.Target() ?? Create(training.Target);

    /// <summary>The molecule behind the target of a training; null where there is none.</summary>
    /// <inheritdoc cref="Create(TrainingConfig)"/>
    public static TargetMolecule? Molecule(TrainingConfig training)
    {
        if (training.System is not { } own)
            return s_peptides.ContainsKey(training.Target.ToLowerInvariant()) ? System(training.Target) : null;
        if ((own.Input is null) == (own.Peptide is null))
            throw new ArgumentException("a training's system has either an input (a file or a SMILES) or a peptide");
        if (!(own.Temperature > 0) || !double.IsFinite(own.Temperature))
            throw new ArgumentException($"a temperature of {own.Temperature} K");
        MolecularSystem system = SystemLoader.Load(own.Source());
        return new($"{own.Name}, {system.Energy.Name}, no constraints", system with { Name = training.Target }, own.Temperature);
    }

    /// <summary>The molecule behind a target, for other z-matrices and for sampling with the engine.</summary>
    /// <exception cref="ArgumentException">There is no molecule of that name; the message lists all names.</exception>
    public static TargetMolecule System(string name)
    {
        name = name.ToLowerInvariant();
        if (!s_peptides.TryGetValue(name, out (string Sequence, string ForceField, string Solvent, double ReferenceEnergy) p))
            throw new ArgumentException($"No molecular target '{name}': there are {string.Join(", ", Names)}{Spelling.Question(name, Names)}", nameof(name));
        Structure structure = PeptideBuilder.Build(p.Sequence);
        ClassicalSystem system = p.Solvent == Obc1 ? ForceField.LoadOwn(p.ForceField, "obc1").Parameterize(structure.Topology)
            : TinkerRadii.Solvate(ForceField.LoadOwn(p.ForceField).Parameterize(structure.Topology), structure.Topology);
        var energy = EnergyModel.Of($"{p.ForceField} + {p.Solvent}", system);
        return new($"{p.Sequence}, {energy.Name}, no cut-off, no constraints", new(name, structure.Topology, null, [structure.Positions],
            system.Masses, energy), Kelvin,
            p.ReferenceEnergy);
    }
}
