using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MolSampling.Jobs.Simulation;
using MolSampling.Tests.Cli;
using MolSampling.Tests.Formats;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>Replicas that blow up: set back, given up, and the run that has failed.</summary>
public sealed class SimulationBlowUpTests : SimulationRuns
{
    [Fact]
    public void A_replica_that_blows_up_is_restarted_then_given_up_and_the_others_go_on()
    {
        // 9 fs without heavy hydrogens is beyond what bonds to hydrogen allow
        SimulationConfig config = Alanine with { Replicas = 16, Ladder = [], TimeStep = "9fs", HydrogenMass = 0, FrameInterval = "0.9ps",
            CheckpointInterval = "9ps", Time = "18ps" };
        string path = Path.Combine(Folder, "hot");
        using (SimulationRun simulation = SimulationRun.Start(config, path))
            Assert.Equal(SimulationEnd.Failed, simulation.Run());
        string events = File.ReadAllText(Path.Combine(path, "events.log"));
        Assert.Contains("restart 1 of 5", events, StringComparison.Ordinal);
        Assert.Contains("given up", events, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(path, "postmortem"), "*.json"));
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "status.json")));
        Assert.Equal("failed", status.RootElement.GetProperty("state").GetString());
        Assert.Equal(16, status.RootElement.GetProperty("failedReplicas").GetInt32());
        FailedForGood(path);
    }

    [Fact]
    public void A_run_that_fails_while_it_is_annealed_has_failed_too()
    {
        SimulationConfig config = Alanine with { Replicas = 16, Ladder = [], TimeStep = "9fs", HydrogenMass = 0, FrameInterval = "0.9ps",
            CheckpointInterval = "9ps", Time = "18ps", Anneal = "400:300:9ps" };
        string path = Path.Combine(Folder, "hot");
        using (SimulationRun simulation = SimulationRun.Start(config, path))
            Assert.Equal(SimulationEnd.Failed, simulation.Run());
        Assert.Empty(Rows("hot"));
        FailedForGood(path);
    }

    /// <summary>A resume would end as the run did, so it says that at once, and changes nothing.</summary>
    private static void FailedForGood(string path)
    {
        using (RunDirectory directory = RunDirectory.OpenToRead(path))
            Assert.Equal("failed", directory.Manifest.State);
        string events = File.ReadAllText(Path.Combine(path, "events.log"));
        CommandLine again = CommandLine.Run("simulate", "--resume", path);
        Assert.Equal((3, ""), (again.ExitCode, again.Output));
        Assert.Contains("every replica blew up too often", Assert.Single(again.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(events, File.ReadAllText(Path.Combine(path, "events.log")));
    }

    [Fact]
    public void A_replica_that_was_set_back_has_no_row_for_that_frame()
    {
        // 3.2 fs is just beyond what bonds to hydrogen allow: some replicas blow up
        SimulationConfig config = Alanine with { Replicas = 16, Ladder = [], TimeStep = "3.2fs", HydrogenMass = 0,
            FrameInterval = "0.064ps", CheckpointInterval = "0.64ps", Time = "6.4ps" };
        IReadOnlyList<FrameRow> rows = Finish(config, "warm");
        string path = Path.Combine(Folder, "warm");
        (long Step, int Replica, bool GivenUp)[] blown = [.. File.ReadLines(Path.Combine(path, "events.log")).Select(l =>
            Regex.Match(l, @"replica (\d+) blew up before step (\d+) .*?(given up|restart)"))
            .Where(m => m.Success).Select(m => (long.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture),
                int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), m.Groups[3].Value == "given up"))];
        Assert.Contains(blown, b => !b.GivenUp); // or the test would show nothing
        Assert.Empty(blown.Select(b => (b.Step, b.Replica)).Intersect(rows.Select(r => (r.Step, r.Replica))));
        Assert.Equal(rows.Count, rows.Select(r => (r.Step, r.Replica)).Distinct().Count());
        // nothing else is missing, and no configuration is there twice
        long Last(int replica) => blown.Where(b => b.Replica == replica && b.GivenUp).Select(b =>
            b.Step - 1).DefaultIfEmpty(long.MaxValue).First();
        Assert.Equal(Enumerable.Range(0, 16).Sum(m => Enumerable.Range(1, 100).Count(f => 20 * f <= Last(m)
            && !blown.Any(b => b.Replica == m && b.Step == 20 * f))), rows.Count);
        Assert.Equal(rows.Count, rows.Select(r => string.Join(' ', r.Positions.ToArray())).Distinct().Count());

        // who reads it copes, and counts
        CommandLine report = CommandLine.Run("report", path, "--json");
        Assert.Equal(0, report.ExitCode);
        using JsonDocument json = JsonDocument.Parse(report.Output);
        JsonElement health = json.RootElement.GetProperty("health");
        long givenUp = Enumerable.Range(0, 16).Where(m => Last(m) < long.MaxValue).Sum(m => 100 - rows.Where(r => r.Replica == m).Max(r =>
            r.Step) / 20);
        Assert.Equal(givenUp, health.GetProperty("framesAfterGivingUp").GetInt64());
        Assert.Equal(1600 - rows.Count - givenUp, health.GetProperty("framesSetBack").GetInt64());
        Assert.Equal(rows.Count, json.RootElement.GetProperty("statistics").GetProperty("frames").GetInt32());
        CommandLine export = CommandLine.Run("export", path, "--output", Path.Combine(Folder, "warm.xtc"));
        Assert.Equal(0, export.ExitCode);
        Assert.Contains($"{1600 - rows.Count} frames are not there", export.Error, StringComparison.Ordinal);
        List<XtcFrame> exported = XtcReader.Read(File.ReadAllBytes(Path.Combine(Folder, "warm.xtc")));
        Assert.Equal(rows.OrderBy(r => r.Replica).ThenBy(r => r.Step).Select(r => r.Step), exported.Select(f => (long)f.Step));
    }
}
