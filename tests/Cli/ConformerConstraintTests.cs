using System.Text.Json;

namespace MolSampling.Tests.Cli;

/// <summary>conformers --constrain and --start: what they refuse, what files say of them, and that they belong to a run.</summary>
public sealed class ConformerConstraintTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-constrain-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("--constrain distance:1-2=0.3+-x", "--constrain distance:1-2=0.3+-x: write distance:I-J=0.30+-0.02 (nm)")]
    [InlineData("--constrain torsion:1-2-3-40=60", "OCCO: --constrain torsion:1-2-3-40=60: atoms are numbered from 1 to 10")]
    [InlineData("--constrain torsion:1-2-3-4=60 --method etkdg", "neither --constrain nor --start says anything to it")]
    [InlineData("--constrain angle:1-2-3=120 --target torsions", "bonds and angles do not move")]
    [InlineData("--constrain core:1-2-3-4", "which shape?")]
    [InlineData("--start none.sdf", "there is no such file")]
    [InlineData("--start list.smi", "an SDF, xyz or PDB file")]
    public void What_is_wrong_is_one_line_and_exit_code_2(string options, string message)
    {
        CommandLine run = CommandLine.Run(["conformers", "OCCO", .. options.Split(' '), "--output", In("wrong")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.StartsWith("molsampling: ",
            StringComparison.Ordinal));
        Assert.False(Directory.Exists(In("wrong")));
    }

    [Fact]
    public async Task Files_say_what_the_ensemble_is_held_to_and_another_choice_is_another_run()
    {
        File.WriteAllText(In("list.smi"), "OCCO glycol\nOCCCl chlorohydrin\n");
        const string constraint = "torsion:1-2-3-4=60+-15";
        string[] command = ["conformers", In("list.smi"), "--target", "torsions", "--samples", "100", "--output", In("out"), "--quiet"];
        Assert.Equal(0, CommandLine.Run([.. command, "--constrain", constraint]).ExitCode);
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(In("out", "summary.json")));
        Assert.Equal("MMFF94s + constraints", summary.RootElement.GetProperty("forceField").GetString());
        foreach (JsonElement molecule in summary.RootElement.GetProperty("molecules").EnumerateArray())
        {
            Assert.Contains("in 60 +- 15 degrees, walls of 1000 kJ/mol/rad^2", molecule.GetProperty("constraints")[0].GetString(),
                StringComparison.Ordinal);
            Assert.Contains(molecule.GetProperty("notes").EnumerateArray(), n => n.GetString()!.StartsWith("constrained, ",
                StringComparison.Ordinal));
            Assert.Contains(molecule.GetProperty("averages").EnumerateArray(), a =>
                a.GetProperty("name").GetString() == "constraint energy");
        }
        Assert.Contains("<constraints>\ntorsion O1-C2-C3-O4 in 60 +- 15", File.ReadAllText(In("out", "conformers.sdf")),
            StringComparison.Ordinal);
        Assert.Contains("MMFF94s \\u002B constraints", File.ReadAllText(In("out", "report.html")), StringComparison.Ordinal);
        await using FileStream stream = File.OpenRead(In("out", "ensemble.parquet"));
        IReadOnlyList<EnsembleRow> rows = (await EnsembleFile.ReadAsync(stream)).Rows;
        foreach (EnsembleRow row in rows)
        {
            double beyond = Math.Max(0, Math.Abs(Dihedral.Angle(row.Positions.ToArray(), 0, 1, 2, 3) - Math.PI / 3) - Math.PI / 12);
            Assert.Equal(500 * beyond * beyond, row.Values[1]!.Value, 1e-3);
            Assert.InRange(beyond, 0, 0.35); // 7 thermal ones
        }
        Assert.Contains("its constraints is \"torsion:1-2-3-4=60+-15\", not unset", CommandLine.Run(command).Error,
            StringComparison.Ordinal);
        // records of the run's own file start another, which is another run
        CommandLine started = CommandLine.Run([.. command, "--constrain", constraint, "--start", In("out", "conformers.sdf")]);
        Assert.Contains("its start is not set, not {\"file\":\"conformers.sdf\",\"hash\":\"", started.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_begins_from_the_conformers_of_another()
    {
        Assert.Equal(0, CommandLine.Run("conformers", "CCO", "--method", "etkdg", "--samples", "30", "--formats", "pdb", "--quiet",
            "--output", In("first")).ExitCode);
        CommandLine run = CommandLine.Run("conformers", "OCC", "--target", "torsions", "--samples", "50", "--quiet", "--start",
            In("first", "conformers.pdb"), "--output", In("second"));
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"begun from \d conformers of conformers.pdb beside embeddings", File.ReadAllText(In("second", "summary.json")));
    }

    private string In(params string[] names) => Path.Combine([_folder, .. names]);
}
