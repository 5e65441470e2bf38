using System.Text.Json;
using MolSampling.Sampling.Estimators;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>Files as they come: reported cases, through the command as a user runs it. Numbers are those of an independent bisection of
/// Bennett's equation on the same rows.</summary>
public sealed class FreeEnergyCasesTests
{
    private static readonly string[] s_asOthers = ["--independent", "--discard", "0", "--json"];

    /// <summary>Case fe-own-state-rounding: single precision leaves 1e-4 kJ/mol in the column of the row's own state.</summary>
    [SkippableFact]
    public void Rounding_in_the_own_state_is_no_wrong_lambda()
    {
        JsonElement root = Run("fe-own-state-rounding", out int exit);
        Assert.Equal(0, exit);
        Assert.Equal(12.903, Value(root, "bar"), 5e-4);
        Assert.Equal([6.607, 4.055, 2.241], Intervals(root, "bar").Select(d => Math.Round(d, 3)));
        Assert.Equal(0, root.GetProperty("warnings").GetArrayLength());
    }

    /// <summary>Case fe-neighbours-only: calc-lambda-neighbors = 1.</summary>
    [SkippableFact]
    public void Columns_of_neighbours_are_enough_for_all_but_MBAR()
    {
        JsonElement root = Run("fe-neighbours-only", out int exit);
        Assert.Equal(0, exit);
        Assert.Equal(3.0329, Value(root, "bar"), 5e-5);
        Assert.Equal(3.0809, Value(root, "ti-trapezoid"), 5e-5);
        Assert.Equal(2.9634, Value(root, "exp-forward"), 5e-5);
        Assert.Equal(3.1681, Value(root, "exp-reverse"), 5e-5);
        JsonElement mbar = Estimate(root, "mbar");
        Assert.Equal("missing-energies", mbar.GetProperty("status").GetString());
        Assert.Contains("samples of state 0 are not known in 0.5, 0.75, 1", mbar.GetProperty("reason").GetString(),
            StringComparison.Ordinal);
        Assert.Equal(3, CommandLine.Run(["free-energy", Folder("fe-neighbours-only"), "--estimator", "mbar", .. s_asOthers]).ExitCode);
        Assert.Equal("bar", root.GetProperty("best").GetString());
        Assert.Equal("BAR", root.GetProperty("convergenceOf").GetString());
    }

    /// <summary>Case fe-one-leg-of-a-path: files that list states which nobody ran.</summary>
    [SkippableFact]
    public void The_sampled_part_of_a_path_is_the_result()
    {
        JsonElement root = Run("fe-one-leg-of-a-path", out int exit);
        Assert.Equal(0, exit);
        Assert.Equal(("(0, 0)", "(1, 0)"), (root.GetProperty("from").GetString(), root.GetProperty("to").GetString()));
        Assert.Equal(10.303, Value(root, "bar"), 5e-4);
        // (1, 1) would be 7.2, or 19.3 by reweighting
        Assert.All(root.GetProperty("estimates").EnumerateArray(), e => Assert.InRange(e.GetProperty("deltaF").GetDouble(), 9, 11));
        Assert.Contains(root.GetProperty("notes").EnumerateArray(),
            n => n.GetString()!.Contains("states (1, 0.5626), (1, 1), at an end of the path, have no samples", StringComparison.Ordinal));
    }

    /// <summary>Case fe-part-files-overlap: rows that a restart wrote again.</summary>
    [SkippableFact]
    public void The_same_row_counts_once()
    {
        JsonElement root = Run("fe-part-files-overlap", out int exit);
        Assert.Equal(0, exit);
        Assert.Equal(3000, root.GetProperty("states").EnumerateArray().Sum(s => s.GetProperty("samples").GetInt32()));
        Assert.Equal(3.0246, Value(root, "mbar"), 5e-5);
        Assert.Equal(0.0543, Estimate(root, "mbar").GetProperty("standardError").GetDouble(), 5e-5);
        Assert.Equal(3.0329, Value(root, "bar"), 5e-5);
    }

    private static string Folder(string name) => Path.GetDirectoryName(SharedData.Case(name, "README.md"))!;

    private static JsonElement Run(string name, out int exit)
    {
        CommandLine run = CommandLine.Run(["free-energy", Folder(name), .. s_asOthers]);
        exit = run.ExitCode;
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static JsonElement Estimate(JsonElement root, string id) => root.GetProperty("estimates").EnumerateArray().Single(e =>
        e.GetProperty("estimator").GetString() == id);

    private static double Value(JsonElement root, string id) => Estimate(root, id).GetProperty("deltaF").GetDouble();

    private static double[] Intervals(JsonElement root, string id) =>
        [.. Estimate(root, id).GetProperty("intervals").EnumerateArray().Select(i => i.GetProperty("deltaF").GetDouble())];
}
