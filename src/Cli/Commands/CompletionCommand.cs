using System.CommandLine;

namespace MolSampling.Cli.Commands;

/// <summary>
/// molsampling completion: a script for a shell that asks the program itself what may stand at the cursor, by System.CommandLine's
/// directive [suggest:POSITION].
/// </summary>
internal static class CompletionCommand
{
    // a name that begins with / is what System.CommandLine offers for help on Windows
    private const string Bash = """
        _molsampling() {
          local word="${COMP_WORDS[COMP_CWORD]}" IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null | grep -v '^/')" -- "$word"))
          [ "${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
        }
        complete -o filenames -F _molsampling molsampling ./molsampling
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash" };
        shell.AcceptOnlyFromAmong("bash");
        var command = new DocumentedCommand("completion", "A script that completes commands, options and their values in a shell",
            "source <(molsampling completion bash)",
            "molsampling completion bash >> ~/.bashrc")
        {
            shell,
        };
        command.SetAction(_ =>
        {
            Console.WriteLine(Bash);
            return ExitCodes.Ok;
        });
        return command;
    }
}
