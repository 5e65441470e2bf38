using System.Xml;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.ForceFields.Smirnoff;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Solvation;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Native;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Molecular.Systems;

/// <summary>From what a user names (a sequence, a file, a SMILES) to a system that can be sampled.</summary>
public static class SystemLoader
{
    private const int MostEmbeddings = 16;
    private const double BrokenMolecule = 0.5; // relative, of a distance that is held
    private const string HeldWords = ", bonds to hydrogen held";
    private const long LargestSystemXml = 256L << 20; // characters: 500,000 atoms with water, which only OpenMM runs

    /// <summary>Loads, parameterises, repartitions masses.</summary>
    /// <exception cref="MoleculeFormatException">A file that cannot be read.</exception>
    /// <exception cref="ParameterizationException">A force field that does not fit.</exception>
    /// <exception cref="ArgumentException">Options that do not fit the input.</exception>
    public static MolecularSystem Load(SystemSource source)
    {
        string? Locate(string? file) => file is null || source.Folder is null ? file : Path.Combine(source.Folder, file);
        if (!HeldBonds.Names.Contains(source.Constraints))
            throw new ArgumentException($"--constraints {source.Constraints} is unknown: {string.Join(" or ", HeldBonds.Names)}");
        if (WaterModel.All.Any(m => m.Name == source.Solvent))
            return SolvatedSystem.Of(source.Input is null && source.Peptide is null ? null : Load(WithoutWater(source)), source,
                source.SoluteShare);
        if (source.Box is not null || source.Cutoff is not null)
            throw new ArgumentException(
                $"--{(source.Box is not null ? "box" : "cutoff")} needs a box of water, --solvent {WaterModel.All[0].Name} for example");
        if (source.Folder is not null && source.ForceField is not null && File.Exists(Locate(source.ForceField)))
            source = source with { ForceField = Locate(source.ForceField) }; // a run's copy of a user's file
        if (source.Charges is not null && (source.Peptide is not null || Kind(source.Input!) is not ("sdf" or "smiles")))
            throw new ArgumentException($"--charges {source.Charges} needs chemistry: an SDF file or a SMILES");
        if (source.Peptide is { } sequence)
            return FromStructure(sequence, PeptideBuilder.Build(sequence), source);
        string input = Locate(source.Input)!, kind = Kind(source.Input!);
        if (kind != "smiles")
            InputFile.Require(input);
        if (Locate(source.Coordinates) is { } coordinates)
            InputFile.Require(coordinates);
        return kind switch
        {
            "pdb" => FromStructure(Path.GetFileNameWithoutExtension(input), PdbReader.Read(input), source),
            "cif" => FromStructure(Path.GetFileNameWithoutExtension(input), PdbxReader.Read(input), source),
            "prmtop" => FromPrmtop(input, Locate(source.Coordinates), source),
            "xml" => FromXml(input, Locate(source.Coordinates), source),
            _ => FromChemistry(kind == "smiles" ? source.Input! : input, kind == "sdf", source),
        };
    }

    /// <summary>The solute alone. Chemistry without a force field of choice gets one that water goes with.</summary>
    private static SystemSource WithoutWater(SystemSource source) => source with
    {
        Solvent = "none",
        Box = null,
        Cutoff = null,
        Starts = 1,
        ForOpenMM = false,
        ForceField = source.ForceField ?? (source.Peptide is null && Kind(source.Input!) is "sdf" or "smiles" ? SmirnoffForceField.Names[0]
            : null),
    };

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

    private static MolecularSystem FromStructure(string name, Structure structure, SystemSource source)
    {
        string forceField = source.ForceField ?? ForceFieldFiles.Usual;
        if (MoleculeEnergies.IsKnown(forceField))
            throw new ArgumentException($"--force-field {forceField} needs chemistry: an SDF file or a SMILES");
        MoleculeEnergies.RequireBorn(source.Solvent);
        var loaded = ForceField.Load(source.Solvent == "none" ? [forceField] : [forceField, source.Solvent]);
        return FromClassical(name, loaded.Name, structure.Topology, structure.Positions, loaded.Parameterize(structure.Topology), source);
    }

    private static MolecularSystem FromPrmtop(string path, string? coordinates, SystemSource source)
    {
        if (coordinates is null)
            throw new ArgumentException("a prmtop file needs its coordinates: --coordinates FILE.inpcrd");
        if (source.ForceField is not null)
            throw new ArgumentException("a prmtop file brings its own force field: leave --force-field out");
        MoleculeEnergies.RequireBorn(source.Solvent);
        AmberPrmtop prmtop = AmberPrmtop.Read(path);
        return FromClassical(Path.GetFileNameWithoutExtension(path), MoleculeEnergies.Title(MoleculeEnergies.OfFile, source.Solvent),
            prmtop.Topology(), prmtop.ReadCoordinates(coordinates), prmtop.In(source.Solvent), source);
    }

    private static MolecularSystem FromXml(string path, string? coordinates, SystemSource source)
    {
        if (coordinates is null)
            throw new ArgumentException("a System XML file needs its coordinates: --coordinates FILE.pdb");
        if (source.ForceField is not null || SolventOption(source) is not null)
            throw new ArgumentException("a System XML file brings its own force field and solvent: "
                + $"leave --force-field and {SolventOption(source) ?? "--solvent"} out");
        if (source.Constraints != "none")
            throw new ArgumentException("a System XML file brings its own constraints: leave --constraints out");
        Structure structure = Kind(coordinates) == "cif" ? PdbxReader.Read(coordinates) : PdbReader.Read(coordinates);
        string text = TextFile.ReadAll(path, source.ForOpenMM ? LargestSystemXml : TextFile.LargestWhole),
            name = Path.GetFileNameWithoutExtension(path);
        if (source.ForOpenMM)
        {
            // OpenMM runs what the engine cannot hold; masses stay as the file has them
            using OpenMMSystem own = OfOpenMM(text, Path.GetFileName(path));
            RequireCount(own.ParticleCount, structure, coordinates);
            return new(name, structure.Topology, null, [structure.Positions], [.. own.Masses], EnergyModel.OfOpenMM("System XML", text))
            {
                DegreesOfFreedom = own.DegreesOfFreedom,
            };
        }
        ClassicalSystem system = SystemXml.Read(text, Path.GetFileName(path));
        RequireCount(system.AtomCount, structure, coordinates);
        return FromClassical(name, "System XML", structure.Topology, structure.Positions, system, source);
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

    private static MolecularSystem FromClassical(string name, string forceField, Topology topology, double[] positions,
        ClassicalSystem system, SystemSource source)
    {
        double[] masses = HydrogenMass.Repartition(system.Masses, topology, source.HydrogenMass);
        (ClassicalSystem solvated, string words) = WithDielectrics(system with { Masses = masses }, source);
        if (source.Constraints != "none")
            (solvated, words) = (HeldBonds.ToHydrogen(solvated, topology), words + HeldWords);
        EnergyModel energy = EnergyModel.Of(forceField + words, solvated);
        if (energy.Parameters!.Constraints is not { } constraints)
            return new(name, topology, null, [positions], masses, energy);
        // a file has three decimals; what is far off is a molecule that the box's edge cut in two
        double[] held = [.. positions];
        if (constraints.LargestError(held) is var error and > BrokenMolecule)
            throw new ArgumentException(FormattableString.Invariant(
                $"a distance that is held is off by {100 * error:f0} %: molecules must be whole, not cut at the box's edge"));
        constraints.Restore(held);
        return new(name, topology, null, [held], masses, energy) { DegreesOfFreedom = 3 * masses.Length - constraints.Count };
    }

    /// <summary>The first option that asks for a solvent, or null.</summary>
    private static string? SolventOption(SystemSource source) => source.Solvent != "none" ? "--solvent"
        : source.SoluteDielectric is not null ? "--solute-dielectric"
        : source.SolventDielectric is not null ? "--solvent-dielectric" : null;

    /// <summary>The dielectric constants that were asked for, and words for them.</summary>
    private static (ClassicalSystem System, string Words) WithDielectrics(ClassicalSystem system, SystemSource source)
    {
        if (source.SoluteDielectric is null && source.SolventDielectric is null)
            return (system, "");
        if (system.ImplicitSolvent is not { } solvent)
            throw new ArgumentException($"{SolventOption(source)} needs an implicit solvent, --solvent {BornModels.Names[0]} for example");
        double inside = source.SoluteDielectric ?? solvent.SoluteDielectric,
            outside = source.SolventDielectric ?? solvent.SolventDielectric;
        if (!(inside >= 1 && outside >= inside && double.IsFinite(outside)))
            throw new ArgumentException(FormattableString.Invariant(
                $"--solute-dielectric {inside} and --solvent-dielectric {outside}: at least 1 inside, and outside no less than inside"));
        return (system with { ImplicitSolvent = solvent with { SoluteDielectric = inside, SolventDielectric = outside } },
            FormattableString.Invariant($", dielectric constants {inside} and {outside}"));
    }

    private static MolecularSystem FromChemistry(string input, bool isFile, SystemSource source)
    {
        string forceField = source.ForceField ?? MoleculeEnergies.Usual;
        if (!MoleculeEnergies.IsKnown(forceField))
            throw new ArgumentException($"--force-field {forceField} does not fit an SDF file or a SMILES: "
                + string.Join(" or ", MoleculeEnergies.Names.Order()));
        MoleculeEnergies.RequireFit(forceField, source.Solvent, source.Charges);
        if (SolventOption(source) is { } option and not "--solvent" && !MoleculeEnergies.IsClassical(forceField))
            throw new ArgumentException($"{option} needs a force field with Born radii; {MoleculeEnergies.Title(forceField)} has none");
        if (source.ForOpenMM && !MoleculeEnergies.IsClassical(forceField))
            throw new ArgumentException($"{MoleculeEnergies.Title(forceField)} runs in the engine only: leave --backend openmm out");
        using RDKitMolecule molecule = isFile ? First(input) : FromSmiles(input);
        Molecule m = molecule.Molecule;
        IReadOnlyList<double[]> starts;
        if (molecule.Coordinates is { } given)
        {
            starts = [given];
        }
        else
        {
            Embedding embedding = molecule.Embed(Math.Min(MostEmbeddings, source.Starts), (int)(source.Seed % 1_000_000) + 1,
                TimeSpan.FromSeconds(120));
            if (embedding.Conformers.Count == 0)
                throw new MoleculeFormatException(m.Name, 0, "no 3D structure was found: give an SDF file with coordinates");
            float[] first = embedding.Conformers[0];
            starts = [.. ConformationalSymmetry.Alike(molecule, new(m, first), first, embedding.Conformers).Select(c =>
                c.Select(v => (double)v).ToArray())];
        }
        Topology topology = LigandTopology.Of(m);
        double[] masses = HydrogenMass.Repartition([.. m.Atoms.Select(a => a.Mass)], topology, source.HydrogenMass);
        EnergyModel energy = MoleculeEnergies.Create(forceField, molecule, masses, source.Solvent, source.Charges);
        if (energy.Classical is { } classical)
        {
            (ClassicalSystem solvated, string words) = WithDielectrics(classical, source);
            if (source.Constraints != "none")
                (solvated, words) = (HeldBonds.ToHydrogen(solvated, topology), words + HeldWords);
            energy = words.Length == 0 ? energy : EnergyModel.Of(energy.Name + words, solvated, energy.Notes);
        }
        else if (source.Constraints != "none")
        {
            throw new ArgumentException($"{energy.Name} has no harmonic bonds that --constraints {source.Constraints} could hold: "
                + $"--force-field {SmirnoffForceField.Names[0]} for example");
        }
        foreach (double[] start in starts)
            energy.Parameters?.Constraints?.Restore(start);
        return new(m.Name, topology, m, starts, masses, energy)
        {
            DegreesOfFreedom = 3 * masses.Length - (energy.Parameters?.Constraints?.Count ?? 0),
        };
    }

    private static RDKitMolecule FromSmiles(string input)
    {
        try
        {
            return RDKitMolecule.FromSmiles(input);
        }
        catch (MoleculeFormatException e) when (Directory.Exists(input) || File.Exists(input))
        {
            throw new ArgumentException($"'{input}' is {(Directory.Exists(input) ? "a folder" : "a file of another kind")}: .sdf, .pdb, .cif, "
                + ".prmtop and .xml files are read here, or a SMILES", e);
        }
    }

    private static RDKitMolecule First(string path)
    {
        foreach (MoleculeRecord record in SdfReader.Read(path))
            return record.Molecule ?? throw new MoleculeFormatException(record.Error!);
        throw new MoleculeFormatException(Path.GetFileName(path), 0, "the file holds no molecule");
    }
}
