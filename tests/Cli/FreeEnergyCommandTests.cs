using System.Text.Json;
using MolSampling.Tests.Jobs.FreeEnergies;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling free-energy as a user meets it.</summary>
public sealed class FreeEnergyCommandTests : IDisposable
{
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-fe-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_folder_of_windows_gives_a_table_a_document_and_a_report()
    {
        string data = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName, output = Path.Combine(_folder, "out");
        SyntheticAlchemy.Write(data, s_states, 1000, 1);
        CommandLine table = CommandLine.Run("free-energy", data, "--output", output);
        Assert.Equal(0, table.ExitCode);
        foreach (string word in new[] { "MBAR", "BAR", "TI, cubic spline", "EXP forward", "converged", "report.html" })
            Assert.Contains(word, table.Output, StringComparison.Ordinal);

        string page = File.ReadAllText(Path.Combine(output, "report.html"));
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=[\"']https?://", page);

        JsonElement root = Json(CommandLine.Run("free-energy", data, "--json"));
        Assert.Equal("kT", root.GetProperty("unit").GetString());
        JsonElement mbar = root.GetProperty("estimates")[0];
        Assert.Equal("mbar", mbar.GetProperty("estimator").GetString());
        Assert.Equal("converged", mbar.GetProperty("status").GetString());
        Assert.True(Math.Abs(mbar.GetProperty("deltaF").GetDouble() - SyntheticAlchemy.Exact(1)) < 5 * mbar.GetProperty("standardError").GetDouble());
        Assert.Equal(5, root.GetProperty("overlap").GetProperty("matrix").GetArrayLength());
        Assert.Equal(0, root.GetProperty("warnings").GetArrayLength());

        // the tables that were written are read back, with the same result to the bit, in another unit too
        JsonElement again = Json(CommandLine.Run("free-energy", Path.Combine(output, "u_nk.parquet"), Path.Combine(output, "dHdl.parquet"),
            "--json"));
        Assert.Equal(mbar.GetProperty("deltaF").GetDouble(), again.GetProperty("estimates")[0].GetProperty("deltaF").GetDouble());
        JsonElement kilojoules = Json(CommandLine.Run("free-energy", data, "--json", "--unit", "kJ/mol", "--estimator", "bar"));
        Assert.Equal(1, kilojoules.GetProperty("estimates").GetArrayLength());
        Assert.Equal(0.00831446261815324 * 300 * root.GetProperty("estimates")[1].GetProperty("deltaF").GetDouble(),
            kilojoules.GetProperty("estimates")[0].GetProperty("deltaF").GetDouble(), 1e-12);
    }

    [Fact]
    public void The_same_files_and_seed_give_the_same_bytes()
    {
        string[] files = SyntheticAlchemy.Write(_folder, s_states, 400, 2);
        string[] outputs = [Path.Combine(_folder, "a"), Path.Combine(_folder, "b")];
        Assert.Equal(0, CommandLine.Run(["free-energy", .. files, "--bootstrap", "20", "--output", outputs[0]]).ExitCode);
        Assert.Equal(0, CommandLine.Run(["free-energy", .. files.Reverse(), "--bootstrap", "20", "--output", outputs[1]]).ExitCode);
        foreach (string name in new[] { "u_nk.parquet", "dHdl.parquet" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(outputs[0], name)), File.ReadAllBytes(Path.Combine(outputs[1], name)));
        // the documents differ only in the order in which files were named
        static string Numbers(string folder) => string.Join('\n', File.ReadLines(Path.Combine(folder, "result.json")).Where(l =>
            !l.Contains("\"path\"", StringComparison.Ordinal) && !l.Contains("sha256", StringComparison.Ordinal)));
        Assert.Equal(Numbers(outputs[0]), Numbers(outputs[1]));
    }

    [Theory]
    [InlineData("nothing there", "dhdl.xvg", null, "there is no such file")]
    [InlineData("empty", "dhdl.xvg", "", "dhdl.xvg")]
    [InlineData("another kind", "dhdl.txt", "time,u\n0,1\n", "is not one of .xvg")]
    [InlineData("not a number", "dhdl.xvg", "replace:5.0 |5.0 nan ", "line 15")]
    [InlineData("a column too few", "dhdl.xvg", "replace:5.0 |", "line 15")]
    public void Bad_input_is_one_line_that_names_file_and_line(string what, string name, string? content, string said)
    {
        string path = Path.Combine(_folder, name);
        if (content?.StartsWith("replace:", StringComparison.Ordinal) == true)
        {
            string[] parts = content["replace:".Length..].Split('|'),
                lines = File.ReadAllLines(SyntheticAlchemy.Write(_folder, [0, 1], 50, 3)[0]);
            int at = Array.FindIndex(lines, l => l.StartsWith(parts[0], StringComparison.Ordinal));
            lines[at] = parts[1] + lines[at][parts[0].Length..];
            said = $"line {at + 1}";
            File.WriteAllLines(path, lines);
        }
        else if (content is not null)
            File.WriteAllText(path, content);
        CommandLine run = CommandLine.Run("free-energy", path);
        Assert.True(run.ExitCode == 2, what);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Contains(name, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Files_that_do_not_belong_together_are_refused()
    {
        string[] files = SyntheticAlchemy.Write(_folder, s_states, 50, 4);
        string text = File.ReadAllText(files[2]);
        File.WriteAllText(files[2], text.Replace("T = 300", "T = 310", StringComparison.Ordinal));
        CommandLine mixed = CommandLine.Run(["free-energy", .. files]);
        Assert.Equal(2, mixed.ExitCode);
        Assert.Contains("is at 310 K", mixed.Error, StringComparison.Ordinal);
        // another window's lambda over this one's samples: the difference to the own state is not zero
        File.WriteAllText(files[2], text.Replace("fep-lambda = 0.5000", "fep-lambda = 0.2500", StringComparison.Ordinal));
        CommandLine shuffled = CommandLine.Run(["free-energy", .. files]);
        Assert.Equal(2, shuffled.ExitCode);
        Assert.Contains(Path.GetFileName(files[2]), shuffled.Error, StringComparison.Ordinal);
        Assert.Contains("line ", shuffled.Error, StringComparison.Ordinal);
        Assert.Equal(2, CommandLine.Run("free-energy", files[0], files[0]).ExitCode);
        Assert.Equal(2, CommandLine.Run("free-energy", files[0], "--temperature", "310").ExitCode);
        Assert.Equal(2, CommandLine.Run("free-energy", _folder + "/nowhere").ExitCode);
        Assert.Equal(2, CommandLine.Run("free-energy", files[0], "--discard", "much").ExitCode);
        Assert.Equal(2, CommandLine.Run("free-energy", files[0], "--estimator", "wham").ExitCode);
    }

    [Fact]
    public void Without_a_result_it_says_why_and_exits_with_3()
    {
        string[] files = SyntheticAlchemy.Write(_folder, [0, 0.02, 1], 500, 5, strength: 40);
        CommandLine run = CommandLine.Run(["free-energy", .. files, "--estimator", "mbar", "--json"]);
        Assert.Equal(3, run.ExitCode);
        JsonElement root = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal("no-overlap", root.GetProperty("estimates")[0].GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("estimates")[0].GetProperty("deltaF").ValueKind);
        Assert.NotEqual(0, root.GetProperty("warnings").GetArrayLength());
    }

    private static JsonElement Json(CommandLine run)
    {
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
