using System.Text.Json;
using MolSampling.Jobs.Simulation;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling report on real run directories: running, finished, damaged, an array.</summary>
public sealed class ReportTests : IDisposable
{
    private static readonly string[] s_brief = ["simulate", "--peptide", "ACE-ALA-NME", "--time", "2ps", "--frame", "0.1ps", "--checkpoint",
        "0.5ps", "--replicas"];
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void A_ladder_run_leaves_a_report_whose_numbers_are_those_of_the_JSON()
    {
        CommandLine run = CommandLine.Run([.. s_brief, "8", "--ladder", "300,340", "--output", _folder]);
        Assert.Equal(0, run.ExitCode);
        string page = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=[\"']https?://", page);

        using JsonDocument json = Report(_folder, "--torsion", "1-5-7-9");
        JsonElement root = json.RootElement;
        Assert.Equal("done", root.GetProperty("progress").GetProperty("state").GetString());
        Assert.Equal(100, root.GetProperty("progress").GetProperty("percent").GetDouble());
        Assert.Equal(8 * 20, root.GetProperty("statistics").GetProperty("frames").GetInt32());
        Assert.Equal(4, root.GetProperty("statistics").GetProperty("independent").GetInt32());
        Assert.Equal(3, root.GetProperty("torsions").GetArrayLength());
        Assert.Equal(2, root.GetProperty("temperatures").GetArrayLength());
        Assert.Equal("partial", root.GetProperty("verdict").GetProperty("convergence").GetString());
        Assert.Equal(64 * 64, root.GetProperty("ramachandran")[0].GetProperty("freeEnergiesKjPerMol").GetArrayLength());
        // the counters agree with the run's own status
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "status.json")));
        Assert.Equal(status.RootElement.GetProperty("swapAcceptances")[0].GetDouble(),
            root.GetProperty("ladder").GetProperty("acceptances")[0].GetDouble(), 1e-4);
        // energies agree with the segments
        using RunDirectory directory = RunDirectory.OpenToRead(_folder);
        FrameRow[] rows = [.. directory.Manifest.Generations.SelectMany(g => SegmentFile.ReadAsync(directory.SegmentPath(g), 22,
            false).GetAwaiter().GetResult()).Where(r => r.Rung == 1)];
        double discarded = root.GetProperty("statistics").GetProperty("discardedPicoseconds").GetDouble();
        Assert.Equal(rows.Where(r => r.TimePicoseconds > discarded + 1e-6).Average(r => r.PotentialEnergy),
            root.GetProperty("temperatures")[1].GetProperty("potentialEnergyKjPerMol").GetDouble(), 1e-4);

        Assert.Equal(2, CommandLine.Run("report", _folder, "--torsion", "1-2-3-99").ExitCode);
        Assert.Equal(2, CommandLine.Run("report", Path.Combine(_folder, "nothing")).ExitCode);
        Assert.Equal(2, CommandLine.Run("report", Path.Combine(_folder, "segments")).ExitCode);
    }

    [Fact]
    public void A_damaged_segment_and_a_killed_run_are_named_and_the_rest_is_shown()
    {
        Assert.Equal(0, CommandLine.Run([.. s_brief, "4", "--output", _folder]).ExitCode);
        string segment = Directory.GetFiles(Path.Combine(_folder, "segments")).Order().ElementAt(1);
        File.WriteAllText(segment, "no parquet");
        string manifest = Path.Combine(_folder, "manifest.json"), status = Path.Combine(_folder, "status.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"state\": \"done\"", "\"state\": \"running\"",
            StringComparison.Ordinal));
        string[] lines = File.ReadAllLines(status);
        File.WriteAllLines(status, lines.Select(l => l.Contains("updated", StringComparison.Ordinal)
            ? "  \"updated\": \"2020-01-01T00:00:00Z\"" : l));
        using JsonDocument json = Report(_folder);
        Assert.Equal("silent", json.RootElement.GetProperty("progress").GetProperty("state").GetString());
        Assert.Contains(Path.GetFileName(segment), json.RootElement.GetProperty("health").GetProperty("missing")[0].GetString(),
            StringComparison.Ordinal);
        Assert.Equal(4 * 15, json.RootElement.GetProperty("statistics").GetProperty("frames").GetInt32());
        // before the first checkpoint there is only a manifest
        using (RunDirectory directory = RunDirectory.OpenToRead(_folder))
            File.WriteAllText(manifest, JsonSerializer.Serialize(directory.Manifest with { Generations = [] }, JsonSerializerOptions.Web));
        File.Delete(status);
        File.Delete(Path.Combine(_folder, "events.log"));
        Directory.Delete(Path.Combine(_folder, "checkpoint"), true);
        using JsonDocument bare = Report(_folder);
        Assert.Equal("no data", bare.RootElement.GetProperty("verdict").GetProperty("convergence").GetString());
        Assert.Equal(0, CommandLine.Run("report", _folder, "--output", Path.Combine(_folder, "bare.html")).ExitCode);
        Assert.True(File.Exists(Path.Combine(_folder, "bare.html")));
    }

    [Fact]
    public void Tasks_of_an_array_are_merged_and_those_that_have_not_begun_are_named()
    {
        foreach (string task in new[] { "0", "2" })
            Assert.Equal(0, CommandLine.Run([.. s_brief, "4", "--output", _folder, "--task-index", task, "--task-count", "3"]).ExitCode);
        using JsonDocument json = Report(_folder);
        Assert.Equal("waiting", json.RootElement.GetProperty("progress").GetProperty("state").GetString());
        Assert.Equal(8, json.RootElement.GetProperty("statistics").GetProperty("independent").GetInt32());
        Assert.Equal(100 * 2 / 3.0, json.RootElement.GetProperty("progress").GetProperty("percent").GetDouble(), 1e-4);
        Assert.Equal("1 of 3 tasks have not begun: 1", json.RootElement.GetProperty("health").GetProperty("missing")[0].GetString());
    }

    [Fact]
    public void A_report_that_cannot_be_written_does_not_change_the_runs_exit_code()
    {
        Assert.Equal(0, CommandLine.Run([.. s_brief, "4", "--output", _folder]).ExitCode);
        File.Delete(Path.Combine(_folder, "report.html"));
        Directory.CreateDirectory(Path.Combine(_folder, "report.html", "in-the-way"));
        CommandLine run = CommandLine.Run("simulate", "--resume", _folder);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("the report was not written", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, CommandLine.Run("report", _folder).ExitCode);
    }

    private static JsonDocument Report(string folder, params string[] more)
    {
        CommandLine run = CommandLine.Run(["report", folder, "--json", .. more]);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output);
    }
}
