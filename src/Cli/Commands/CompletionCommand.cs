using System.CommandLine;

namespace MolSampling.Cli.Commands;

/// <summary>
/// molsampling completion: a shell's script that asks the program itself what may stand at the cursor, by System.CommandLine's directive [suggest:POSITION].
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

    private const string Zsh = """
        _molsampling() {
          local found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null | grep -v '^/')}")
          compadd -- ${found:#} || _files
        }
        compdef _molsampling molsampling ./molsampling
        """;

    private const string Fish = """
        complete -c molsampling -a '(set -l line (commandline -cp); set -l word (commandline -po)[1]; $word "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string match -v "/*")'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new DocumentedCommand("completion", "A script that completes commands, options and their values in a shell",
            "source <(molsampling completion bash)",
            "molsampling completion bash >> ~/.bashrc",
            "molsampling completion fish > ~/.config/fish/completions/molsampling.fish")
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Ok;
        });
        return command;
    }
}
