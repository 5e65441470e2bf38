using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Text;
using MolSampling.Cli.Commands;

namespace MolSampling.Cli.Output;

/// <summary>System.CommandLine's help, and examples below it.</summary>
internal sealed class HelpPage(HelpAction usual) : SynchronousCommandLineAction
{
    private const int PageWidth = 110;
    private static readonly Lock s_arguments = new(); // all command trees of a process share them

    private readonly HelpAction _usual = usual;

    public override bool ClearsParseErrors => true;

    /// <summary>Puts examples into the help of all commands below a root.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Action = new HelpPage((HelpAction)option.Action!);
    }

    /// <summary>Help of all commands as one page of Markdown: docs/commands.md.</summary>
    /// <param name="root">With this help.</param>
    public static string Markdown(RootCommand root)
    {
        var page = new StringBuilder("# Commands\n\nMade of the program's own help by `molsampling docs > docs/commands.md`; a test compares the two. Exit codes: [installation.md](installation.md#exit-codes).\n");
        HelpAction usual = ((HelpPage)root.Options.OfType<HelpOption>().Single().Action!)._usual;
        int before = usual.MaxWidth;
        usual.MaxWidth = PageWidth;
        foreach (string[] path in Paths(root, []))
        {
            using var help = new StringWriter { NewLine = "\n" };
            root.Parse([.. path, "--help"]).Invoke(new InvocationConfiguration { Output = help });
            page.Append(CultureInfo.InvariantCulture,
                $"\n{new string('#', path.Length + 1)} {string.Join(' ', path.Prepend("molsampling"))}\n\n```\n{help.ToString().Trim().ReplaceLineEndings("\n").Replace($"  {root.Name} ", "  molsampling ", StringComparison.Ordinal).Replace(" \n", "\n", StringComparison.Ordinal)}\n```\n");
        }
        usual.MaxWidth = before;
        return page.ToString();
    }

    private static IEnumerable<string[]> Paths(Command command, string[] path) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Paths(c, [.. path, c.Name]).Prepend([.. path, c.Name]));

    public override int Invoke(ParseResult parseResult)
    {
        lock (s_arguments)
        {
            // arguments of the commands above are none of this one's
            Argument[] above = [.. Above(parseResult.CommandResult.Command).SelectMany(c => c.Arguments).Where(a => !a.Hidden)];
            Array.ForEach(above, a => a.Hidden = true);
            try
            {
                _usual.Invoke(parseResult);
            }
            finally
            {
                Array.ForEach(above, a => a.Hidden = false);
            }
        }
        if (parseResult.CommandResult.Command is DocumentedCommand { Examples.Count: > 0 } command)
            WriteExamples(command, parseResult.InvocationConfiguration.Output);
        return ExitCodes.Ok;
    }

    private static IEnumerable<Command> Above(Command command) =>
        command.Parents.OfType<Command>().SelectMany(c => Above(c).Prepend(c));

    private static void WriteExamples(DocumentedCommand command, TextWriter output)
    {
        output.WriteLine("Examples:");
        foreach (string example in command.Examples)
            output.WriteLine($"  {example}");
        output.WriteLine();
    }
}
