using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MolSampling.Cli.Commands;

namespace MolSampling.Cli.Output;

/// <summary>System.CommandLine's help, and examples below it.</summary>
internal sealed class HelpPage(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    /// <summary>Puts examples into the help of all commands below a root.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpPage((HelpAction)option.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DocumentedCommand { Examples.Count: > 0 } command)
            WriteExamples(command, parseResult.InvocationConfiguration.Output);
        return ExitCodes.Ok;
    }

    private static void WriteExamples(DocumentedCommand command, TextWriter output)
    {
        output.WriteLine("Examples:");
        foreach (string example in command.Examples)
            output.WriteLine($"  {example}");
        output.WriteLine();
    }
}
