using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Conformers.Runs;

namespace MolSampling.Tests.Cli;

/// <summary>conformers --formats: the same conformers in every format, made of the parts, part of the run's rules; and --unit.</summary>
public sealed class ConformerFormatTests : IDisposable
{
    private const string All = "xyz,pdb,mol2,csv";
    private static readonly string[] s_files = ["basins.csv", "conformers.mol2", "conformers.pdb", "conformers.xyz"];

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-formats-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Every_format_has_the_conformers_of_the_sdf()
    {
        CommandLine run = Run("CC(C)CO", "out", "--method", "etkdg", "--samples", "50", "--formats", All, "--num-conformers", "2");
        Assert.Equal(0, run.ExitCode);
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(In("out", "summary.json")));
        Assert.Equal(["ensemble.parquet", "conformers.sdf", "report.html", "summary.json", "conformers.xyz", "conformers.pdb",
            "conformers.mol2", "basins.csv"], summary.RootElement.GetProperty("files").EnumerateObject().Select(f => f.Value.GetString()));
        foreach (string file in s_files)
            Assert.Contains(file, run.Output, StringComparison.Ordinal);

        double[][] sdf = [.. SdfReader.Read(In("out", "conformers.sdf")).Select(r => r.Molecule!.Coordinates!)];
        using StreamReader text = File.OpenText(In("out", "conformers.xyz"));
        XyzFrame[] xyz = [.. XyzReader.Read(text, "xyz")];
        string pdb = File.ReadAllText(In("out", "conformers.pdb"));
        Structure[] models = [.. pdb.Split("MODEL  ")[1..].Select((m, n) =>
            PdbReader.Read(new StringReader(m + (n == 0 ? Connections(pdb) : "")), "pdb"))];
        Assert.Equal((2, 2, 2), (sdf.Length, xyz.Length, models.Length));
        for (int n = 0; n < 2; n++)
            for (int k = 0; k < sdf[n].Length; k++)
            {
                Assert.Equal(sdf[n][k], xyz[n].Positions[k], 1e-5);
                Assert.Equal(sdf[n][k], models[n].Positions[k], 1.1e-4); // three digits of an Angstrom
            }
        Assert.Equal(14, models[0].Topology.Bonds.Count);
        Assert.StartsWith("basin=0 population=0.", xyz[0].Comment, StringComparison.Ordinal);
        Assert.EndsWith("name=\"CC(C)CO\"", xyz[0].Comment, StringComparison.Ordinal);

        JsonElement[] basins = [.. summary.RootElement.GetProperty("molecules")[0].GetProperty("basins").EnumerateArray()];
        string[][] rows = [.. File.ReadAllLines(In("out", "basins.csv")).Select(l => l.Split(','))];
        Assert.True(basins.Length > 2); // all of them, whatever the other files leave out
        Assert.Equal(ConformerTexts.BasinColumns("kJ/mol"), rows[0]);
        Assert.Equal(basins.Length, rows.Length - 1);
        for (int b = 0; b < basins.Length; b++)
        {
            Assert.Equal(("CC(C)CO", b.ToString(CultureInfo.InvariantCulture)), (rows[b + 1][0], rows[b + 1][1]));
            Assert.Equal(basins[b].GetProperty("state").GetString(), rows[b + 1][8]);
            foreach ((string json, int column) in new[] { ("population", 2), ("populationError", 3), ("freeEnergyKjPerMol", 5),
                ("freeEnergyErrorKjPerMol", 6), ("representativeEnergyKjPerMol", 7) })
                Assert.Equal(basins[b].GetProperty(json).GetDouble(), double.Parse(rows[b + 1][column], CultureInfo.InvariantCulture));
            Assert.Equal(basins[b].GetProperty("populationBelow").ValueKind == JsonValueKind.Null, rows[b + 1][4].Length == 0);
        }
    }

    [Fact]
    public void Tasks_give_the_bytes_of_one_process_and_names_with_commas_stay_one_cell()
    {
        string list = In("list.smi");
        File.WriteAllText(list, "CCO\nC1CC broken\nCCF a, \"b\"\nCC(=O)NC amide\n");
        string[] options = ["--samples", "5", "--formats", "csv,xyz,mol2,pdb", "--method", "etkdg"];
        Assert.Equal(2, Run(list, "whole", options).ExitCode);
        Assert.Equal(2, Run(list, "cut", [.. options, "--task-index", "1", "--task-count", "2"]).ExitCode);
        Assert.Empty(Directory.GetFiles(In("cut"), "*.xyz"));
        Assert.Equal(2, Run(list, "cut", [.. options, "--merge"]).ExitCode); // what is done so far
        Assert.Equal(["molecule", "amide"], File.ReadAllLines(In("cut", "basins.csv")).Select(l => l.Split(',')[0]).Distinct());
        Assert.Equal(0, Run(list, "cut", [.. options, "--task-index", "0", "--task-count", "2"]).ExitCode);
        foreach (string file in s_files)
            Assert.Equal(File.ReadAllBytes(In("whole", file)), File.ReadAllBytes(In("cut", file)));
        string[] rows = File.ReadAllLines(In("whole", "basins.csv"));
        Assert.Equal("\"a, \"\"b\"\"\",0,", Assert.Single(rows, r => r.StartsWith('"'))[..13]);
        Assert.All(rows[1..], r => Assert.EndsWith(",partial", r, StringComparison.Ordinal));
        // a block for each molecule, which is a whole PDB file
        string[] blocks = File.ReadAllText(In("whole", "conformers.pdb")).Split("\nEND\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([9, 8, 12], blocks.Select(b => PdbReader.Read(new StringReader(b), "block").Topology.Atoms.Count));
        Assert.Equal(["CCO", "a, \"b\"", "amide"], blocks.Select(b => b.Split('\n')[0][10..]));
    }

    [Fact]
    public void Formats_belong_to_the_run_and_overwriting_removes_its_own_files_only()
    {
        string[] options = ["--samples", "5", "--method", "etkdg"];
        Assert.Equal(0, Run("CC", "out", [.. options, "--formats", "xyz,csv"]).ExitCode);
        CommandLine other = Run("CC", "out", [.. options, "--formats", "xyz"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("its formats is \"Xyz, Csv\", not \"Xyz\"", other.Error, StringComparison.Ordinal);
        CommandLine unit = Run("CC", "out", [.. options, "--formats", "xyz,csv", "--unit", "kcal/mol"]);
        Assert.Contains("its energyUnit is \"kJ/mol\", not \"kcal/mol\"", unit.Error, StringComparison.Ordinal);
        File.WriteAllText(In("out", "conformers.pdb"), "mine");
        Assert.Equal(0, Run("CC", "out", [.. options, "--overwrite"]).ExitCode);
        Assert.Equal(["conformers.pdb", "conformers.sdf", "ensemble.parquet", "report.html", "run.json", "summary.json"],
            Directory.GetFiles(In("out")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal("mine", File.ReadAllText(In("out", "conformers.pdb")));
    }

    [Fact]
    public void An_unknown_format_is_one_line()
    {
        CommandLine run = Run("CC", "out", "--formats", "xyz,mol");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("--formats 'mol' is unknown: xyz, pdb, mol2, csv; did you mean mol2?",
            Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
    }

    [Fact]
    public void Kilocalories_are_kilojoules_over_4_184_and_summary_json_keeps_its_unit()
    {
        // chains, since embeddings have no averages
        string[] options = ["--samples", "50", "--seed", "3", "--formats", "csv"];
        CommandLine joule = Run("CCO", "joule", options), calorie = Run("CCO", "calorie", [.. options, "--unit", "kcal/mol"]);
        string[][] j = Rows("joule"), c = Rows("calorie");
        Assert.Equal("free_energy_kcal_per_mol,free_energy_error_kcal_per_mol,energy_kcal_per_mol", string.Join(',', c[0][5..8]));
        Assert.Equal(j.Length, c.Length);
        for (int b = 1; b < j.Length; b++)
            for (int column = 2; column < 8; column++)
                if (j[b][column].Length > 0)
                    Assert.Equal(Number(j[b][column]) / (column < 5 ? 1 : 4.184), Number(c[b][column]), 1e-9);
        Assert.Equal(WithoutSeconds("joule"), WithoutSeconds("calorie"));
        Assert.Contains("\"energyUnit\":\"kcal/mol\"", File.ReadAllText(In("calorie", "report.html")), StringComparison.Ordinal);
        Assert.Matches("energy: -?[0-9.]+ ± [0-9.]+ kJ/mol\nheat capacity: [0-9.]+ ± [0-9.]+ J/mol/K\n", joule.Output);
        Assert.Matches("energy: -?[0-9.]+ ± [0-9.]+ kcal/mol\nheat capacity: [0-9.]+ ± [0-9.]+ cal/mol/K\n", calorie.Output);
        Assert.DoesNotContain("kJ", calorie.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void RDKit_reads_residues_and_models()
    {
        Assert.Equal(0, CommandLine.Run("conformers", "--peptide", "ACE-ALA-NME", "--solvent", "obc1", "--method", "etkdg", "--samples",
            "20", "--formats", "pdb,mol2", "--output", In("out")).ExitCode);
        int conformers = SdfReader.Read(In("out", "conformers.sdf")).Count();
        var pdb = Formats.RDKitOracle.Read("pdb", In("out", "conformers.pdb"));
        Assert.Equal(("CNC(=O)[C@H](C)NC(C)=O", 22, 21, conformers), Canonical(Assert.Single(pdb)));
        var mol2 = Formats.RDKitOracle.Read("mol2", In("out", "conformers.mol2"));
        Assert.Equal(conformers, mol2.Length);
        Assert.All(mol2, m => Assert.Equal(("CNC(=O)[C@H](C)NC(C)=O", 22, 21, 1), Canonical(m)));
        Assert.All(mol2, m => Assert.Equal(0, m.Charge, 1e-3));
        Assert.Contains("USER_CHARGES", File.ReadAllText(In("out", "conformers.mol2")), StringComparison.Ordinal);
    }

    private static (string, int, int, int) Canonical((string Smiles, int Atoms, int Bonds, int Conformers, double Charge) read)
    {
        using var molecule = RDKitMolecule.FromSmiles(read.Smiles);
        return (molecule.Molecule.Smiles, read.Atoms, read.Bonds, read.Conformers);
    }

    private CommandLine Run(string input, string output, params string[] options) => CommandLine.Run(["conformers", input, "--output",
        In(output), .. options]);

    private string[][] Rows(string output) => [.. File.ReadAllLines(In(output, "basins.csv")).Select(l => l.Split(','))];

    private IEnumerable<string> WithoutSeconds(string output) => File.ReadLines(In(output, "summary.json")).Where(l =>
        !l.Contains("wallSeconds", StringComparison.Ordinal));

    private static string Connections(string pdb) => string.Join('\n', pdb.Split('\n').Where(l => l.StartsWith("CONECT",
        StringComparison.Ordinal)));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private string In(params string[] names) => Path.Combine([_folder, .. names]);
}
