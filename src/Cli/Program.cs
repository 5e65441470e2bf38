using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using MolSampling.Cli;
using MolSampling.Cli.Commands;
using MolSampling.Cli.Output;
using MolSampling.Molecular;

TerminalText.Install();
var root = new RootCommand("MolSampling: Boltzmann ensembles of molecules, exact, with error bars.")
{
    ConformersCommand.Create(), // a new command: one file in Commands/, one line here
    SimulateCommand.Create(),
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
};

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
{
    // one line, and no help text on the standard output that a pipe may be reading
    Console.Error.WriteLine($"molsampling: {Failure.OneLine(parsed.Errors[0].Message)} ('molsampling {Words(parsed)}--help' explains)");
    return ExitCodes.BadInput;
}
return HardLimit.Exit(await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) }).ConfigureAwait(false));

static string Words(ParseResult parsed) => parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
