using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Jobs.Conformers.Constraints;
using MolSampling.Jobs.Conformers.Starts;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;

namespace MolSampling.Cli.Commands;

/// <summary>What molsampling conformers is to do with what: arguments and the settings that they are.</summary>
internal static class ConformerArguments
{
    /// <summary>A molecule or a file.</summary>
    public static Argument<string> Input { get; } = new("input")
    {
        Description = "a SMILES; a .smi, .sdf, .pdb or .cif file; a .seq file, a list of peptides (also .gz); or a .prmtop",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>What goes with a prmtop.</summary>
    public static Option<string> Coordinates { get; } = new("--coordinates") { Description =
        "of a prmtop (.inpcrd, .rst7), whose force field then is the usual one", HelpName = "FILE" };

    /// <summary>A sequence in its place.</summary>
    public static Option<string> Peptide { get; } = new("--peptide") { Description =
        "a peptide instead: ACE-ALA-NME, H-AK-OH (charged ends)", HelpName = "SEQUENCE" };

    private static readonly Option<string> s_preset = new Option<string>("--preset") { Description =
        "options for a purpose, unless they are given: " + string.Join("; ", ConformerPreset.All.Select(p =>
            $"{p.Name} ({string.Join(' ', p.ToArguments())})")), HelpName = "NAME" }.OneOf([.. ConformerPreset.All.Select(p => p.Name)]);
    private static readonly Option<double> s_temperature = new("--temperature") { Description = "K", DefaultValueFactory = _ => 300,
        HelpName = "K" };
    private static readonly Option<string> s_target = new Option<string>("--target")
    {
        Description = "all-atom, or torsions: bonds, angles and rings stay as in the minima, and every sample is an independent draw "
            + "with its weight", DefaultValueFactory = _ => "all-atom", HelpName = "NAME",
    }.OneOf(Names<ConformerTarget>());
    private static readonly Option<string> s_method = new Option<string>("--method")
    {
        Description = "auto or jumps (chains that jump by learned shapes, on a ladder where that is not enough), torsion-flow (weighted "
            + "draws), replica-exchange; surrogate (samples of a fitted force field, weighed by the energy; auto for quantum chemistry); "
            + "or network (learned without a fit), etkdg (embeddings: geometries, no ensemble)",
        DefaultValueFactory = _ => "auto", HelpName = "NAME",
    }.OneOf(Names<ConformerMethod>());
    private static readonly Option<string> s_stereo = new Option<string>("--stereo")
    {
        Description = "where the input leaves stereo open or gives AND or OR groups: one (one isomer is sampled, and the result says which) "
            + "or enumerate (every isomer is a molecule of its own, 32 at most)",
        DefaultValueFactory = _ => "one", HelpName = "NAME",
    }.OneOf(Names<StereoHandling>());
    private static readonly Option<int> s_samples = CommonOptions.Samples("weighted samples to write for each molecule", 1000);
    private static readonly Option<int?> s_numConformers = new("--num-conformers") { Description =
        "conformers in conformers.sdf, at most, the most populated first", HelpName = "N" };
    private static readonly Option<double?> s_energyWindow = new("--energy-window") { Description =
        "kJ/mol: conformers higher above the lowest minimum are left out of conformers.sdf", HelpName = "KJ/MOL" };
    private static readonly Option<double?> s_prune = new("--prune-rmsd") { Description =
        "Angstrom; conformers nearer than this (heavy atoms, symmetric) become one, the lower in energy, and their populations are added",
        HelpName = "ANGSTROM" };
    private static readonly Option<bool> s_firstOnly = new("--first-only") { Description = "the most populated conformer only" };
    private static readonly Option<string> s_forceField = CommonOptions.ForceFieldOfMoleculeOrResidues();
    private static readonly Option<string> s_solvent = CommonOptions.Solvent();
    private static readonly Option<string> s_charges = CommonOptions.Charges();
    private static readonly Option<int> s_labels = new("--labels") { Description =
        "with surrogate: draws that may be weighed by the energy, at most; as many are taken as a pilot finds enough",
        DefaultValueFactory = _ => 4000, HelpName = "N" };
    private static readonly Option<string?> s_property = new("--property") { Description =
        "averages beside energy, entropy and radius of gyration, separated by commas: distance:I-J, noe:I-J, karplus:I-J-K-L:A:B:C, "
            + "dipole, sasa, jhnha; with a ? behind one, only where the molecule has it",
        HelpName = "LIST" };
    private static readonly Option<string[]> s_constrain = new("--constrain") { Description =
        "holds the ensemble to a window, as a part of the law (repeatable): distance:I-J=NM+-NM, angle:I-J-K=DEG+-DEG, "
            + "torsion:I-J-K-L=DEG+-DEG, a force constant behind a colon; core:I-J-K-... keeps the shape of a part, as in --start or "
            + "the input's coordinates; a SMARTS in place of the numbers",
        HelpName = "SPEC" };
    private static readonly Option<string?> s_start = new("--start") { Description =
        "conformers to begin from, beside embeddings: an SDF, xyz or PDB file, atoms in any order; for a list, records named like its "
            + "molecules", HelpName = "FILE" };
    private static readonly Option<string?> s_formats = new("--formats") { Description =
        "files beside the usual ones, separated by commas: xyz, pdb and mol2 (the conformers of conformers.sdf), csv (basins.csv, a row "
            + "a basin)",
        HelpName = "LIST" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<double?> s_timeLimit =
        CommonOptions.TimeLimit("seconds for one molecule; a partial answer is kept, with the reason");
    private static readonly Option<double> s_highest = new("--highest-temperature") { Description =
        "K, top of the ladder: hotter crosses higher barriers, with more rungs", DefaultValueFactory = _ => 900, HelpName = "K" };
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<string> s_unit = CommonOptions.Unit(
        "of energies in what is printed, the report and basins.csv: kJ/mol or kcal/mol; the other files say theirs, kJ/mol");

    /// <summary>All settings, in the order of the help.</summary>
    public static IReadOnlyList<Option> Settings { get; } =
    [
        s_preset, s_temperature, s_target, s_method, s_stereo, s_samples, s_numConformers, s_energyWindow, s_prune, s_firstOnly,
        s_forceField, s_solvent, s_charges, s_labels, s_property, s_constrain, s_start, s_formats, s_unit, s_seed, s_timeLimit, s_highest,
        s_threads,
    ];

    /// <summary>The settings on a command line.</summary>
    public static ConformerOptions Options(ParseResult parsed)
    {
        var preset = ConformerPreset.Of(parsed.GetValue(s_preset));
        int? most = parsed.GetValue(s_numConformers);
        if (most is not null && parsed.GetValue(s_firstOnly))
            throw new ArgumentException("--first-only is --num-conformers 1: give one of them");
        if (parsed.GetValue(s_target) == "torsions" && parsed.GetValue(s_method) is "replica-exchange" or "jumps" or "etkdg")
            throw new ArgumentException($"--target torsions draws from learned torsions: --method {parsed.GetValue(s_method)} has none");
        string potential = MoleculeFile.IsPrmtop(parsed.GetValue(Input) ?? "") ? parsed.GetValue(s_forceField) ?? MoleculeEnergies.OfFile
            : MoleculeEnergies.NameOr(parsed.GetValue(s_forceField), parsed.GetValue(Peptide) is not null
                || MoleculeFile.HasResidues(parsed.GetValue(Input) ?? ""));
        if (parsed.GetValue(s_target) == "torsions" && (parsed.GetValue(s_constrain) ?? []).Any(c => ConstraintSpec.Parse(c).Kind
            == ConstraintKind.Angle))
            throw new ArgumentException("--constrain angle: with --target torsions bonds and angles do not move");
        if (parsed.GetValue(s_method) == "etkdg" && (parsed.GetValue(s_constrain) is { Length: > 0 }
            || parsed.GetValue(s_start) is not null))
            throw new ArgumentException("--method etkdg gives embeddings as they come: "
                + "neither --constrain nor --start says anything to it");
        if (parsed.GetValue(s_method) == "surrogate" && !MoleculeEnergies.IsCostly(potential))
            throw new ArgumentException("--method surrogate is for energies that take milliseconds, --potential gfn2 for example; "
                + $"{potential} is sampled as it is");
        return new()
        {
            Temperature = InRange(parsed.GetValue(s_temperature), 1, 5000, "--temperature"),
            Target = Named<ConformerTarget>(parsed.GetValue(s_target)!),
            Method = Named<ConformerMethod>(parsed.GetValue(s_method)!),
            Stereo = Named<StereoHandling>(parsed.GetValue(s_stereo)!),
            Samples = (int)InRange(Given(parsed, s_samples) ?? preset.Samples ?? parsed.GetValue(s_samples), 1, 1e7, "--samples"),
            NumConformers = parsed.GetValue(s_firstOnly) ? 1 : (most ?? preset.NumConformers) is { } n
                ? (int)InRange(n, 1, 1e7, "--num-conformers") : null,
            EnergyWindow = (parsed.GetValue(s_energyWindow) ?? preset.EnergyWindow) is { } w ? InRange(w, 0, 1e6, "--energy-window") : null,
            PruneRmsd = (parsed.GetValue(s_prune) ?? preset.PruneRmsd) is { } rmsd
                ? InRange(rmsd, 0, 100, "--prune-rmsd") * Units.NanometrePerAngstrom : null,
            ForceField = potential,
            Solvent = parsed.GetValue(s_solvent) ?? MoleculeEnergies.Vacuum,
            Charges = parsed.GetValue(s_charges),
            Labels = (int)InRange(parsed.GetValue(s_labels), 10, 1e6, "--labels"),
            Properties = Properties(parsed.GetValue(s_property) ?? preset.Property),
            Constraints = parsed.GetValue(s_constrain) is { Length: > 0 } constraints
                ? string.Join(' ', constraints.Select(c => ConstraintSpec.Parse(c).Text)) : null,
            Formats = ConformerFormatNames.Parse(parsed.GetValue(s_formats) ?? preset.Formats),
            EnergyUnit = parsed.GetValue(s_unit)!,
            Seed = parsed.GetValue(s_seed) ?? 1,
            TimeLimit = CommonOptions.Limit(parsed.GetValue(s_timeLimit) ?? preset.TimeLimit),
            HighestTemperature = InRange(Given(parsed, s_highest) ?? preset.HighestTemperature ?? parsed.GetValue(s_highest), 1, 5000,
                "--highest-temperature"),
            Threads = parsed.GetValue(s_threads) ?? 0,
        };
    }

    /// <summary>The settings with the conformers that the molecules begin from.</summary>
    /// <param name="options">So far.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="list">Whose records they are.</param>
    public static ConformerOptions Started(ConformerOptions options, ParseResult parsed, MoleculeList list) =>
        parsed.GetValue(s_start) is { } path ? options with { Start = StartFile.Open(path).For(list) } : options;

    /// <summary>What stands on the command line; null where it is the usual value.</summary>
    private static T? Given<T>(ParseResult parsed, Option<T> option) where T : struct =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetValue(option) : null;

    private static string? Properties(string? list)
    {
        _ = PropertyList.Parse(list);
        return string.IsNullOrWhiteSpace(list) ? null : list;
    }

    /// <summary>A member of an enumeration, written with hyphens.</summary>
    private static T Named<T>(string text) where T : struct, Enum => Enum.GetValues<T>().Single(value => Hyphenated(value) == text);

    private static string[] Names<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Hyphenated)];

    private static string Hyphenated<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static double InRange(double value, double least, double most, string option) =>
        value >= least && value <= most ? value : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"{option} must lie between {least} and {most}, not {value}"));
}
