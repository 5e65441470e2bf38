using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using MolSampling.Molecular;

namespace MolSampling.Cli;

/// <summary>What is wrong with a command line, in one line.</summary>
internal static partial class CommandLineErrors
{
    /// <summary>
    /// The first error; null for none. An unknown option is one even where the parser would take it for the value of an argument or of
    /// another option: no molecule, file or target begins with --.
    /// </summary>
    /// <param name="words">The command line as given.</param>
    /// <param name="parsed">What the parser made of it.</param>
    public static string? First(IReadOnlyList<string> words, ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (words.Count > 0 && words[0].StartsWith('[') && words[0].EndsWith(']') && parsed.Tokens is [{ Type: TokenType.Directive }, ..])
            return null; // completion asks about unfinished lines
        string[] below = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        if (below.Length > 0 && parsed.UnmatchedTokens is [{ } word, ..] && !word.StartsWith('-'))
            return $"unknown command '{word}'{Spelling.Question(word, below)}";
        string[] options = [.. OptionNames(parsed.CommandResult)];
        if (UnknownOption(words, parsed, options) is { } unknown)
            return $"unknown option '{unknown}'{Spelling.Question(unknown, options.Where(o => o.StartsWith("--", StringComparison.Ordinal)))}";
        if (parsed.Errors.Count == 0)
            return null;
        return below.Length > 0 && command.Action is null ? $"which one? {string.Join(", ", below)}" : Plain(parsed.Errors[0].Message);
    }

    /// <summary>"simulate ", or "benchmark energies ": what comes before --help.</summary>
    public static string Path(CommandResult result) => result.Parent is CommandResult above ? $"{Path(above)}{result.Command.Name} " : "";

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        IEnumerable<Option> options = result.Command.Options;
        for (SymbolResult? above = result.Parent; above is CommandResult { Command: { } parent }; above = above.Parent)
            options = options.Concat(parent.Options.Where(o => o.Recursive));
        return options.Where(o => !o.Hidden).SelectMany(o => o.Aliases.Prepend(o.Name));
    }

    private static string? UnknownOption(IReadOnlyList<string> words, ParseResult parsed, string[] options)
    {
        var values = new HashSet<string>(parsed.UnmatchedTokens.Concat(parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)));
        foreach (string word in words.TakeWhile(w => w != "--"))
        {
            string name = word.Split('=', ':')[0];
            if (word.Length > 1 && word[0] == '-' && !options.Contains(name) && (word.StartsWith("--", StringComparison.Ordinal)
                || values.Contains(word)))
                return name;
        }
        return null;
    }

    /// <summary>The parser names types of .NET.</summary>
    private static string Plain(string message) => WrongType().Replace(message,
        m => $"{m.Groups[2].Value} wants {(m.Groups[3].Value is "Double" or "Single" ? "a number" : "a whole number")}, not '{m.Groups[1].Value}'");

    [GeneratedRegex(@"^Cannot parse argument '(.*)' for (?:option|command) '([^']*)' as expected type '.*System\.(\w+)[^']*'\.?(?: Did you mean.*)?$", RegexOptions.Singleline)]
    private static partial Regex WrongType();
}
