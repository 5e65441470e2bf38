using System.CommandLine;

namespace MolSampling.Cli.Commands;

/// <summary>A command with examples, which its help and its page show.</summary>
/// <param name="name">The word.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Whole command lines, as typed in the top folder of a checkout; a remark after #.</param>
internal sealed class DocumentedCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Whole command lines that work as they are.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
