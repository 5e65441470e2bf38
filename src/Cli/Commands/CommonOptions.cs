using System.CommandLine;
using MolSampling.Molecular.Chemistry;

namespace MolSampling.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "one JSON document on standard output" };

    public static Option<string> ForceField()
    {
        var option = new Option<string>("--force-field") { Description = "mmff94 or mmff94s", DefaultValueFactory = _ => "mmff94s" };
        option.AcceptOnlyFromAmong("mmff94", "mmff94s");
        return option;
    }

    public static MmffVariant Variant(string name) => name == "mmff94" ? MmffVariant.Mmff94 : MmffVariant.Mmff94s;
}
