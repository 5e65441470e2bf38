using System.Text.Json;
using System.Text.RegularExpressions;
using MolSampling.Cli.Commands;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Runs;

namespace MolSampling.Tests.Cli;

/// <summary>Columns of samples, presets, and what the documentation says of both.</summary>
public sealed partial class ConformerPropertyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-properties-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    /// <summary>Means over the written samples are those of the result, and the entropy is that of the populations.</summary>
    [Fact]
    public async Task Samples_have_columns_whose_means_are_the_averages()
    {
        CommandLine run = CommandLine.Run("conformers", "CC(C)CO", "--samples", "1000", "--property", "distance:1-5,noe:1-5,sasa,dipole",
            "--output", In("out"), "--quiet");
        Assert.Equal(0, run.ExitCode);
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(In("out", "summary.json")));
        JsonElement molecule = summary.RootElement.GetProperty("molecules")[0];
        Dictionary<string, (double Value, double Error)> averages = molecule.GetProperty("averages").EnumerateArray().ToDictionary(a =>
            a.GetProperty("name").GetString()!, a => (a.GetProperty("value").GetDouble(), a.GetProperty("error").GetDouble()));
        Assert.Equal(["energy", "heat capacity", "conformational entropy", "radius of gyration", "distance C1-O5", "noe distance C1-O5",
            "solvent-accessible surface", "dipole moment"], averages.Keys);
        await using FileStream stream = File.OpenRead(In("out", "ensemble.parquet"));
        IReadOnlyList<EnsembleColumn> columns = await EnsembleFile.ReadColumnsAsync(stream);
        Assert.Equal([new("radius_of_gyration", "nm"), new("distance:1-5", "nm"), new("noe:1-5", "nm^-6"), new("sasa", "nm^2"),
            new("dipole", "D")], columns);
        stream.Position = 0;
        IReadOnlyList<EnsembleRow> rows = (await EnsembleFile.ReadAsync(stream)).Rows;
        double Mean(int column) => rows.Sum(r => Math.Exp(r.LogWeight) * r.Values[column]!.Value);
        double Spread(int column) => Math.Sqrt(rows.Sum(r => Math.Exp(r.LogWeight) * Math.Pow(r.Values[column]!.Value - Mean(column), 2)));
        foreach ((int column, string name) in new[] { (0, "radius of gyration"), (1, "distance C1-O5"), (3, "solvent-accessible surface"),
            (4, "dipole moment") })
            Assert.Equal(averages[name].Value, Mean(column), 4 * Spread(column) / Math.Sqrt(rows.Count)); // drawn from the ensemble
        Assert.Equal(averages["noe distance C1-O5"].Value, Math.Pow(Mean(2), -1.0 / 6), 4 * averages["noe distance C1-O5"].Error);
        foreach (EnsembleRow row in rows.Take(20))
        {
            float[] x = row.Positions.ToArray();
            double d = Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(x[c] - (double)x[12 + c], 2)));
            Assert.Equal(d, row.Values[1]!.Value, 1e-9);
            Assert.Equal(Math.Pow(d, -6), row.Values[2]!.Value, 1e-3 * Math.Pow(d, -6));
        }
        double[] populations = [.. molecule.GetProperty("basins").EnumerateArray().Select(b => b.GetProperty("population").GetDouble())];
        Assert.Equal(1, populations.Sum(), 1e-9); // all are listed
        Assert.Equal(-8.31446261815324 * populations.Sum(p => p * Math.Log(p)), averages["conformational entropy"].Value, 1e-9);
        Assert.InRange(averages["conformational entropy"].Error, 1e-3, 0.5);
    }

    /// <summary>A list has the columns of all its molecules, also where it was cut into tasks.</summary>
    [Fact]
    public async Task A_molecule_without_a_property_has_gaps()
    {
        string list = In("list.seq");
        File.WriteAllText(list, "AP one\nACE-GLY-NME two\nAAG three\n");
        string[] options = ["conformers", list, "--method", "etkdg", "--samples", "3", "--property", "jhnha?,sasa", "--quiet", "--output"];
        Assert.Equal(0, CommandLine.Run([.. options, In("whole")]).ExitCode);
        Assert.Equal(0, CommandLine.Run([.. options, In("cut"), "--task-index", "1", "--task-count", "2"]).ExitCode);
        Assert.Equal(0, CommandLine.Run([.. options, In("cut"), "--task-index", "0", "--task-count", "2"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(In("whole", "ensemble.parquet")), File.ReadAllBytes(In("cut", "ensemble.parquet")));
        await using FileStream stream = File.OpenRead(In("whole", "ensemble.parquet"));
        Assert.Equal(["radius_of_gyration", "sasa", "jhnha:A2", "jhnha:A3"],
            (await EnsembleFile.ReadColumnsAsync(stream)).Select(c => c.Name));
        stream.Position = 0;
        foreach (EnsembleRow row in (await EnsembleFile.ReadAsync(stream)).Rows)
            Assert.Equal(row.Molecule switch { "one" => "++--", "two" => "+++-", _ => "++++" }, string.Concat(row.Values.Select(v =>
                v is null ? '-' : '+')));
        CommandLine strict = CommandLine.Run("conformers", list, "--method", "etkdg", "--samples", "3", "--property", "jhnha", "--output",
            In("strict"));
        Assert.Equal(2, strict.ExitCode);
        Assert.Contains("--property jhnha: no residue has an amide hydrogen and a phi", strict.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_preset_is_its_options_and_given_options_win(string name)
    {
        string[] arguments = [.. ConformerPreset.Of(name).ToArguments()];
        Assert.Equal(Options(arguments), Options("--preset", name));
        Assert.NotEqual(Options(), Options("--preset", name));
        string[] own = ["--samples", "7", "--num-conformers", "3", "--energy-window", "4", "--prune-rmsd", "0.1", "--property", "dipole",
            "--formats", "xyz", "--time-limit", "99", "--highest-temperature", "700"];
        Assert.Equal(Options(own), Options([.. own, "--preset", name]));
        Assert.Equal(1, Options("--preset", name, "--first-only").NumConformers);
        Assert.Equal(1000, Options("--preset", name, "--samples", "1000").Samples); // given, though it is the usual number
        // help and documentation say them
        string words = string.Join(' ', arguments), page = File.ReadAllText(Path.Combine(SharedData.Checkout, "docs", "conformers.md"));
        Assert.Contains($"| `{name}` | `{words}` |", page, StringComparison.Ordinal);
        Assert.Contains($"{name} ({words})", ConformerArguments.Settings.Single(o => o.Name == "--preset").Description,
            StringComparison.Ordinal);
    }

    public static TheoryData<string> Presets => [.. ConformerPreset.All.Select(p => p.Name)];

    [Fact]
    public void What_a_preset_set_is_in_the_manifest()
    {
        string[] command = ["conformers", "CCO", "--preset", "docking", "--method", "etkdg", "--output", In("out"), "--quiet"];
        Assert.Equal(0, CommandLine.Run(command).ExitCode);
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(In("out", "run.json")));
        JsonElement settings = manifest.RootElement.GetProperty("settings");
        Assert.Equal((50, 25.0, 0.05, "Mol2"), (settings.GetProperty("numConformers").GetInt32(),
            settings.GetProperty("energyWindow").GetDouble(), settings.GetProperty("pruneRmsd").GetDouble(),
            settings.GetProperty("formats").GetString()));
        Assert.True(File.Exists(In("out", "conformers.mol2")));
        CommandLine unknown = CommandLine.Run("conformers", "CCO", "--preset", "dock");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("did you mean docking?", unknown.Error, StringComparison.Ordinal);
    }

    /// <summary>Every column that the documentation's lines of pandas and R name is one of the files' or made by these lines.</summary>
    [Fact]
    public void Columns_in_the_documentation_are_those_of_the_files()
    {
        string page = File.ReadAllText(Path.Combine(SharedData.Checkout, "docs", "conformers.md"));
        string[] blocks = [.. CodeBlock().Matches(page).Select(m => m.Groups[2].Value)];
        Assert.Equal(2, blocks.Length); // pandas and R
        HashSet<string> known = [.. EnsembleFile.ColumnNames([new("radius_of_gyration", "nm"), new("distance:1-5", "nm"),
            new("noe:1-5", "nm^-6")]), .. ConformerTexts.BasinColumns("kJ/mol")];
        foreach (string block in blocks)
        {
            HashSet<string> made = [.. Made().Matches(block).Select(m => m.Groups[1].Value + m.Groups[2].Value)];
            string[] named = [.. Named().Matches(block).Select(m => m.Groups[1].Value + m.Groups[2].Value + m.Groups[3].Value)];
            Assert.True(named.Length >= 6, block);
            Assert.Empty(named.Where(n => !made.Contains(n)).Except(known));
            Assert.InRange(block.Trim().Split('\n').Length, 8, 12);
        }
        foreach (string column in ConformerTexts.BasinColumns("kJ/mol"))
            Assert.Contains($"`{column}`", page, StringComparison.Ordinal);
    }

    // pandas: d["x"], groupby(["x", "y"]); R: d$x, d$`x`
    [GeneratedRegex("(?<=[\\w(]\\[|, )\"([\\w:-]+)\"(?=[\\],])|\\$(\\w+)|\\$`([^`]+)`")]
    private static partial Regex Named();

    [GeneratedRegex("^\\w+\\[\"(\\w+)\"\\] = |^\\w+\\$(\\w+) <- ", RegexOptions.Multiline)]
    private static partial Regex Made();

    [GeneratedRegex("```(python|r)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    private static ConformerOptions Options(params string[] options) =>
        ConformerArguments.Options(ConformersCommand.Create().Parse(["CCO", .. options]));

    private string In(params string[] names) => Path.Combine([_folder, .. names]);
}
