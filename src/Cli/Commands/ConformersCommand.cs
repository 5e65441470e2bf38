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
    private static readonly Option<string> s_output =
        CommonOptions.Output("for the results, default molsampling-output; the same command goes on with a list that was stopped",
        "FOLDER");
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

    private static readonly TimeSpan s_least = TimeSpan.FromSeconds(0.1);

    public static Command Create()
    {
        var command = new DocumentedCommand("conformers",
            "The Boltzmann ensemble of a molecule: conformers with populations and error bars",
            "molsampling conformers CCCO --unit kcal/mol --formats csv,mol2",
            "molsampling conformers \"CC(C)Cc1ccc(cc1)C(C)C(=O)O\" -n 2000 -o ibuprofen",
            "molsampling conformers --peptide H-AK-OH --solvent obc1 --temperature 310 -o AK",
            "molsampling conformers OCCO --constrain torsion:1-2-3-4=60+-10 --constrain \"distance:[O:1]CC[O:2]=0.28+-0.02\"",
            "molsampling conformers \"CC(C)Cc1ccc(cc1)C(C)C(=O)O\" --start crest.xyz --constrain \"core:c1ccc(cc1)C(C)C(=O)O\"",
            "molsampling conformers ligand.prmtop --coordinates ligand.inpcrd --solvent obc2",
            "molsampling conformers examples/data/molecules.smi --time-limit 60 -o results")
        {
            ConformerArguments.Input, ConformerArguments.Peptide, ConformerArguments.Coordinates,
        };
        foreach (Option option in (Option[])[.. ConformerArguments.Settings, s_output, s_taskIndex, s_taskCount, s_merge, s_overwrite,
            s_json, s_quiet])
            command.Options.Add(option);
        // on a thread of its own, so that an interrupt finds the dispatcher free to cancel it
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => Run(parsed, cancellation))));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        ConformerOptions options = ConformerArguments.Options(parsed);
        (int Index, int Count)? task = CommonOptions.Task(parsed.GetValue(s_taskIndex), parsed.GetValue(s_taskCount));
        string folder = parsed.GetValue(s_output) ?? "molsampling-output";
        bool json = parsed.GetValue(s_json), quiet = parsed.GetValue(s_quiet) || json, merge = parsed.GetValue(s_merge),
            overwrite = parsed.GetValue(s_overwrite);
        if (merge && (overwrite || task is not null))
            throw new ArgumentException("--merge goes with neither --overwrite nor --task-index");
        MoleculeList list = (parsed.GetValue(ConformerArguments.Input), parsed.GetValue(ConformerArguments.Peptide)) switch
        {
            ({ } prmtop, null) when MoleculeFile.IsPrmtop(prmtop) => MoleculeList.OfPrmtop(prmtop,
                parsed.GetValue(ConformerArguments.Coordinates)
                ?? throw new ArgumentException("a prmtop file needs its coordinates: --coordinates FILE.inpcrd")),
            (not null, _) or (_, not null) when parsed.GetValue(ConformerArguments.Coordinates) is not null =>
                throw new ArgumentException("--coordinates belongs to a prmtop file"),
            ({ } input, null) => MoleculeList.Open(input, options.Stereo == StereoHandling.Enumerate),
            (null, { } peptide) => MoleculeList.OfPeptide(peptide),
            (null, null) => throw new ArgumentException("name a molecule: a SMILES, a file, or --peptide SEQUENCE"),
            _ => throw new ArgumentException("--peptide is instead of an input: give one of them"),
        };
        MoleculeEnergies.RequireFit(options.ForceField, options.Solvent, options.Charges, list.HasResidues);
        options = ConformerArguments.Started(options, parsed, list);
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
        Sample(run, list, options, parsed.GetValue(s_quiet), !quiet, cancellation);
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

    private static void Sample(ConformerRun run, MoleculeList list, ConformerOptions options, bool quiet, bool shows,
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
                ConsoleSummary.Write(result, options.EnergyUnit);
        }
    }

    /// <summary>Reads an entry within the time limit, and leaves what is left of it to the sampler.</summary>
    private static (MoleculeRecord, bool IsLate, ConformerSampler) Read(MoleculeEntry entry, ConformerOptions options)
    {
        if (options.TimeLimit is not { } limit)
            return (entry.Parse(), false, new(options));
        _ = RDKitLibrary.IsAvailable; // the tool's first start builds it, which is no molecule's time
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
        using Stream? summary = json ? JsonOutput.Open() : null;
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
}
