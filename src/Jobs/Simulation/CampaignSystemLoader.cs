using System.Xml;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Native;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Jobs.Simulation;

/// <summary>From what a user names (a sequence, a file, a SMILES) to a system that can be integrated.</summary>
public static class CampaignSystemLoader
{
    private const int MostEmbeddings = 16;
    private const long LargestSystemXml = 256L << 20; // characters: 500,000 atoms with water, which only OpenMM runs

    /// <summary>Loads, parameterises, repartitions masses.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="folder">Relative file names are taken from here; null for the working directory.</param>
    /// <exception cref="MoleculeFormatException">A file that cannot be read.</exception>
    /// <exception cref="ParameterizationException">A force field that does not fit.</exception>
    /// <exception cref="ArgumentException">Options that do not fit the input.</exception>
    public static CampaignSystem Load(CampaignConfig config, string? folder = null)
    {
        string? Locate(string? file) => file is null || folder is null ? file : Path.Combine(folder, file);
        if (folder is not null && config.ForceField is { } forceField && File.Exists(Path.Combine(folder, forceField)))
            config = config with { ForceField = Path.Combine(folder, forceField) }; // a run's copy of a user's file
        if (config.Peptide is { } sequence)
            return FromStructure(sequence, PeptideBuilder.Build(sequence), config);
        string input = Locate(config.Input)!;
        string kind = Kind(config.Input!);
        if (kind != "smiles")
            InputFile.Require(input);
        if (Locate(config.Coordinates) is { } coordinates)
            InputFile.Require(coordinates);
        return kind switch
        {
            "pdb" => FromStructure(Path.GetFileNameWithoutExtension(input), PdbReader.Read(input), config),
            "cif" => FromStructure(Path.GetFileNameWithoutExtension(input), PdbxReader.Read(input), config),
            "prmtop" => FromPrmtop(input, Locate(config.Coordinates), config),
            "xml" => FromXml(input, Locate(config.Coordinates), config),
            _ => FromChemistry(kind == "smiles" ? config.Input! : input, kind == "sdf", config),
        };
    }

    /// <summary>pdb, cif, prmtop, xml, sdf, or smiles for everything that is no file name.</summary>
    public static string Kind(string input)
    {
        string name = input.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? input[..^3] : input;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".pdb" or ".ent" => "pdb",
            ".cif" or ".mmcif" or ".pdbx" => "cif",
            ".prmtop" or ".parm7" or ".top" => "prmtop",
            ".xml" => "xml",
            ".sdf" or ".mol" => "sdf",
            _ => "smiles",
        };
    }

    private static CampaignSystem FromStructure(string name, Structure structure, CampaignConfig config)
    {
        string forceField = config.ForceField ?? "ff14SB";
        if (forceField is "mmff94" or "mmff94s")
            throw new ArgumentException($"--force-field {forceField} needs chemistry: an SDF file or a SMILES");
        var loaded = ForceField.Load(config.Solvent == "none" ? [forceField] : [forceField, config.Solvent]);
        return FromClassical(name, loaded.Name, structure.Topology, structure.Positions, loaded.Parameterize(structure.Topology), config);
    }

    private static CampaignSystem FromPrmtop(string path, string? coordinates, CampaignConfig config)
    {
        if (coordinates is null)
            throw new ArgumentException("a prmtop file needs its coordinates: --coordinates FILE.inpcrd");
        if (config.ForceField is not null)
            throw new ArgumentException("a prmtop file brings its own force field: leave --force-field out");
        AmberPrmtop prmtop = AmberPrmtop.Read(path);
        double[] x = AmberCoordinates.Read(coordinates);
        if (x.Length != 3 * prmtop.AtomNames.Count)
            throw new MoleculeFormatException(Path.GetFileName(coordinates), 2, $"{x.Length / 3} atoms, the prmtop file has {prmtop.AtomNames.Count}");
        ClassicalSystem system = config.Solvent == "none" ? prmtop.System : prmtop.WithImplicitSolvent(config.Solvent == "obc1" ? BornModel.Obc1 : BornModel.Obc2);
        return FromClassical(Path.GetFileNameWithoutExtension(path), $"Amber prmtop{(config.Solvent == "none" ? "" : $" + {config.Solvent}")}", prmtop.Topology(), x, system, config);
    }

    private static CampaignSystem FromXml(string path, string? coordinates, CampaignConfig config)
    {
        if (coordinates is null)
            throw new ArgumentException("a System XML file needs its coordinates: --coordinates FILE.pdb");
        if (config.ForceField is not null || config.Solvent != "none")
            throw new ArgumentException("a System XML file brings its own force field and solvent: leave --force-field and --solvent out");
        Structure structure = Kind(coordinates) == "cif" ? PdbxReader.Read(coordinates) : PdbReader.Read(coordinates);
        string text = TextFile.ReadAll(path, config.Backend == "openmm" ? LargestSystemXml : TextFile.LargestWhole), name = Path.GetFileNameWithoutExtension(path);
        if (config.Backend == "openmm")
        {
            // OpenMM runs what the engine cannot hold; masses stay as the file has them
            using OpenMMSystem own = OfOpenMM(text, Path.GetFileName(path));
            RequireCount(own.ParticleCount, structure, coordinates);
            (List<NamedTorsion> torsions, List<(int, int)> pairs) = CampaignSystem.BackboneTorsions(structure.Topology);
            return new(name, "System XML", structure.Topology, null, [structure.Positions], [.. own.Masses], null, text, torsions, pairs) { DegreesOfFreedom = own.DegreesOfFreedom };
        }
        ClassicalSystem system = SystemXml.Read(text, Path.GetFileName(path));
        RequireCount(system.AtomCount, structure, coordinates);
        return FromClassical(name, "System XML", structure.Topology, structure.Positions, system, config);
    }

    private static OpenMMSystem OfOpenMM(string xml, string file)
    {
        try
        {
            PlainXml.Check(new StringReader(xml));
            return OpenMMSystem.FromXml(xml);
        }
        catch (XmlException e)
        {
            throw new MoleculeFormatException(file, e.LineNumber, e.Message);
        }
        catch (NativeException e) when (OpenMMLibrary.IsAvailable)
        {
            throw new MoleculeFormatException(file, 0, e.Message);
        }
    }

    private static void RequireCount(int count, Structure structure, string file)
    {
        if (structure.Topology.Atoms.Count != count)
            throw new MoleculeFormatException(Path.GetFileName(file), 0, $"{structure.Topology.Atoms.Count} atoms, the system has {count}");
    }

    private static CampaignSystem FromClassical(string name, string forceField, Topology topology, double[] positions, ClassicalSystem system, CampaignConfig config)
    {
        double[] masses = CampaignSystem.RepartitionHydrogenMass(system.Masses, topology, config.HydrogenMass);
        ClassicalSystem integrated = system with { Masses = masses };
        (List<NamedTorsion> torsions, List<(int, int)> pairs) = CampaignSystem.BackboneTorsions(topology);
        return new(name, forceField, topology, null, [positions], masses, integrated.ToEngine(), SystemXml.Write(integrated), torsions, pairs);
    }

    private static CampaignSystem FromChemistry(string input, bool isFile, CampaignConfig config)
    {
        string forceField = config.ForceField ?? "mmff94s";
        if (forceField is not ("mmff94" or "mmff94s"))
            throw new ArgumentException($"--force-field {forceField} does not fit an SDF file or a SMILES: mmff94 or mmff94s");
        if (config.Solvent != "none")
            throw new ArgumentException($"--solvent {config.Solvent} needs a force field with Born radii; MMFF94 has none");
        if (config.Backend != "engine")
            throw new ArgumentException("MMFF94 runs in the engine only: leave --backend openmm out");
        using RDKitMolecule molecule = isFile ? First(input) : RDKitMolecule.FromSmiles(input);
        Molecule m = molecule.Molecule;
        IReadOnlyList<double[]> starts;
        if (molecule.Coordinates is { } given)
        {
            starts = [given];
        }
        else
        {
            Embedding embedding = molecule.Embed(Math.Min(MostEmbeddings, config.Replicas), (int)(config.Seed % 1_000_000) + 1, TimeSpan.FromSeconds(120));
            if (embedding.Conformers.Count == 0)
                throw new MoleculeFormatException(m.Name, 0, "no 3D structure was found: give an SDF file with coordinates");
            float[] first = embedding.Conformers[0];
            starts = [.. ConformationalSymmetry.Alike(molecule, new(m, first), first, embedding.Conformers).Select(c => c.Select(v => (double)v).ToArray())];
        }
        var topology = new Topology([.. m.Atoms.Select((a, i) => new TopologyAtom($"{a.Symbol}{i + 1}", a.Symbol, a.AtomicNumber, 0))],
            [new("LIG", "A", "1", 0, m.Atoms.Count)], [.. m.Bonds.Select(b => new TopologyBond(b.Begin, b.End))]);
        double[] masses = CampaignSystem.RepartitionHydrogenMass([.. m.Atoms.Select(a => a.Mass)], topology, config.HydrogenMass);
        MmffVariant variant = forceField == "mmff94" ? MmffVariant.Mmff94 : MmffVariant.Mmff94s;
        var space = new TorsionSpace(m);
        NamedTorsion[] torsions = [.. space.Coordinates.Where(c => c.Kind == TorsionKind.Rotor).Select(c =>
            new NamedTorsion(string.Join('-', new[] { c.I, c.J, c.K, c.L }.Select(a => topology.Atoms[a].Name)), c.I, c.J, c.K, c.L))];
        return new(m.Name, forceField == "mmff94" ? "MMFF94" : "MMFF94s", topology, m, starts, masses, Mmff94.Parameterise(masses, molecule.MmffTerms(variant)), null, torsions, []);
    }

    private static RDKitMolecule First(string path)
    {
        foreach (MoleculeRecord record in SdfReader.Read(path))
            return record.Molecule ?? throw new MoleculeFormatException(record.Error!);
        throw new MoleculeFormatException(Path.GetFileName(path), 0, "the file holds no molecule");
    }
}
