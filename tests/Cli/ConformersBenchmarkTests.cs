using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MolSampling.Tests.Cli;

/// <summary>The command on molecules whose references are ETKDG conformers themselves.</summary>
public sealed class ConformersBenchmarkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-crest-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void References_that_a_method_made_itself_are_all_covered()
    {
        string list = List("CCOCCO a extra\nc1ccccc1CC(N)=O b\n");
        References("CCOCCO", "a");
        References("c1ccccc1CC(N)=O", "b");
        CommandLine run = CommandLine.Run("benchmark", "conformers", list, "--crest", _folder, "--methods", "etkdg,etkdg-mmff", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["ETKDGv3", "ETKDGv3 + MMFF94s minimisation"], rows.Select(r => r.GetProperty("method").GetString()));
        Assert.Equal(1, rows[0].GetProperty("coverageRecall").GetDouble());
        Assert.InRange(rows[0].GetProperty("amrRecall").GetDouble(), 0, 1e-4); // 2K conformers from the seed of the K references
        Assert.InRange(rows[0].GetProperty("amrPrecision").GetDouble(), 1e-3, 2);
        Assert.InRange(rows[1].GetProperty("amrRecall").GetDouble(), 0.02, 1);
        Assert.Equal(20, rows[0].GetProperty("conformers").GetInt32());
        Assert.Equal(0, rows[0].GetProperty("stereoErrors").GetInt32());
        Assert.True(rows[0].GetProperty("secondsPerConformer").GetDouble() < rows[1].GetProperty("secondsPerConformer").GetDouble());
        Assert.Contains("2 of 2 molecules", run.Error, StringComparison.Ordinal);
        CommandLine table = CommandLine.Run("benchmark", "conformers", list, "--crest", _folder, "--methods", "etkdg", "--max-molecules",
            "1");
        Assert.Contains("| ETKDGv3 | 100.0 / 100.0 | 0.000 / 0.000 |", table.Output, StringComparison.Ordinal);
        Assert.Contains("over 1 molecules with 5 references", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_molecule_that_cannot_be_judged_is_named_and_the_others_go_on()
    {
        string list = List("CCOCCO a\nCCCCO missing\nCCCCN other\nC1CC broken\n");
        References("CCOCCO", "a");
        References("CCCCO", "other");
        CommandLine run = CommandLine.Run("benchmark", "conformers", list, "--crest", _folder, "--methods", "etkdg");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("left out: missing: there is no missing.xyz among the reference geometries", run.Error, StringComparison.Ordinal);
        Assert.Contains("left out: other.xyz: its atoms are C4H10O, the molecule's C4H11N", run.Error, StringComparison.Ordinal);
        Assert.Contains("left out: list.smi, line 4", run.Error, StringComparison.Ordinal);
        Assert.Contains("over 1 molecules", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_is_one_line_and_exit_code_2()
    {
        string list = List("CCO a\n");
        void Refused(string said, params string[] arguments)
        {
            CommandLine run = CommandLine.Run(["benchmark", "conformers", .. arguments]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
            Assert.Empty(run.Output);
        }
        Refused("there is no such file or folder", list, "--crest", Path.Combine(_folder, "nowhere"));
        Refused("there is no xyz file in it", list, "--crest", _folder);
        string damaged = Path.Combine(_folder, "damaged.tar.gz");
        File.WriteAllBytes(damaged, [0x1f, 0x8b, 8, 0, 1, 2, 3]);
        Refused("not a whole tar archive", list, "--crest", damaged);
        References("CCO", "a");
        Refused("there is no such file", Path.Combine(_folder, "none.smi"), "--crest", _folder);
        Refused("--methods 'magic' is unknown: etkdg, etkdg-mmff", list, "--crest", _folder, "--methods", "etkdg,magic");
        Refused("--max-molecules must be at least 1", list, "--crest", _folder, "--max-molecules", "0");
    }

    private string List(string text)
    {
        string path = Path.Combine(_folder, "list.smi");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Five embeddings, atoms in reverse order.</summary>
    private void References(string smiles, string name)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var text = new StringBuilder();
        foreach (float[] x in molecule.Embed(5, 1, TimeSpan.FromSeconds(30)).Conformers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{molecule.Molecule.Atoms.Count}\n\n");
            for (int a = molecule.Molecule.Atoms.Count - 1; a >= 0; a--)
                text.Append(CultureInfo.InvariantCulture,
                    $"{molecule.Molecule.Atoms[a].Symbol} {10 * x[3 * a]:f6} {10 * x[3 * a + 1]:f6} {10 * x[3 * a + 2]:f6}\n");
        }
        File.WriteAllText(Path.Combine(_folder, name + ".xyz"), text.ToString());
    }
}
