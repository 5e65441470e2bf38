using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Analysis.Properties;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling conformers: the main job, a molecule's Boltzmann ensemble, or those of a list.</summary>
internal static class ConformersCommand
{
    private static readonly Argument<string> s_input = new("input")
    {
        Description = "a SMILES; a .smi, .sdf, .pdb or .cif file; or a .seq file, a list of peptides (also .gz)",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string> s_peptide = new("--peptide") { Description =
        "a peptide instead: ACE-ALA-NME, H-AK-OH (charged ends)", HelpName = "SEQUENCE" };
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
            + "draws), replica-exchange; or network (learned without a fit), etkdg (embeddings: geometries, no ensemble)",
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
    private static readonly Option<string?> s_property = new("--property") { Description =
        "averages beside energy and radius of gyration, separated by commas: distance:I-J, noe:I-J, karplus:I-J-K-L:A:B:C, dipole, jhnha",
        HelpName = "LIST" };
    private static readonly Option<ulong?> s_seed = CommonOptions.Seed();
    private static readonly Option<double?> s_timeLimit =
        CommonOptions.TimeLimit("seconds for one molecule; a partial answer is kept, with the reason");
    private static readonly Option<string> s_output =
        CommonOptions.Output("for the results, default molsampling-output; the same command goes on with a list that was stopped",
        "FOLDER");
    private static readonly Option<double> s_highest = new("--highest-temperature") { Description =
        "K, top of the ladder: hotter crosses higher barriers, with more rungs", DefaultValueFactory = _ => 900, HelpName = "K" };
    private static readonly Option<int?> s_threads = CommonOptions.Threads();
    private static readonly Option<int?> s_taskIndex = new("--task-index") { Description =
        "number of this task, from 0: every T-th molecule; tasks share the folder, and the last one puts the files together",
        HelpName = "N" };
    private static readonly Option<int?> s_taskCount = new("--task-count") { Description = "how many tasks the list is cut into",
        HelpName = "N" };
    private static readonly Option<bool> s_merge =
        new("--merge") { Description = "sample nothing: write the files from what is done so far" };
    private static readonly Option<bool> s_overwrite = CommonOptions.Overwrite();
    private static readonly Option<bool> s_json = CommonOptions.Json();
    private static readonly Option<bool> s_quiet = CommonOptions.Quiet();
    private static readonly Option<string> s_unit = CommonOptions.Unit();

    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(0.1);

    public static Command Create()
    {
        var command = new DocumentedCommand("conformers",
            "The Boltzmann ensemble of a molecule: conformers with populations and error bars",
            "molsampling conformers CCCO --unit kcal/mol",
            "molsampling conformers \"CC(C)Cc1ccc(cc1)C(C)C(=O)O\" -n 2000 -o ibuprofen",
            "molsampling conformers --peptide H-AK-OH --solvent obc1 --temperature 310 -o AK",
            "molsampling conformers examples/data/molecules.smi --time-limit 60 -o results")
        {
            s_input, s_peptide, s_temperature, s_target, s_method, s_stereo, s_samples, s_numConformers, s_energyWindow, s_prune, s_firstOnly,
            s_forceField, s_solvent, s_charges, s_property, s_seed, s_timeLimit, s_output, s_highest, s_threads, s_taskIndex, s_taskCount,
            s_merge, s_overwrite,
            s_unit, s_json, s_quiet,
        };
        // on a thread of its own, so that an interrupt finds the dispatcher free to cancel it
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    /// <summary>The settings on a command line.</summary>
    public static ConformerOptions Options(ParseResult parsed)
    {
        int? most = parsed.GetValue(s_numConformers);
        if (most is not null && parsed.GetValue(s_firstOnly))
            throw new ArgumentException("--first-only is --num-conformers 1: give one of them");
        if (parsed.GetValue(s_target) == "torsions" && parsed.GetValue(s_method) is "replica-exchange" or "jumps" or "etkdg")
            throw new ArgumentException($"--target torsions draws from learned torsions: --method {parsed.GetValue(s_method)} has none");
        return new()
        {
            Temperature = InRange(parsed.GetValue(s_temperature), 1, 5000, "--temperature"),
            Target = Named<ConformerTarget>(parsed.GetValue(s_target)!),
            Method = Named<ConformerMethod>(parsed.GetValue(s_method)!),
            Stereo = Named<StereoHandling>(parsed.GetValue(s_stereo)!),
            Samples = (int)InRange(parsed.GetValue(s_samples), 1, 1e7, "--samples"),
            NumConformers = parsed.GetValue(s_firstOnly) ? 1 : most is { } n ? (int)InRange(n, 1, 1e7, "--num-conformers") : null,
            EnergyWindow = parsed.GetValue(s_energyWindow) is { } w ? InRange(w, 0, 1e6, "--energy-window") : null,
            PruneRmsd = parsed.GetValue(s_prune) is { } rmsd ? InRange(rmsd, 0, 100, "--prune-rmsd") * Units.NanometrePerAngstrom : null,
            ForceField = MoleculeEnergies.NameOr(parsed.GetValue(s_forceField), parsed.GetValue(s_peptide) is not null
                || MoleculeFile.HasResidues(parsed.GetValue(s_input) ?? "")),
            Solvent = parsed.GetValue(s_solvent) ?? MoleculeEnergies.Vacuum,
            Charges = parsed.GetValue(s_charges),
            Properties = Properties(parsed.GetValue(s_property)),
            Seed = parsed.GetValue(s_seed) ?? 1,
            TimeLimit = CommonOptions.Limit(parsed.GetValue(s_timeLimit)),
            HighestTemperature = InRange(parsed.GetValue(s_highest), 1, 5000, "--highest-temperature"),
            Threads = (int)InRange(parsed.GetValue(s_threads) ?? 0, 0, 4096, "--threads"),
        };
    }

    private static string? Properties(string? list)
    {
        _ = PropertyList.Parse(list);
        return string.IsNullOrWhiteSpace(list) ? null : list;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        ConformerOptions options = Options(parsed);
        (int Index, int Count)? task = CommonOptions.Task(parsed.GetValue(s_taskIndex), parsed.GetValue(s_taskCount));
        string folder = parsed.GetValue(s_output) ?? "molsampling-output";
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet) || json, merge = parsed.GetValue(s_merge),
            overwrite = parsed.GetValue(s_overwrite);
        if (merge && (overwrite || task is not null))
            throw new ArgumentException("--merge goes with neither --overwrite nor --task-index");
        MoleculeList list = (parsed.GetValue(s_input), parsed.GetValue(s_peptide)) switch
        {
            ({ } input, null) => MoleculeList.Open(input, options.Stereo == StereoHandling.Enumerate),
            (null, { } peptide) => MoleculeList.OfPeptide(peptide),
            (null, null) => throw new ArgumentException("name a molecule: a SMILES, a file, or --peptide SEQUENCE"),
            _ => throw new ArgumentException("--peptide is instead of an input: give one of them"),
        };
        MoleculeEnergies.RequireFit(options.ForceField, options.Solvent, options.Charges, list.HasResidues);
        if (!overwrite && ConformerRun.Finished(folder, list, options) is { } failures)
        {
            WriteDone(folder, list, failures, json);
            // a task had nothing to do
            return failures == default || task is not null ? ExitCodes.Ok : failures.Run > 0 ? ExitCodes.CouldNotFinish
                : ExitCodes.BadInput;
        }
        if (merge)
        {
            using ConformerRun present = ConformerRun.OpenToMerge(folder, list, options);
            return Finish(present, folder, json, quiet, interrupted: false);
        }
        using ConformerRun run = ConformerRun.Open(folder, list, options, task, overwrite);
        Sample(run, list, options, parsed.GetValue(s_quiet), !quiet, parsed.GetValue(s_unit)!, cancellation);
        if (cancellation.IsCancellationRequested && run.IsList)
        {
            Console.Error.WriteLine($"molsampling: stopped with {run.Done} of {run.Total} molecules done; the same command goes on");
            return ExitCodes.Requeue;
        }
        if (run.Missing() is int missing and > 0 && ConformerRun.Finished(folder, list, options) is null)
        {
            FailureTable.Write(run.Failures, run.Total);
            if (!quiet)
                Console.WriteLine($"{run.Done} molecules of this task are done; {missing} of {run.Entries} are left to other tasks, the last of which writes the files");
            return Code(run.Failures);
        }
        bool interrupted = cancellation.IsCancellationRequested, isEmpty = run.Failures.Count > 0;
        int code = Finish(run, folder, json, quiet, interrupted);
        if (!interrupted)
            return code;
        Console.Error.WriteLine(isEmpty ? "molsampling: nothing is written; the same command begins anew"
            : "molsampling: interrupted; what was sampled is kept, and the same command begins anew");
        return isEmpty ? ExitCodes.Requeue : ExitCodes.CouldNotFinish;
    }

    private static void Sample(ConformerRun run, MoleculeList list, ConformerOptions options, bool quiet, bool shows, string unit,
        CancellationToken cancellation)
    {
        if (run.Done > 0 && !quiet)
            Console.Error.WriteLine($"{run.Done} of {run.Total} molecules are done already");
        if (list.Renamed > 0 && !quiet)
            Console.Error.WriteLine($"{list.Renamed} {(list.Renamed == 1 ? "molecule has a name" : "molecules have names")} that came before in the list: 'name (2)' and so on in the results");
        ListProgress? progress = run.IsList ? new(run.Total, run.Done, run.Failures.Count) : null;
        var reporter = new ProgressReporter(quiet, progress);
        foreach ((int number, MoleculeEntry entry) in run.Pending())
        {
            if (run.Damaged.FirstOrDefault(d => d.Number == number) is { File: { } damaged })
                Console.Error.WriteLine($"molsampling: warning: {TerminalText.Name(damaged)} (molecule {number}, {TerminalText.Name(entry.Name)}) was damaged: "
                    + "it is put aside, and the molecule is sampled again");
            (MoleculeRecord record, bool isLate, ConformerSampler sampler) = Read(entry, options);
            using RDKitMolecule? molecule = record.Molecule;
            ConformerResult result = molecule is null
                ? new() { Name = record.Name, InputSmiles = record.Input, Status = ConformerStatus.Failed, Reason = record.Error,
                    IsInputError = !isLate }
                : reporter.Show(record.Name, told => sampler.Run(molecule, record.Input, told, cancellation));
            if (cancellation.IsCancellationRequested && run.IsList)
                break; // begun anew when the run goes on: half a sampling is no part of a list
            result = run.Add(number, entry, result, molecule);
            progress?.Finish(result.Status == ConformerStatus.Failed);
            if (!run.IsList && result.Status == ConformerStatus.Failed)
                Console.Error.WriteLine($"molsampling: {Named(result)}");
            else if (run.IsList && shows)
                ConsoleSummary.WriteLine(result, number, run.Entries);
            else if (shows)
                ConsoleSummary.Write(result, unit);
        }
    }

    /// <summary>Reads an entry within the time limit, and leaves what is left of it to the sampler.</summary>
    private static (MoleculeRecord, bool IsLate, ConformerSampler) Read(MoleculeEntry entry, ConformerOptions options)
    {
        if (options.TimeLimit is not { } limit)
            return (entry.Parse(), false, new(options));
        long start = Stopwatch.GetTimestamp();
        bool isRead = HardLimit.TryRun(entry.Parse, limit, out MoleculeRecord? record);
        TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
        return (isRead ? record! : new(entry.Input, entry.Name, null, "the time limit came before the molecule was read"), !isRead,
            new(options with { TimeLimit = left > s_least ? left : s_least }));
    }

    private static int Finish(ConformerRun run, string folder, bool json, bool quiet, bool interrupted)
    {
        if (run.Done == 0)
            throw new ArgumentException($"no molecule is done yet in '{folder}'");
        int code = Code(run.Failures), missing = run.Missing();
        using Stream? summary = json ? Console.OpenStandardOutput() : null;
        IReadOnlyList<string>? files = run.Write(summary, interrupted);
        if (run.IsList)
            FailureTable.Write(run.Failures, run.Done);
        if (!quiet && files is null)
            Console.WriteLine($"another task is putting the files together in {TerminalText.Name(folder)}");
        else if (!quiet && files!.Count > 0)
            Console.WriteLine($"written to {TerminalText.Name(folder)}: {string.Join(", ", files)}"
                + $"{(missing > 0 ? $" ({run.Entries - missing} of {run.Entries} molecules)" : "")}");
        return code;
    }

    private static void WriteDone(string folder, MoleculeList list, (int Input, int Run) failures, bool json)
    {
        if (json)
            Console.Write(File.ReadAllText(Path.Combine(folder, "summary.json")));
        else
            Console.WriteLine($"{(list.Count == 1 ? "the molecule is" : $"all {list.Count} molecules are")} done in {TerminalText.Name(folder)} "
                + $"({failures.Input + failures.Run} failed, see summary.json); --overwrite begins anew");
    }

    private static int Code(IReadOnlyList<MoleculeOutcome> failures) =>
        failures.Any(f => !f.IsInputError) ? ExitCodes.CouldNotFinish : failures.Count > 0 ? ExitCodes.BadInput : ExitCodes.Ok;

    private static string Named(ConformerResult result) =>
        result.Molecule is null || result.Reason!.Contains(result.Name, StringComparison.Ordinal) ? result.Reason!
            : $"{result.Name}: {result.Reason}";

    /// <summary>A member of an enumeration, written with hyphens.</summary>
    private static T Named<T>(string text) where T : struct, Enum => Enum.GetValues<T>().Single(value => Hyphenated(value) == text);

    private static string[] Names<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Hyphenated)];

    private static string Hyphenated<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static double InRange(double value, double least, double most, string option) =>
        value >= least && value <= most ? value : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"{option} must lie between {least} and {most}, not {value}"));
}
