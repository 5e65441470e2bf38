using System.CommandLine;
using System.CommandLine.Invocation;
using MolSampling.Cli;
using MolSampling.Cli.Output;
using MolSampling.Molecular;
using MolSampling.Potentials.Native;
using var signals = new StopSignals();

TerminalText.Install();
NativeBuild.Announce = message => Console.Error.WriteLine($"molsampling: {message}");
ParseResult parsed = CommandTree.Create().Parse(args);
if (parsed.Action is not HelpPage && CommandLineErrors.First(args, parsed) is { } error)
{
    // one line, and no help text on the standard output that a pipe may be reading
    Console.Error.WriteLine($"molsampling: {Failure.OneLine(error)} ('molsampling {CommandLineErrors.Path(parsed.CommandResult)}--help' explains)");
    return ExitCodes.BadInput;
}
if (signals.Decide(heeds: parsed.Action is AsynchronousCommandLineAction) is { } ended) // a command that takes a token
    return ended;
// no limit on the time that a command takes to stop: a crowded machine needs its own for a checkpoint
return HardLimit.Exit(await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null },
    signals.Token).ConfigureAwait(false));
