using System.Collections.Concurrent;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.ForceFields;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.ForceFields.Networks;
using MolSampling.Molecular.ForceFields.Smirnoff;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Neural;
using MolSampling.Potentials.Torch;
using MolSampling.Potentials.Xtb;

namespace MolSampling.Molecular.Systems;

/// <summary>
/// The energies that a molecule can be given by name: <c>--potential</c>, or <c>--force-field</c>, of conformers and energy, and of
/// simulations and trainings that start from chemistry. A new one is a line here and a file with its potential; all of them take it from
/// then on. The folder of a potential that was trained here (<see cref="TrainedPotential"/>) is a name as well, and so is a file of
/// TorchScript (<see cref="TorchScriptFile"/>).
/// </summary>
public static class MoleculeEnergies
{
    /// <summary>The environment variable that names the folder with published weights of ANI: ani-2x_8x, ani-1ccx_8x, ani-1x_8x.</summary>
    public const string AniVariable = "MOLSAMPLING_ANI";

    /// <summary>The force field of a molecule that came with one, in a prmtop.</summary>
    public const string OfFile = "prmtop";

    /// <summary>No solvent, by its name.</summary>
    public const string Vacuum = "none";

    private static readonly ConcurrentDictionary<string, AniWeights> s_weights = new();
    private static readonly ConcurrentDictionary<(string File, DateTime Written), (TrainedPotential, AniWeights)> s_trained = new();

    private static readonly Dictionary<string, Model> s_models = new()
    {
        ["mmff94s"] = new("MMFF94s", [], (molecule, choice) => Mmff(molecule, choice, MmffVariant.Mmff94s, "MMFF94s")),
        ["mmff94"] = new("MMFF94", [], (molecule, choice) => Mmff(molecule, choice, MmffVariant.Mmff94, "MMFF94")),
        ["sage-2.2.1"] = new("Sage 2.2.1", BornModels.Names, (molecule, choice) => Sage(molecule, choice, "sage-2.2.1"))
        {
            IsClassical = true,
        },
        ["sage-2.3.0"] = new("Sage 2.3.0", BornModels.Names, (molecule, choice) => Sage(molecule, choice, "sage-2.3.0"))
        {
            IsClassical = true,
        },
        ["gfn2"] = new("GFN2-xTB", XtbSystem.SolventsOf(XtbMethod.Gfn2), (molecule, choice) => Xtb(molecule, choice, XtbMethod.Gfn2))
        {
            IsCostly = true, Require = XtbLibrary.EnsureAvailable,
        },
        ["gfn1"] = new("GFN1-xTB", XtbSystem.SolventsOf(XtbMethod.Gfn1), (molecule, choice) => Xtb(molecule, choice, XtbMethod.Gfn1))
        {
            IsCostly = true, Require = XtbLibrary.EnsureAvailable,
        },
        ["ani2x"] = Ani("ANI-2x", "ani-2x_8x"),
        ["ani1ccx"] = Ani("ANI-1ccx", "ani-1ccx_8x"),
        ["ani1x"] = Ani("ANI-1x", "ani-1x_8x"),
    };

    /// <summary>All names, the usual one first.</summary>
    public static IReadOnlyList<string> Names => [.. s_models.Keys];

    /// <summary>The usual one.</summary>
    public static string Usual => Names[0];

    /// <summary>All implicit solvents that one or the other takes, "none" first.</summary>
    public static IReadOnlyList<string> Solvents => [Vacuum, .. s_models.Values.SelectMany(m => m.Solvents).Distinct()];

    /// <summary>A name that was given, or the usual one.</summary>
    /// <param name="name">Null for none.</param>
    /// <param name="hasResidues">Whether molecules are made of residues.</param>
    public static string NameOr(string? name, bool hasResidues) => name ?? (hasResidues ? ForceFieldFiles.Usual : Usual);

    /// <summary>A name for people.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static string Title(string name) => Find(name).Title;

    /// <summary>An energy for people: "MMFF94s", "ff14SB + obc2".</summary>
    public static string Title(string name, string solvent) =>
        (TryFind(name)?.Title ?? (name == OfFile ? "Amber prmtop" : Path.GetFileName(name)))
        + (solvent == Vacuum ? "" : $" + {solvent}");

    /// <summary>Whether its terms are those of a <see cref="Potentials.Classical.ClassicalSystem"/>: OpenMM runs it too, it takes an
    /// implicit solvent, and it needs charges.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static bool IsClassical(string name) => Find(name).IsClassical;

    /// <summary>Whether one energy takes milliseconds, thousands of times a force field's: what samples it asks a cheaper one
    /// first.</summary>
    /// <param name="name">Any; a force field of residues is not costly.</param>
    public static bool IsCostly(string name) => TryFind(name)?.IsCostly == true;

    /// <summary>Whether it is one of <see cref="Names"/>, the folder of a potential that was trained here, or named like a file of
    /// TorchScript.</summary>
    public static bool IsKnown(string name) => TryFind(name) is not null;

    /// <summary>Refuses what an energy does not take, before there is a molecule.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="solvent">"none" or an implicit solvent.</param>
    /// <param name="charges">Where charges come from; null to leave it open.</param>
    /// <param name="hasResidues">Whether the molecule is made of residues, for which there are more names.</param>
    /// <exception cref="ArgumentException">It does not, or its weights are not here; one line.</exception>
    /// <exception cref="Potentials.Native.NativeException">Its library is not here; the message says how to install it.</exception>
    public static void RequireFit(string name, string solvent, string? charges, bool hasResidues = false)
    {
        if ((hasResidues && !IsKnown(name)) || name == OfFile)
        {
            RequireBorn(solvent);
            if (charges is not null)
                throw WithoutCharges(name, charges);
            return;
        }
        Model model = Find(name);
        if (solvent != Vacuum && !model.Solvents.Contains(solvent))
            throw new ArgumentException(model.Solvents.Count == 0
                ? $"--solvent {solvent} needs {(BornModels.Names.Contains(solvent) ? "a force field with Born radii"
                    : "quantum chemistry (--potential gfn2)")}; {model.Title} has none"
                : $"--solvent {solvent} does not go with {model.Title}: {string.Join(", ", model.Solvents)}");
        if (charges is not null && !model.IsClassical)
            throw WithoutCharges(name, charges);
        model.Require?.Invoke();
    }

    /// <summary>Refuses a solvent that is none of Born radii, the only kind that force fields of residues and prmtops take.</summary>
    /// <param name="solvent">"none" or an implicit solvent.</param>
    /// <exception cref="ArgumentException">It is another; one line.</exception>
    internal static void RequireBorn(string solvent)
    {
        if (solvent != Vacuum && !BornModels.Names.Contains(solvent))
            throw new ArgumentException($"--solvent {solvent} goes with quantum chemistry (--potential gfn2); here there are "
                + string.Join(", ", BornModels.Names));
    }

    private static ArgumentException WithoutCharges(string name, string charges) =>
        new($"--charges {charges} needs a force field that takes charges; {Title(name, Vacuum)} has its own");

    /// <summary>An energy by name.</summary>
    /// <param name="name">One of <see cref="Names"/>; for a molecule of residues also a force field of these
    /// (<see cref="ForceField.Load"/>).</param>
    /// <param name="molecule">With all hydrogens.</param>
    /// <param name="masses">[N] Da as integrated; null for the elements'.</param>
    /// <param name="solvent">"none", or an implicit one by name: "obc1", "obc2".</param>
    /// <param name="charges">One of <see cref="SmirnoffForceField.Charges"/>; null for the first that has some.</param>
    /// <exception cref="ArgumentException">There is none of that name (the message lists all), or it does not take the solvent or the
    /// charges.</exception>
    /// <exception cref="ParameterizationException">It has no parameters for an atom.</exception>
    public static EnergyModel Create(string name, RDKitMolecule molecule, IReadOnlyList<double>? masses = null, string solvent = Vacuum,
        string? charges = null)
    {
        RequireFit(name, solvent, charges, molecule.Residues is not null);
        if (name == OfFile)
        {
            AmberPrmtop file = molecule.Parameters ?? throw new ArgumentException($"--force-field {OfFile} is that of a prmtop file");
            ClassicalSystem own = file.In(solvent);
            return EnergyModel.Of(Title(name, solvent), own with { Masses = masses ?? own.Masses });
        }
        if (molecule.Residues is { } residues && !IsKnown(name))
        {
            var loaded = ForceField.Load(solvent == Vacuum ? [name] : [name, solvent]);
            ClassicalSystem system = loaded.Parameterize(residues);
            return EnergyModel.Of(loaded.Name, system with { Masses = masses ?? system.Masses });
        }
        return Find(name).Make(molecule, new(masses ?? [.. molecule.Molecule.Atoms.Select(a => a.Mass)], solvent, charges));
    }

    private static EnergyModel Mmff(RDKitMolecule molecule, Choice choice, MmffVariant variant, string title)
    {
        MmffTerms terms = molecule.MmffTerms(variant);
        return EnergyModel.Of(new ForceFieldPotential(Mmff94.Parameterise(choice.Masses, terms), name: title), terms.Charges);
    }

    private static EnergyModel Sage(RDKitMolecule molecule, Choice choice, string name)
    {
        SmirnoffSystem made = SmirnoffForceField.Load(name).Parameterize(molecule, choice.Masses, choice.Solvent, choice.Charges);
        return EnergyModel.Of(Title(name, choice.Solvent), made.System, made.Notes);
    }

    private static EnergyModel Xtb(RDKitMolecule molecule, Choice choice, XtbMethod method)
    {
        IReadOnlyList<Atom> atoms = molecule.Molecule.Atoms;
        var system = new XtbSystem(method, [.. atoms.Select(a => a.AtomicNumber)], atoms.Sum(a => a.FormalCharge),
            atoms.Sum(a => a.RadicalElectrons))
        {
            Solvent = choice.Solvent == Vacuum ? null : choice.Solvent,
        };
        try
        {
            return EnergyModel.Of(new XtbPotential(system, choice.Masses));
        }
        catch (ArgumentException e)
        {
            throw new ParameterizationException(e.Message, []);
        }
    }

    private static Model Ani(string title, string folder) => new(title, [], (molecule, choice) =>
    {
        IReadOnlyList<Atom> atoms = molecule.Molecule.Atoms;
        AniWeights weights = s_weights.GetOrAdd(AniFolder(title, folder), AniWeights.Load);
        try
        {
            return EnergyModel.Of(new AniPotential(weights, [.. atoms.Select(a => a.AtomicNumber)], choice.Masses,
                atoms.Sum(a => a.FormalCharge), atoms.Sum(a => a.RadicalElectrons)), notes: weights.Note is { } note ? [note] : []);
        }
        catch (ArgumentException e)
        {
            throw new ParameterizationException(e.Message, []);
        }
    })
    {
        IsCostly = true, Require = () => AniFolder(title, folder),
    };

    private static string AniFolder(string title, string folder)
    {
        string? parent = Environment.GetEnvironmentVariable(AniVariable);
        if (string.IsNullOrEmpty(parent))
            throw new ArgumentException($"{title} needs its published weights: let {AniVariable} name the folder that has {folder} "
                + "(docs/neural-potentials.md)");
        string place = Path.GetFullPath(Path.Combine(parent, folder));
        return Directory.Exists(place) ? place
            : throw new ArgumentException($"{title}: {AniVariable} names {parent}, which has no {folder}");
    }

    private static Model? TryFind(string name) => s_models.TryGetValue(name, out var model) ? model
        : TrainedPotential.Locate(name) is { } file ? Trained(file) : TorchScriptFile.IsName(name) ? Scripted(name) : null;

    /// <summary>A torch function that somebody else wrote.</summary>
    private static Model Scripted(string path) => new(Path.GetFileNameWithoutExtension(path), [], (molecule, choice) =>
    {
        TorchScriptFile file = ScriptedPotential.Read(path);
        try
        {
            (Potential potential, IReadOnlyList<string> notes) = ScriptedPotential.Of(file, molecule, choice.Masses);
            return EnergyModel.Of(potential, notes: notes);
        }
        catch (InvalidDataException e) // of this molecule
        {
            throw new ParameterizationException(e.Message, []);
        }
    })
    {
        IsCostly = true, Require = () => ScriptedPotential.Read(path),
    };

    /// <summary>The networks of a folder, on top of the energy whose rest they learned.</summary>
    private static Model Trained(string file) => new(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))!, [],
        (molecule, choice) =>
    {
        IReadOnlyList<Atom> atoms = molecule.Molecule.Atoms;
        int[] numbers = [.. atoms.Select(a => a.AtomicNumber)];
        (TrainedPotential trained, AniWeights weights) = s_trained.GetOrAdd((Path.GetFullPath(file), File.GetLastWriteTimeUtc(file)), key =>
        {
            TrainedPotential read = TrainedPotential.Read(key.File);
            return (read, read.ReadWeights(key.File));
        });
        try
        {
            return EnergyModel.Of(TrainedPotential.Potential(weights, numbers, choice.Masses, atoms.Sum(a => a.FormalCharge),
                atoms.Sum(a => a.RadicalElectrons), trained.Base is { } name ? Create(name, molecule, choice.Masses).Potential : null),
                notes: trained.NotesFor(ChemicalElement.Formula(numbers), molecule.Molecule.Smiles));
        }
        catch (ArgumentException e)
        {
            throw new ParameterizationException(e.Message, []);
        }
    })
    {
        IsCostly = true,
    };

    private static Model Find(string name) => TryFind(name)
        ?? throw new ArgumentException(ForceFieldFiles.Names.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? $"--force-field {name} is for residues (--peptide, PDB, mmCIF or .seq files); for a molecule there are "
                + string.Join(", ", Names)
            : Directory.Exists(name) ? $"{name} is a folder without {TrainedPotential.FileName}: 'molsampling train potential' makes one"
            : $"no force field or potential '{name}' for a molecule: there are {string.Join(", ", Names)}{Spelling.Question(name, Names)}");

    /// <summary>One energy.</summary>
    /// <param name="Title">For people.</param>
    /// <param name="Solvents">Implicit ones that it takes.</param>
    /// <param name="Make">Of a molecule.</param>
    private sealed record Model(string Title, IReadOnlyList<string> Solvents, Func<RDKitMolecule, Choice, EnergyModel> Make)
    {
        public bool IsClassical { get; init; }

        public bool IsCostly { get; init; }

        /// <summary>Throws where something that it needs is not on this machine; null for nothing.</summary>
        public Action? Require { get; init; }
    }

    private sealed record Choice(IReadOnlyList<double> Masses, string Solvent, string? Charges);
}
