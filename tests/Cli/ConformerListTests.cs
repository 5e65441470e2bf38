using System.Globalization;
using System.Text.Json;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling conformers on lists: kills, signals, tasks, failures, names, and what is left in the folder.</summary>
public sealed class ConformerListTests : IDisposable
{
    private const string List =
        "# name and SMILES\nCC ethane\n\nCO methanol\nC1CC broken\nO water\nCCO alcohol\nN ammonia\nCF alcohol\n[Fe] iron\nCS thiol\n";
    private const int Entries = 9;

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-list-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>Case conf-stereo-enumerate: one record an isomer, by tasks too; another choice is another run.</summary>
    [Fact]
    public void Isomers_are_enumerated_as_molecules_of_a_list()
    {
        string whole = In("isomers"), cut = In("isomers-cut");
        string[] command = ["conformers", "CC(F)C=CCl", "--stereo", "enumerate", "--method", "etkdg", "--samples", "3"];
        CommandLine run = CommandLine.Run([.. command, "--json", "--output", whole]);
        Assert.Equal(0, run.ExitCode);
        using JsonDocument summary = JsonDocument.Parse(run.Output);
        JsonElement[] molecules = [.. summary.RootElement.GetProperty("molecules").EnumerateArray()];
        Assert.Equal(Enumerable.Range(1, 4).Select(n => $"CC(F)C=CCl isomer {n}"),
            molecules.Select(m => m.GetProperty("name").GetString()));
        JsonElement[] isomers = [.. molecules.Select(m => m.GetProperty("isomer"))];
        Assert.Equal(4, isomers.Select(i => i.GetProperty("smiles").GetString()).Distinct().Count());
        Assert.Equal([(1, 4), (2, 4), (3, 4), (4, 4)],
            isomers.Select(i => (i.GetProperty("number").GetInt32(), i.GetProperty("of").GetInt32())));
        foreach (int task in new[] { 1, 0 })
        {
            string[] part = ["--quiet", "--output", cut, "--task-index", $"{task}", "--task-count", "2"];
            Assert.Equal(0, CommandLine.Run([.. command, .. part]).ExitCode);
        }
        Equal(whole, cut);
        CommandLine other = CommandLine.Run(["conformers", "CC(F)C=CCl", "--method", "etkdg", "--samples", "3", "--output", whole]);
        Assert.Contains("its stereo is \"Enumerate\", not \"One\"", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_was_killed_and_signalled_gives_the_bytes_of_one_that_was_not_and_so_do_three_tasks()
    {
        string list = Write("list.smi", List), whole = In("whole"), disturbed = In("disturbed"), cut = In("cut");
        CommandLine undisturbed = Run(list, whole);
        Assert.Equal(2, undisturbed.ExitCode); // two entries are wrong

        using (Process killed = Start(list, disturbed))
        {
            UntilParts(disturbed, 2);
            killed.Kill();
            killed.WaitForExit();
        }
        int safe = Parts(disturbed);
        Assert.InRange(safe, 2, Entries - 1);
        Assert.Empty(Directory.GetFiles(disturbed, "*.parquet"));
        File.AppendAllText(list, "CCC late\n");
        CommandLine changed = Run(list, disturbed);
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("list.smi has changed since", Assert.Single(Lines(changed.Error)), StringComparison.Ordinal);
        File.WriteAllText(list, List);
        using (Process signalled = Start(list, disturbed))
        {
            Task<string> said = signalled.StandardError.ReadToEndAsync();
            UntilParts(disturbed, safe + 1);
            using (Process kill = Process.Start("kill", ["-USR1", signalled.Id.ToString(CultureInfo.InvariantCulture)]))
                kill.WaitForExit();
            signalled.WaitForExit();
            Assert.Equal(75, signalled.ExitCode);
            Assert.Contains($"{safe} of {Entries} molecules are done already", await said, StringComparison.Ordinal);
            Assert.Contains("the same command goes on", await said, StringComparison.Ordinal);
        }
        CommandLine resumed = Run(list, disturbed, "--threads", "1", "--json");
        Assert.Equal(2, resumed.ExitCode);
        Equal(whole, disturbed);

        Parallel.For(0, 3, ParallelWork.Options(), task =>
        {
            CommandLine run = Run(list, cut, "--quiet", "--task-index", $"{task}", "--task-count", "3");
            Assert.True(run.ExitCode is 0 or 2, run.Error);
            Assert.DoesNotContain("'" + cut + "'", run.Error, StringComparison.Ordinal); // the folder is no obstacle
        });
        Equal(whole, cut);
        CommandLine again = Run(list, cut, "--task-index", "1", "--task-count", "3");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("all 9 molecules are done", again.Output, StringComparison.Ordinal); // a task that is submitted again ends at once

        // all failures in the table and in the summary, of those that were found before the kill as well
        using var summary = JsonDocument.Parse(resumed.Output);
        Assert.Equal(Entries, summary.RootElement.GetProperty("entries").GetInt32());
        JsonElement[] failures = [.. summary.RootElement.GetProperty("failures").EnumerateArray()];
        Assert.Equal(["broken", "iron"], failures.Select(f => f.GetProperty("name").GetString()));
        Assert.Equal([5, 10], failures.Select(f => f.GetProperty("line").GetInt32()));
        foreach (CommandLine run in new[] { undisturbed, resumed })
        {
            Assert.Contains("2 of 9 molecules failed", run.Error, StringComparison.Ordinal);
            Assert.Matches("\n +5  broken  .*unclosed ring", run.Error);
            Assert.Matches("\n +10  iron    .*\\(Fe\\)", run.Error);
        }
        Assert.Contains("0 of 9 molecules; ethane: ", undisturbed.Error, StringComparison.Ordinal);
        // a name that returns is told apart
        Assert.Equal(["ethane", "methanol", "broken", "water", "alcohol", "ammonia", "alcohol (2)", "iron", "thiol"],
            summary.RootElement.GetProperty("molecules").EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.Contains("1 molecule has a name that came before", undisturbed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_can_be_put_together_while_the_rest_is_not()
    {
        string list = Write("list.smi", "O water\nCC ethane\nN ammonia\n"), output = In("out");
        CommandLine task = Run(list, output, "--task-index", "1", "--task-count", "2");
        Assert.Equal(0, task.ExitCode);
        Assert.Contains("2 of 3 are left to other tasks", task.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(output, "*.parquet"));
        CommandLine merged = Run(list, output, "--merge");
        Assert.Equal(0, merged.ExitCode);
        Assert.Contains("(1 of 3 molecules)", merged.Output, StringComparison.Ordinal);
        Assert.Equal(["ethane"], await Molecules(output));
        Assert.Equal(0, Run(list, output).ExitCode);
        Assert.Equal(["water", "ethane", "ammonia"], await Molecules(output));
        Assert.Equal(["conformers.sdf", "ensemble.parquet", "report.html", "run.json", "summary.json"],
            Directory.GetFileSystemEntries(output).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_molecule_of_a_list_has_the_samples_that_it_has_alone()
    {
        // chains as well: their seeds could follow from the place in the list
        string list = Write("list.smi", "O\nCO\n");
        foreach ((string input, string output) in new[] { (list, "both"), ("CO", "alone") })
            Assert.Equal(0, CommandLine.Run("conformers", input, "--samples", "20", "--output", In(output)).ExitCode);
        string both = File.ReadAllText(Path.Combine(In("both"), "conformers.sdf")),
            alone = File.ReadAllText(Path.Combine(In("alone"), "conformers.sdf"));
        Assert.EndsWith(alone, both, StringComparison.Ordinal);
        Assert.NotEqual(alone, both);
    }

    [Fact]
    public void A_folder_belongs_to_its_run_until_it_is_overwritten()
    {
        string list = Write("list.smi", "O water\nN ammonia\n"), output = In("out");
        string[] quick = ["--method", "etkdg", "--output", output];
        Assert.Equal(0, CommandLine.Run(["conformers", list, "--samples", "20", .. quick]).ExitCode);
        foreach ((string[] arguments, string reason) in new[]
        {
            (new[] { list, "--samples", "20", "--seed", "2" }, "its seed is 1, not 2"),
            ([list, "--samples", "20", "--energy-window", "9"], "its energyWindow is not set, not 9"),
            (["CC"], "it is of list.smi, not of"),
            ([Write("other.smi", "O\nCC\n"), "--samples", "20"], "it is of list.smi, not of other.smi"),
            ([list, "--samples", "20", "--task-index", "0", "--task-count", "2", "--overwrite"], "--overwrite would remove"),
            ([list, "--samples", "20", "--task-index", "2", "--task-count", "2"], "--task-index 2 is not one of 0 to 1"),
            ([list, "--samples", "20", "--task-index", "0"], "go together"),
            ([list, "--samples", "20", "--merge", "--overwrite"], "--merge goes with neither"),
        })
        {
            CommandLine refused = CommandLine.Run(["conformers", .. arguments, .. quick]);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
            Assert.Contains(reason, Assert.Single(Lines(refused.Error)), StringComparison.Ordinal);
        }
        Assert.Equal(0, CommandLine.Run(["conformers", list, "--samples", "10", "--overwrite", .. quick]).ExitCode);
        Assert.Equal(0, CommandLine.Run(["conformers", "N", "--samples", "10", "--overwrite", .. quick]).ExitCode);
        CommandLine again = CommandLine.Run(["conformers", "N", "--samples", "10", .. quick]),
            other = CommandLine.Run(["conformers", "O", "--samples", "10", .. quick]);
        Assert.StartsWith("the molecule is done in", again.Output, StringComparison.Ordinal);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("(it is of N, not of O): choose another --output, or replace it with --overwrite", other.Error,
            StringComparison.Ordinal);
        CommandLine nothing = CommandLine.Run(["conformers", list, "--merge", .. quick]);
        Assert.Equal((2, ""), (nothing.ExitCode, nothing.Output));
        Assert.Contains("it is of N, not of list.smi", nothing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list.smi", "", "holds no SMILES")]
    [InlineData("list.smi", "# nothing\n\n", "holds no SMILES")]
    [InlineData("list.sdf", "", "holds no molecule")]
    public void An_empty_list_is_one_line(string name, string text, string reason)
    {
        CommandLine run = Run(Write(name, text), In("out"));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
    }

    [Fact]
    public void A_list_that_fails_as_a_whole_leaves_nothing_behind()
    {
        CommandLine run = Run(Write("list.smi", "C1CC a\n[Fe] b\n"), In("out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("2 of 2 molecules failed", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
        // a folder that was there stays
        Directory.CreateDirectory(In("out"));
        Assert.Equal(2, Run(In("list.smi"), In("out")).ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(In("out")));
    }

    [Fact]
    public void A_list_that_cannot_be_written_is_said_before_any_work()
    {
        CommandLine run = Run(Write("list.smi", "O\nN\n"), Path.Combine(Write("file", ""), "below"));
        Assert.Equal((3, ""), (run.ExitCode, run.Output));
        Assert.Contains("cannot be written", Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_processes_do_not_work_on_the_same_part()
    {
        string list = Write("list.smi", List);
        using Process first = Start(list, In("out"));
        UntilParts(In("out"), 1);
        CommandLine second = Run(list, In("out"));
        first.Kill();
        first.WaitForExit();
        Assert.Equal((3, ""), (second.ExitCode, second.Output));
        Assert.Contains("another process is at work", second.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--num-conformers", "2", 2)]
    [InlineData("--first-only", null, 1)]
    [InlineData("--energy-window", "0.5", 1)]
    public void Fewer_conformers_are_written_and_the_rest_is_said(string option, string? value, int written)
    {
        CommandLine run = CommandLine.Run(["conformers", "CCCC", "--method", "etkdg", "--samples", "60", "--output", In("out"), option,
            .. value is null ? Array.Empty<string>() : [value]]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(written, SdfReader.Read(Path.Combine(In("out"), "conformers.sdf")).Count());
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(In("out"), "summary.json")));
        JsonElement molecule = summary.RootElement.GetProperty("molecules")[0];
        Assert.Equal(3, molecule.GetProperty("basins").GetArrayLength()); // populations are those of the whole ensemble
        Assert.Contains(molecule.GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains($"{written} of 3 conformers",
            StringComparison.Ordinal));
    }

    // what a list makes of its molecules does not depend on how they are sampled: embeddings, the quickest
    private static readonly string[] s_quick = ["--method", "etkdg", "--samples", "20", "--output"];

    private static CommandLine Run(string input, string output, params string[] more) =>
        CommandLine.Run(["conformers", input, .. s_quick, output, .. more]);

    private static Process Start(string input, string output) => CommandLine.Start(["conformers", input, .. s_quick, output]);

    private static string[] Lines(string text) => text.TrimEnd().Split('\n');

    private static int Parts(string output)
    {
        string parts = Path.Combine(output, "conformers.parts");
        return Directory.Exists(parts) ? Directory.GetFiles(parts, "*.zip").Length : 0;
    }

    private static void UntilParts(string output, int count)
    {
        var clock = Stopwatch.StartNew();
        while (Parts(output) < count)
        {
            Assert.True(clock.Elapsed.TotalSeconds < 60, "no parts");
            Thread.Sleep(2);
        }
    }

    private static void Equal(string first, string second)
    {
        foreach (string file in new[] { "ensemble.parquet", "conformers.sdf" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(first, file)), File.ReadAllBytes(Path.Combine(second, file)));
        Assert.Equal(WithoutSeconds(first), WithoutSeconds(second));
    }

    private static IEnumerable<string> WithoutSeconds(string output) => File.ReadLines(Path.Combine(output, "summary.json")).Where(l =>
        !l.Contains("wallSeconds", StringComparison.Ordinal));

    private static async Task<IEnumerable<string>> Molecules(string output)
    {
        using FileStream stream = File.OpenRead(Path.Combine(output, "ensemble.parquet"));
        return (await EnsembleFile.ReadAsync(stream)).Rows.Select(r => r.Molecule).Distinct();
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }
}
