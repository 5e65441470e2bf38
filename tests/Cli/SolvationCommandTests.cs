using System.Text.Json;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling solvation as people call it, in boxes so small that their numbers are nobody's.</summary>
[Collection("boxes of water")]
public sealed class SolvationCommandTests : IDisposable
{
    private static readonly string[] s_small = ["--box", "1.25nm", "--cutoff", "0.5nm", "--time", "5ps", "--equilibration", "0.5ps",
        "--sets", "1", "--threads", "2"];

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-solvation-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_list_goes_on_past_failures_and_what_is_done_stays_done()
    {
        string list = Path.Combine(_folder, "list.smi"), output = Path.Combine(_folder, "all");
        File.WriteAllText(list, "C methane\nC[NH3+] ammonium\nxx broken\n");
        CommandLine run = CommandLine.Run(["solvation", list, .. s_small, "--json", "-o", output]);
        Assert.Equal((2, ""), (run.ExitCode, run.ExitCode == 2 ? "" : run.Error));
        JsonElement[] rows = [.. JsonDocument.Parse(run.Output).RootElement.EnumerateArray()];
        Assert.Equal(["partial", "failed", "failed"], rows.Select(r => r.GetProperty("status").GetString()));
        Assert.Contains("net charge of +1", rows[1].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Contains("line 3", rows[2].GetProperty("reason").GetString(), StringComparison.Ordinal);
        string[] table = File.ReadAllLines(Path.Combine(output, "results.csv"));
        Assert.Equal(4, table.Length);
        Assert.StartsWith("1,methane,C,partial,", table[1], StringComparison.Ordinal);
        // each molecule's folder is a run; the second time nothing is sampled or written there
        string summary = Path.Combine(output, "0001-methane", "summary.json");
        using (var document = JsonDocument.Parse(File.ReadAllText(summary)))
            Assert.Equal(rows[0].GetProperty("solvation_kcal_per_mol").GetDouble(), document.RootElement.GetProperty("solvation")
                .GetProperty("kcalPerMol").GetDouble());
        DateTime written = File.GetLastWriteTimeUtc(summary);
        CommandLine again = CommandLine.Run(["solvation", list, .. s_small, "--json", "-o", output]);
        Assert.Equal(run.Output, again.Output);
        Assert.Equal(written, File.GetLastWriteTimeUtc(summary));
        // an error that is asked for goes on with what is there, and is done when it is done
        string[] wanted = ["solvation", list, .. s_small, "--target-error", "4kcal/mol", "--json", "-o", output];
        CommandLine longer = CommandLine.Run(wanted);
        using (var document = JsonDocument.Parse(File.ReadAllText(summary)))
        {
            Assert.Equal(4 * 4.184, document.RootElement.GetProperty("targetErrorKJPerMol").GetDouble());
            Assert.InRange(document.RootElement.GetProperty("settings").GetProperty("time").GetDouble(), 5, 100);
        }
        written = File.GetLastWriteTimeUtc(summary);
        Assert.Equal(longer.Output, CommandLine.Run(wanted).Output);
        Assert.Equal(written, File.GetLastWriteTimeUtc(summary));
        Assert.Contains("is no energy", CommandLine.Run("solvation", "C", "--target-error", "0.1").Error,
            StringComparison.Ordinal);
        // another list's table is not lost
        string second = Path.Combine(_folder, "second.smi"), before = File.ReadAllText(Path.Combine(output, "results.csv"));
        File.WriteAllText(second, "CC ethane\n");
        Assert.Contains("the table of another list", CommandLine.Run(["solvation", second, .. s_small, "-o", output]).Error,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(output, "results.csv")));
        // with other settings a molecule's run is refused, not mixed
        CommandLine other = CommandLine.Run(["solvation", list, .. s_small, "--seed", "5", "--json", "-o", output]);
        Assert.Contains("other settings", other.Output, StringComparison.Ordinal);
    }
}
