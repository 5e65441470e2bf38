using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Solvation;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark solvation: free energies of hydration beside FreeSolv.</summary>
internal static class SolvationBenchmarkCommand
{
    public static Command Create()
    {
        var freesolv = new Option<string>("--freesolv") { Description = "the folder of FreeSolv's database.txt and amber.tar.gz",
            HelpName = "DIR", Required = true };
        var molecules = new Option<string>("--molecules") { Description =
            "names or identifiers, separated by commas, or a number: so many, chosen by a hash of their identifiers; default twelve",
            HelpName = "LIST" };
        var forceField = new Option<string>("--force-field") { Description =
            "sage-2.2.1 or sage-2.3.0 with our charges; default FreeSolv's own parameters (GAFF, AM1-BCC)", HelpName = "NAME" };
        var time = new Option<string>("--time") { Description = "sampled in each window of each set, default 200ps", HelpName = "TIME" };
        var targetError = new Option<string>("--target-error") { Description = "of each molecule, as in solvation", HelpName = "ENERGY" };
        var sets = new Option<int?>("--sets") { Description = "independent sets of windows, default 2", HelpName = "N" };
        Option<ulong?> seed = CommonOptions.Seed();
        Option<int?> threads = CommonOptions.Threads();
        Option<string> output = CommonOptions.Output("a folder of runs, default molsampling-freesolv; runs that are there are read",
            "FOLDER");
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("solvation", "Free energies of hydration beside FreeSolv's computed and measured ones",
            "molsampling benchmark solvation --freesolv FreeSolv -o freesolv",
            "molsampling benchmark solvation --freesolv FreeSolv --molecules 40 --force-field sage-2.2.1 -o sage")
        { freesolv, molecules, forceField, time, targetError, sets, seed, threads, output, json };
        command.SetAction((parsed, stop) => Task.Run(() => Failure.Guard(() =>
        {
            var usual = new SolvationConfig { Input = "" };
            return SolvationBenchmark.Run(new(parsed.GetRequiredValue(freesolv)), parsed.GetValue(molecules) ?? SolvationBenchmark.Usual,
                parsed.GetValue(forceField), usual with
                {
                    Time = parsed.GetValue(time) is { } t ? SimulationPlan.Picoseconds("--time", t) : usual.Time,
                    Sets = parsed.GetValue(sets) ?? usual.Sets,
                    Seed = parsed.GetValue(seed) ?? usual.Seed,
                }, parsed.GetValue(targetError) is { } e ? CommonOptions.Energy("--target-error", e) : null,
                parsed.GetValue(output) ?? "molsampling-freesolv", parsed.GetValue(threads) ?? 0, parsed.GetValue(json), stop);
        })));
        return command;
    }
}
