using System.Text.Json;

namespace MolSampling.Tests.Cli;

/// <summary>The program as its users meet it: exit codes, one-line errors, files that are whole or absent.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-cli").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("C1CC", "C1CC")] // unclosed ring
    [InlineData("C(C)(C)(C)(C)C", "valence")]
    [InlineData("no-such-file.smi", "no such file")]
    [InlineData("no-such-file.sdf", "no such file")]
    [InlineData("", "empty")]
    [InlineData("[Fe]", "(Fe)")]
    [InlineData("[Na+].[Cl-]", "fragments")]
    [InlineData("[CH3]", "unpaired")]
    public void Bad_input_is_one_line_and_exit_code_2(string input, string said)
    {
        CommandLine run = CommandLine.Run("conformers", input, "--quiet", "--output", Path.Combine(_folder, "out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")) && Directory.GetFiles(Path.Combine(_folder, "out")).Length > 0);
    }

    [Theory]
    [InlineData("conformers")]
    [InlineData("conformers", "CC", "--samples", "many")]
    [InlineData("conformers", "CC", "--temperature", "-1")]
    [InlineData("conformers", "CC", "--force-field", "gaff")]
    [InlineData("conformers", "CC", "--method", "crest")]
    [InlineData("conformers", "CC", "--target", "rings")]
    [InlineData("conformers", "CC", "--target", "torsions", "--method", "replica-exchange")]
    [InlineData("energy", "CC", "--backend", "abacus")]
    [InlineData("neural-ti", "mixture-1d", "--threads", "-1")]
    [InlineData("solvation", "C", "--threads", "5000")]
    [InlineData("dance")]
    [InlineData("benchmark")]
    public void A_wrong_command_line_is_one_line_and_exit_code_2(params string[] arguments)
    {
        CommandLine run = CommandLine.Run(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith("molsampling: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    /// <summary>Most tests run commands within their own process: what they see there is what a process says.</summary>
    [Fact]
    public void A_process_says_what_the_command_says_in_another_process()
    {
        string[] sampled = ["conformers", "O", "--method", "etkdg", "--samples", "3", "--output"];
        foreach (string[] arguments in new[] { ["conformers", "C1CC", "--quiet"], ["energy", "CC", "--backend", "abacus"], ["dance"],
            ["energy", "CCO", "--json"], [.. sampled, Path.Combine(_folder, "a"), "--json"], new[] { "report", _folder } })
        {
            CommandLine process = CommandLine.Spawn(arguments);
            if (Directory.Exists(Path.Combine(_folder, "a")))
                Directory.Delete(Path.Combine(_folder, "a"), true);
            CommandLine here = CommandLine.Run(arguments);
            Assert.Equal((process.ExitCode, WithoutSeconds(process.Output), process.Error), (here.ExitCode, WithoutSeconds(here.Output),
                here.Error));
        }
        static string WithoutSeconds(string text) => string.Join('\n', text.Split('\n').Where(l => !l.Contains("Seconds",
            StringComparison.Ordinal)));
        // and both kinds of output of a table, beside one another
        string shown = CommandLine.Spawn([.. sampled, Path.Combine(_folder, "b")]).Output;
        CommandLine[] both = new CommandLine[2];
        Parallel.For(0, 2, ParallelWork.Options(), n => both[n] = CommandLine.Run(n == 0 ? [.. sampled, Path.Combine(_folder, "c")]
            : ["energy", "CC"]));
        Assert.Equal(WithoutNumbers(shown, "b"), WithoutNumbers(both[0].Output, "c"));
        Assert.StartsWith("CC  ", both[1].Output, StringComparison.Ordinal);
        string WithoutNumbers(string text, string folder) => System.Text.RegularExpressions.Regex.Replace(text.Replace(Path.Combine(_folder,
            folder), "", StringComparison.Ordinal), @"in \d+\.\d+\s+s", "");
    }

    [Fact]
    public void Help_and_version_go_to_standard_output()
    {
        CommandLine help = CommandLine.Spawn("conformers", "--help"), version = CommandLine.Spawn("--version");
        Assert.Equal((0, 0), (help.ExitCode, version.ExitCode));
        Assert.Contains("--time-limit", help.Output, StringComparison.Ordinal);
        Assert.StartsWith("0.", version.Output, StringComparison.Ordinal);
        Assert.Empty(help.Error + version.Error);
    }

    [Fact]
    public async Task Conformers_leaves_four_files_that_agree()
    {
        CommandLine run = CommandLine.Spawn("conformers", "CCO", "--samples", "300", "--json", "--quiet", "--output", _folder);
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        JsonElement molecule = json.RootElement.GetProperty("molecules")[0];
        Assert.Equal("ok", molecule.GetProperty("status").GetString());
        Assert.Equal(1, molecule.GetProperty("rotatableBonds").GetInt32());
        Assert.True(molecule.GetProperty("diagnostics").GetProperty("converged").GetBoolean());
        Assert.Equal(1.0, molecule.GetProperty("basins").EnumerateArray().Sum(b => b.GetProperty("population").GetDouble()), 1e-6);
        Assert.Equal(run.Output.Trim(), File.ReadAllText(Path.Combine(_folder, "summary.json")).Trim());

        using FileStream stream = File.OpenRead(Path.Combine(_folder, "ensemble.parquet"));
        var (rows, metadata) = await EnsembleFile.ReadAsync(stream);
        Assert.Equal(molecule.GetProperty("samples").GetInt32(), rows.Count);
        Assert.Equal(1, rows.Sum(r => Math.Exp(r.LogWeight)), 1e-9);
        Assert.All(rows, r => Assert.Equal(27, r.Positions.Length));
        Assert.Equal("MMFF94s", metadata["molsampling.forceField"]);

        // the energies in conformers.sdf are those of its coordinates
        CommandLine energy = CommandLine.Run("energy", Path.Combine(_folder, "conformers.sdf"), "--json");
        using var energies = JsonDocument.Parse(energy.Output);
        double[] expected = [.. molecule.GetProperty("basins").EnumerateArray().Select(b =>
            b.GetProperty("representativeEnergyKjPerMol").GetDouble())];
        double[] got = [.. energies.RootElement.GetProperty("molecules").EnumerateArray().Select(m =>
            m.GetProperty("energyKjPerMol").GetDouble())];
        Assert.Equal(expected.Length, got.Length);
        for (int b = 0; b < got.Length; b++)
            Assert.Equal(expected[b], got[b], 0.05); // the file has 1e-4 Angstrom

        string report = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.DoesNotContain("{{", report[..2000], StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=[\"']https?://", report);
    }

    [Fact]
    public void One_bad_molecule_does_not_stop_the_others()
    {
        string file = Path.Combine(_folder, "list.smi");
        File.WriteAllText(file, "# a comment\nCC ethane\n\nC1CC broken\nO water\n");
        CommandLine run = CommandLine.Run("conformers", file, "--json", "--quiet", "--method", "etkdg", "--samples", "50", "--output",
            Path.Combine(_folder, "out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("list.smi, line 4", run.Error, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Output);
        // embeddings are no ensemble
        Assert.Equal(["partial", "failed", "partial"], json.RootElement.GetProperty("molecules").EnumerateArray().Select(m =>
            m.GetProperty("status").GetString()));
    }

    [Fact]
    public void The_three_backends_of_energy_agree()
    {
        double Energy(string backend)
        {
            using var json = JsonDocument.Parse(CommandLine.Run("energy", "CC(=O)Nc1ccccc1", "--json", "--backend", backend).Output);
            JsonElement molecule = json.RootElement.GetProperty("molecules")[0];
            Assert.Equal(7, molecule.GetProperty("terms").EnumerateObject().Count());
            return molecule.GetProperty("energyKjPerMol").GetDouble();
        }
        double exact = Energy("double");
        Assert.Equal(exact, Energy("rdkit"), 1e-6);
        Assert.Equal(exact, Energy("lanes"), 1e-2);
    }

    [Fact]
    public async Task An_interrupted_run_keeps_what_it_has()
    {
        using Process process = CommandLine.Start("conformers", "CCCCCCCCCCCCCCCC", "--method", "replica-exchange", "--output", _folder);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string? line;
        // not every line is written where much is going on
        while ((line = process.StandardError.ReadLine()) is not null && !System.Text.RegularExpressions.Regex.IsMatch(line, "round [2-9]"))
        {
        }
        using (Process kill = Process.Start("kill", $"-INT {process.Id}"))
            kill.WaitForExit();
        Task<string> error = process.StandardError.ReadToEndAsync();
        CommandLine.Await(process);
        Assert.Equal(3, process.ExitCode);
        Assert.Contains("interrupted", await error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "conformers.sdf")));
        Assert.Empty(Directory.GetFiles(_folder, "*.part"));
        await output;
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_said_before_any_work()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        CommandLine run = CommandLine.Run("conformers", "CC", "--output", Path.Combine(file, "below"), "--quiet");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("cannot be written", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_says_what_is_here()
    {
        CommandLine run = CommandLine.Run("doctor", "--json");
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(json.RootElement.GetProperty("ready").GetBoolean() ? 0 : 3, run.ExitCode);
        foreach (JsonElement finding in json.RootElement.GetProperty("findings").EnumerateArray())
            Assert.False(string.IsNullOrEmpty(finding.GetProperty("name").GetString() + finding.GetProperty("detail").GetString()));
    }
}
