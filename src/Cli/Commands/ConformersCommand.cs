using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MolSampling.Cli.Output;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Conformers;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling conformers: the main job, a molecule's Boltzmann ensemble.</summary>
internal static class ConformersCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("input") { Description = "a SMILES, a .smi file or an .sdf file (also .gz)" };
        var temperature = new Option<double>("--temperature") { Description = "K", DefaultValueFactory = _ => 300 };
        var samples = new Option<int>("--samples") { Description = "weighted samples to write for each molecule", DefaultValueFactory = _ => 1000 };
        Option<string> forceField = CommonOptions.ForceField();
        var seed = new Option<ulong>("--seed") { Description = "everything random follows from it", DefaultValueFactory = _ => 1 };
        var timeLimit = new Option<double?>("--time-limit") { Description = "seconds for one molecule; a partial answer is kept, with the reason" };
        var output = new Option<string>("--output") { Description = "folder for the results", DefaultValueFactory = _ => "molsampling-output" };
        var highest = new Option<double>("--highest-temperature") { Description = "K, top of the ladder: hotter crosses higher barriers, with more rungs", DefaultValueFactory = _ => 900 };
        var threads = new Option<int>("--threads") { Description = "0 for all cores; results do not depend on it", DefaultValueFactory = _ => 0 };
        var prune = new Option<double?>("--prune-rmsd") { Description = "Angstrom; conformers nearer than this (heavy atoms, symmetric) become one, the lower in energy, and their populations are added" };
        Option<bool> json = CommonOptions.Json();
        var quiet = new Option<bool>("--quiet") { Description = "no progress and no table" };
        var command = new Command("conformers", "the Boltzmann ensemble of a molecule: conformers with populations and error bars")
        {
            input, temperature, samples, forceField, seed, timeLimit, output, highest, threads, prune, json, quiet,
        };
        // on a thread of its own, so that an interrupt finds the dispatcher free to cancel it
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() =>
        {
            var options = new ConformerOptions
            {
                Temperature = InRange(parsed.GetValue(temperature), 1, 5000, "--temperature"),
                Samples = (int)InRange(parsed.GetValue(samples), 1, 1e7, "--samples"),
                ForceField = CommonOptions.Variant(parsed.GetValue(forceField)!),
                Seed = parsed.GetValue(seed),
                TimeLimit = parsed.GetValue(timeLimit) is { } t ? TimeSpan.FromSeconds(InRange(t, 0.1, 1e7, "--time-limit")) : null,
                HighestTemperature = InRange(parsed.GetValue(highest), 1, 5000, "--highest-temperature"),
                PruneRmsd = parsed.GetValue(prune) is { } rmsd ? InRange(rmsd, 0, 100, "--prune-rmsd") * Units.NanometrePerAngstrom : null,
                Threads = (int)InRange(parsed.GetValue(threads), 0, 4096, "--threads"),
            };
            return Run(parsed.GetRequiredValue(input), options, parsed.GetValue(output)!, parsed.GetValue(json), parsed.GetValue(quiet), cancellation);
        })));
        return command;
    }

    private static int Run(string input, ConformerOptions options, string folder, bool json, bool quiet, CancellationToken cancellation)
    {
        var output = new ConformerOutput(folder, options);
        var sampler = new ConformerSampler(options);
        var reporter = new ProgressReporter(quiet);
        bool badInput = false, unfinished = false;
        foreach (MoleculeRecord record in MoleculeInput.Read(input))
        {
            using RDKitMolecule? molecule = record.Molecule;
            ConformerResult result = molecule is null
                ? new() { Name = record.Name, InputSmiles = record.Input, Status = ConformerStatus.Failed, Reason = record.Error, IsInputError = true }
                : reporter.Show(record.Name, progress => sampler.Run(molecule, record.Input, progress, cancellation));
            if (result.Status == ConformerStatus.Failed)
                Console.Error.WriteLine($"molsampling: {Named(result)}");
            badInput |= result is { Status: ConformerStatus.Failed, IsInputError: true };
            unfinished |= result is { Status: ConformerStatus.Failed, IsInputError: false };
            output.Add(result, molecule);
            if (!json && !quiet)
                ConsoleSummary.Write(result);
            if (cancellation.IsCancellationRequested)
                break;
        }
        OutputFiles files = output.Complete();
        if (json)
            Console.WriteLine(files.SummaryJson);
        else if (!quiet && files.Names.Count > 0)
            Console.WriteLine($"written to {folder}: {string.Join(", ", files.Names)}");
        if (cancellation.IsCancellationRequested)
            Console.Error.WriteLine("molsampling: interrupted; what was sampled is kept");
        return cancellation.IsCancellationRequested || unfinished ? ExitCodes.CouldNotFinish : badInput ? ExitCodes.BadInput : ExitCodes.Ok;
    }

    private static string Named(ConformerResult result) =>
        result.Molecule is null || result.Reason!.Contains(result.Name, StringComparison.Ordinal) ? result.Reason! : $"{result.Name}: {result.Reason}";

    private static double InRange(double value, double least, double most, string option) =>
        value >= least && value <= most ? value : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{option} must lie between {least} and {most}, not {value}"));
}
