using System.CommandLine;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "one JSON document on standard output" };

    public static Option<bool> Overwrite() =>
        new("--overwrite") { Description = "replace an earlier run of this command in the output folder; files of others stay, and a folder without such a run is refused" };

    public static Option<string> ForceField()
    {
        var option = new Option<string>("--force-field") { Description = "mmff94 or mmff94s", DefaultValueFactory = _ => "mmff94s" };
        option.AcceptOnlyFromAmong("mmff94", "mmff94s");
        return option;
    }

    /// <summary>Number and count of a task of an array; null for none.</summary>
    public static (int Index, int Count)? Task(int? taskIndex, int? taskCount) => (taskIndex, taskCount) switch
    {
        (null, null) => null,
        ({ } index, { } count) when index >= 0 && index < count => (index, count),
        ({ } index, { } count) => throw new ArgumentException($"--task-index {index} is not one of 0 to {count - 1}"),
        _ => throw new ArgumentException("--task-index and --task-count go together"),
    };

    public static MmffVariant Variant(string name) => name == "mmff94" ? MmffVariant.Mmff94 : MmffVariant.Mmff94s;
}
