using System.CommandLine;
using MolSampling.Cli.Commands;
using MolSampling.Cli.Output;

namespace MolSampling.Cli;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var root = new RootCommand("MolSampling: Boltzmann ensembles of molecules, exact, with error bars. 'molsampling COMMAND --help' explains a command and has examples.")
        {
            ConformersCommand.Create(), // a new command: one file in Commands/, one line here
            SimulateCommand.Create(), SolvationCommand.Create(),
            ReportCommand.Create(),
            ExportCommand.Create(),
            FreeEnergyCommand.Create(),
            SlurmCommand.Create(),
            TrainCommand.Create(),
            NetworkCommand.Create(),
            DrawCommand.Create(),
            TargetsCommand.Create(),
            EnergyCommand.Create(),
            BenchmarkCommand.Create(),
            DoctorCommand.Create(),
            CompletionCommand.Create(),
            DocsCommand.Create(),
        };
        HelpPage.Install(root);
        root.SetAction(_ => root.Parse("--help").Invoke());
        return root;
    }
}
