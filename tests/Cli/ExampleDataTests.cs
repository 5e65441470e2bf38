using System.Text.Json;
using System.Text.RegularExpressions;
using MolSampling.Cli;

namespace MolSampling.Tests.Cli;

/// <summary>The files of examples/data, and README: what it names is there, and its commands are commands.</summary>
public sealed class ExampleDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-examples").FullName;

    private static string Data => Path.Combine(SharedData.Checkout, "examples", "data");

    private static string Readme => File.ReadAllText(Path.Combine(SharedData.Checkout, "README.md"));

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void The_windows_are_what_their_generator_makes()
    {
        string program = Path.Combine(SharedData.Checkout, "examples", "bin", "Release", "net10.0", "MolSampling.Examples.dll");
        using (Process generator = Process.Start(new ProcessStartInfo("dotnet", [program, "dhdl", _folder]) { RedirectStandardOutput = true })!)
            Assert.Contains("5 windows; exact 2.0794 kT", generator.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        string[] made = [.. Directory.GetFiles(_folder).Order()];
        Assert.Equal(Directory.GetFiles(Path.Combine(Data, "dhdl")).Select(Path.GetFileName).Order(), made.Select(Path.GetFileName));
        Assert.All(made, file => Assert.Equal(File.ReadAllText(Path.Combine(Data, "dhdl", Path.GetFileName(file))),
            File.ReadAllText(file)));
    }

    [Fact]
    public void Free_energy_finds_the_exact_answer_in_them()
    {
        CommandLine run = CommandLine.Run("free-energy", Path.Combine(Data, "dhdl"), "--estimator", "mbar", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        using var document = JsonDocument.Parse(run.Output);
        JsonElement mbar = document.RootElement.GetProperty("estimates")[0];
        double value = mbar.GetProperty("deltaF").GetDouble(), error = mbar.GetProperty("standardError").GetDouble();
        Assert.InRange(value, 1.5 * Math.Log(4) - 4 * error, 1.5 * Math.Log(4) + 4 * error);
        Assert.InRange(error, 0.01, 0.1);
    }

    [Theory]
    [InlineData("ligand.sdf", 1)]
    [InlineData("molecules.smi", 6)]
    public void Energy_reads_the_molecules(string file, int count)
    {
        CommandLine run = CommandLine.Run("energy", Path.Combine(Data, file), "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal(count, document.RootElement.GetProperty("molecules").GetArrayLength());
    }

    [Fact]
    public void A_unit_multiplies_and_nothing_else()
    {
        string file = Path.Combine(Data, "ligand.sdf");
        static double Value(string output) => double.Parse(Regex.Match(output, @"  (-?[\d.]+) kc?[aJ]").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
        double kilojoule = Value(CommandLine.Run("energy", file).Output),
            kilocalorie = Value(CommandLine.Run("energy", file, "--unit", "kcal/mol").Output);
        Assert.Equal(kilojoule / 4.184, kilocalorie, 1e-5);
    }

    [Fact]
    public void Readme_names_files_that_are_here()
    {
        string[] named = [.. Regex.Matches(Readme, @"(?<![\w/])(?:examples|docs|data|scripts)/[\w./*-]*[\w*]").Select(m =>
            m.Value).Distinct()];
        Assert.NotEmpty(named);
        Assert.All(named, path => Assert.True(Path.Exists(Path.Combine(SharedData.Checkout, path))
            || (path.Contains('*') && Directory.GetFiles(Path.Combine(SharedData.Checkout, Path.GetDirectoryName(path)!),
                Path.GetFileName(path)).Length > 0), path));
    }

    [Fact]
    public void Readme_has_commands_that_parse()
    {
        string[] commands = [.. Regex.Matches(Readme, @"^\./molsampling [^\n]*", RegexOptions.Multiline).SelectMany(m =>
            m.Value.Split('#')[0].Split("&&", StringSplitOptions.TrimEntries))];
        Assert.True(commands.Length > 10);
        System.CommandLine.RootCommand root = CommandTree.Create();
        foreach (string command in commands)
        {
            string[] words = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(command["./molsampling ".Length..])];
            Assert.Null(CommandLineErrors.First(words, root.Parse(words)));
            // inputs that are here
            Assert.All(words.Where(w => Regex.IsMatch(w, @"\.(smi|sdf|json|xvg|bz2)$")), w => Assert.StartsWith("examples/data/", w,
                StringComparison.Ordinal));
        }
    }
}
