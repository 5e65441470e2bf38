using System.CommandLine;
using System.CommandLine.Invocation;
using MolSampling.Cli.Commands;
using MolSampling.Cli.Output;

namespace MolSampling.Cli;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    /// <summary>Does what a command line says.</summary>
    /// <param name="args">Its words.</param>
    /// <param name="decide">Told whether the command heeds the token; gives the exit code where it is to end before it begins.</param>
    /// <param name="token">Asks the command to stop.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Func<bool, int?> decide, CancellationToken token)
    {
        ParseResult parsed = Create().Parse(args);
        if (parsed.Action is not HelpPage && CommandLineErrors.First(args, parsed) is { } error)
        {
            // one line, and no help text on the standard output that a pipe may be reading
            Console.Error.WriteLine($"molsampling: {Failure.OneLine(error)} ('molsampling {CommandLineErrors.Path(parsed.CommandResult)}--help' explains)");
            return ExitCodes.BadInput;
        }
        if (decide(parsed.Action is AsynchronousCommandLineAction) is { } ended) // a command that takes a token
            return ended;
        // no limit on the time that a command takes to stop: a crowded machine needs its own for a checkpoint
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, token).ConfigureAwait(false);
    }

    public static RootCommand Create()
    {
        var root = new RootCommand("MolSampling: Boltzmann ensembles of molecules, exact, with error bars. 'molsampling COMMAND --help' explains a command and has examples.")
        {
            ConformersCommand.Create(), // a new command: one file in Commands/, one line here
            SimulateCommand.Create(), SolvationCommand.Create(),
            ReportCommand.Create(),
            ExportCommand.Create(),
            FreeEnergyCommand.Create(),
            NeuralTiCommand.Create(),
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
