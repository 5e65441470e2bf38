using System.CommandLine;
using MolSampling.Cli.Benchmarks;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Timewarp;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling benchmark timewarp: learned jumps in time beside dynamics, ladders and jumps of conformers.</summary>
internal static class TimewarpBenchmarkCommand
{
    public static Command Create()
    {
        var peptide = new Option<string>("--peptide") { Description = "a sequence to build, default ACE-ALA-NME", HelpName = "SEQUENCE" };
        var solvent = new Option<string>("--solvent") { Description = "none, obc1 (default), obc2, gbn or gbn2", HelpName = "NAME" }
            .OneOf(SimulationPlan.Solvents);
        var temperature = new Option<double?>("--temperature") { Description = "K, default 310", HelpName = "K" };
        var seconds = new Option<double>("--seconds") { Description = "of sampling for each row, four times as many for the reference",
            DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
        var proposal = new Option<string>("--proposal") { Description =
            "the folder of 'train timewarp' for this peptide; learned anew without it", HelpName = "DIR" };
        Option<ulong?> seed = CommonOptions.Seed();
        Option<bool> json = CommonOptions.Json();
        var command = new DocumentedCommand("timewarp",
            "Effective samples a second of a peptide: dynamics, replica exchange, learned jumps", "molsampling benchmark timewarp",
            "molsampling benchmark timewarp --peptide ACE-VAL-NME --seconds 120 --json")
        { peptide, solvent, temperature, seconds, proposal, seed, json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Failure.Guard(() => TimewarpBenchmark.Run(new TimewarpConfig
        {
            System = new()
            {
                Peptide = parsed.GetValue(peptide) ?? "ACE-ALA-NME", Solvent = parsed.GetValue(solvent) ?? "obc1",
                Temperature = parsed.GetValue(temperature) ?? 310,
            },
            Seed = parsed.GetValue(seed) ?? 1,
        }, parsed.GetValue(proposal), parsed.GetValue(seconds), parsed.GetValue(json), cancellation))));
        return command;
    }
}
