using System.CommandLine;
using MolSampling.Cli;
using MolSampling.Cli.Output;
using MolSampling.Potentials.Native;

NativeBuild.Announce = message => Console.Error.WriteLine($"molsampling: {message}");
ParseResult parsed = CommandTree.Create().Parse(args);
if (parsed.Action is not HelpPage && CommandLineErrors.First(args, parsed) is { } error)
{
    // one line, and no help text on the standard output that a pipe may be reading
    Console.Error.WriteLine($"molsampling: {Failure.OneLine(error)} ('molsampling {CommandLineErrors.Path(parsed.CommandResult)}--help' explains)");
    return ExitCodes.BadInput;
}
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) }).ConfigureAwait(false);
