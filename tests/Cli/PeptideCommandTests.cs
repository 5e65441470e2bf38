using System.Text.Json;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling conformers on peptides: what is read, what is refused, what is said. Embeddings, which are quick.</summary>
public sealed class PeptideCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-peptide-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_sequence_and_a_file_of_it_are_one_molecule_and_the_energy_is_named()
    {
        PdbWriter.Write(In("ala.pdb"), PeptideBuilder.Build("ACE-ALA-NME"));
        string[] common = ["--solvent", "gbn2", "--method", "etkdg", "--samples", "3", "--json"];
        foreach ((string[] input, string output) in new[] { (new[] { "--peptide", "ACE-ALA-NME" }, "a"), ([In("ala.pdb")], "b") })
        {
            CommandLine run = CommandLine.Run(["conformers", .. input, .. common, "-o", In(output)]);
            Assert.Equal((0, ""), (run.ExitCode, run.ExitCode == 0 ? "" : run.Error));
            using JsonDocument summary = JsonDocument.Parse(run.Output);
            Assert.Equal("ff14SB + gbn2", summary.RootElement.GetProperty("forceField").GetString());
            JsonElement molecule = summary.RootElement.GetProperty("molecules")[0];
            Assert.Equal("CNC(=O)[C@H](C)NC(C)=O", molecule.GetProperty("smiles").GetString());
            Assert.Equal(22, molecule.GetProperty("atoms").GetInt32());
            Assert.Empty(molecule.GetProperty("averages").EnumerateArray()); // embeddings are no ensemble
        }
    }

    [Fact]
    public void A_list_of_sequences_goes_on_past_a_wrong_line()
    {
        File.WriteAllText(In("list.seq"), "# peptides\nH-GA-OH zwitterion\nAAZB wrong\nACE-GLY-NHE\n");
        CommandLine run = CommandLine.Run("conformers", In("list.seq"), "--solvent", "obc1", "--method", "etkdg", "--samples", "2",
            "--json", "-o", In("out"));
        Assert.Equal(2, run.ExitCode);
        using JsonDocument summary = JsonDocument.Parse(run.Output);
        Assert.Equal(["zwitterion", "wrong", "ACE-GLY-NHE"], summary.RootElement.GetProperty("molecules").EnumerateArray().Select(m =>
            m.GetProperty("name").GetString()));
        JsonElement failure = Assert.Single(summary.RootElement.GetProperty("failures").EnumerateArray());
        Assert.Equal(3, failure.GetProperty("line").GetInt32());
        Assert.Contains("there is no residue 'Z'", failure.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name a molecule", new string[0])]
    [InlineData("--peptide is instead of an input", new[] { "CCO", "--peptide", "AK" })]
    [InlineData("is for residues", new[] { "CCO", "--force-field", "ff14SB" })]
    [InlineData("needs a force field with Born radii", new[] { "CCO", "--solvent", "obc1" })]
    [InlineData("there is no residue 'Z'", new[] { "--peptide", "AAZA" })]
    [InlineData("atoms are numbered from 1 to 9", new[] { "CCO", "--property", "distance:1-10" })]
    [InlineData("write noe:I-J", new[] { "CCO", "--property", "noe:1" })]
    public void What_does_not_fit_is_one_line(string reason, string[] arguments)
    {
        CommandLine run = CommandLine.Run(["conformers", .. arguments, "--quiet", "-o", In("out")]);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, Assert.Single(run.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
