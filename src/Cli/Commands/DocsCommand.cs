using System.CommandLine;
using MolSampling.Cli.Output;

namespace MolSampling.Cli.Commands;

/// <summary>molsampling docs: prints docs/commands.md. Hidden: users read the page.</summary>
internal static class DocsCommand
{
    public static Command Create()
    {
        var command = new Command("docs", "Help of all commands as one page of Markdown") { Hidden = true };
        command.SetAction(_ =>
        {
            Console.Write(HelpPage.Markdown(CommandTree.Create()));
            return ExitCodes.Ok;
        });
        return command;
    }
}
