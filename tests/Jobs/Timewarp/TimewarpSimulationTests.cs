using System.Text.Json;
using MolSampling.Jobs.Generators;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Simulation.Analysis;
using MolSampling.Jobs.Timewarp;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Tests.Cli;
using MolSampling.Tests.Jobs.Simulation;

namespace MolSampling.Tests.Jobs.Timewarp;

/// <summary>Learning a jump in time and simulating by it: kills, resumes, refusals, reports, and the law of what is sampled.</summary>
public sealed class TimewarpSimulationTests : SimulationRuns
{
    private static readonly TimewarpConfig s_short = new()
    {
        System = new() { Peptide = "ACE-ALA-NME", Solvent = "obc1", Temperature = 310 }, TimeStep = "4fs", Time = "24ps", Lag = "2ps",
        Frame = "0.2ps", Replicas = 16, LadderSteps = 30, Epochs = 2, PairHarmonics = 2,
    };

    [Fact]
    public void A_training_that_was_stopped_ends_with_the_bytes_of_one_that_was_not()
    {
        Train(s_short, "whole");
        string parts = Path.Combine(Folder, "parts");
        using (var stop = new CancellationTokenSource())
            Assert.False(TimewarpTraining.Start(s_short, parts).Run(p =>
            {
                if (p is { Stage: "dynamics", Fraction: > 0.4 })
                    stop.Cancel();
            }, stop.Token));
        Assert.False(File.Exists(Path.Combine(parts, LearnedJump.FileName)));
        string last = Directory.GetFiles(parts, "frames-*.bin").Order(StringComparer.Ordinal).Last();
        File.WriteAllBytes(last, File.ReadAllBytes(last)[..^5]); // torn: it is computed again
        Assert.True(TimewarpTraining.Resume(parts).Run());
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "whole", LearnedJump.FileName)),
            File.ReadAllBytes(Path.Combine(parts, LearnedJump.FileName)));
        Train(s_short with { Seed = 2 }, "other"); // power
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(Folder, "whole", LearnedJump.FileName)),
            File.ReadAllBytes(Path.Combine(Folder, "other", LearnedJump.FileName)));
    }

    [Fact]
    public void A_simulation_by_jumps_goes_on_to_the_bit_and_tells_what_became_of_them()
    {
        TimewarpFigures figures = Train(s_short, "jumps");
        Assert.InRange(figures.Acceptance, 0.01, 0.9);
        SimulationConfig config = Alanine with { Integrator = "timewarp", Proposal = Path.Combine(Folder, "jumps"), Jumps = 2 };
        IReadOnlyList<FrameRow> whole = Finish(config, "whole");
        string parts = Path.Combine(Folder, "parts");
        using (SimulationRun first = SimulationRun.Start(config with { JumpsAhead = 3, Threads = 1 }, parts))
        {
            using var stop = new CancellationTokenSource();
            int frames = 0;
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Stage == "simulating" && ++frames == 7) stop.Cancel(); },
                stop.Token));
        }
        Directory.Delete(Path.Combine(Folder, "jumps"), true); // the run has its own copy
        string copy = Path.Combine(parts, "input", LearnedJump.FileName);
        LearnedJump learned = LearnedJump.Read(copy);
        (learned with { ShapeMeans = [.. learned.ShapeMeans.Select(m => 1.02 * m)] }).Write(copy); // which no run goes on with to the bit
        Assert.Contains("not the one that the run began with", Assert.Throws<MoleculeFormatException>(() => SimulationRun.Resume(parts))
            .Message, StringComparison.Ordinal);
        learned.Write(copy);
        using (SimulationRun second = SimulationRun.Resume(parts))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts")); // whatever is evaluated ahead

        JsonElement Moves(string folder) => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "status.json")))
            .RootElement.GetProperty("moves");
        JsonElement jumps = Moves(parts).EnumerateArray().Single(m => m.GetProperty("name").GetString() == "jumps");
        Assert.Equal(20 * 2 * (200 / 5), jumps.GetProperty("proposed").GetInt32());
        Assert.InRange(jumps.GetProperty("acceptance").GetDouble(), 0.005, 0.9);
        Assert.Equal(Moves(Path.Combine(Folder, "whole")).ToString(), Moves(parts).ToString()); // counts of before the stop included
        SimulationData data = SimulationData.Read(parts, [], DateTime.UtcNow);
        using JsonDocument report = JsonDocument.Parse(SimulationReport.Json(data, SimulationAnalysis.Of(data.Trace, data.SwapAcceptances,
            null), DateTime.UtcNow));
        Assert.Equal(1600, report.RootElement.GetProperty("run").GetProperty("moves")[1].GetProperty("proposed").GetInt32());
        Assert.Contains("the jumps were learned from ff14SB + obc1 at 310 K and are used for ff14SB + obc2",
            File.ReadAllText(Path.Combine(parts, "events.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_one_line()
    {
        Train(s_short, "jumps");
        string jumps = Path.Combine(Folder, "jumps"), output = Path.Combine(Folder, "out");
        void Refused(string words, params string[] arguments)
        {
            CommandLine result = CommandLine.Run(["simulate", "--solvent", "obc1", "--replicas", "4", "--time", "0.1ps", "--frame",
                "0.02ps", "-o", output, .. arguments]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(words, result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.TrimEnd().Split('\n'));
            Assert.False(Directory.Exists(output));
        }
        string[] alanine = ["--peptide", "ACE-ALA-NME"];
        Refused("--proposal DIR", [.. alanine, "--integrator", "timewarp"]);
        Refused("belongs to --integrator timewarp", [.. alanine, "--proposal", jumps]);
        Refused("made for ACE-ALA-NME", "--peptide", "ACE-GLY-NME", "--integrator", "timewarp", "--proposal", jumps);
        Refused("no proposal.json", [.. alanine, "--integrator", "timewarp", "--proposal", Folder]);
        Refused("--jumps must lie between", [.. alanine, "--integrator", "timewarp", "--proposal", jumps, "--jumps", "0"]);
        string file = Path.Combine(jumps, LearnedJump.FileName), text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("\"shapeFactor\":[", "\"shapeFactor\":[-", StringComparison.Ordinal));
        Refused("not of its molecule", [.. alanine, "--integrator", "timewarp", "--proposal", jumps]);
        File.WriteAllText(file, text.Replace("\"torsions\":[[", "\"torsions\":[null,[", StringComparison.Ordinal));
        Refused("not of its molecule", [.. alanine, "--integrator", "timewarp", "--proposal", jumps]);
        File.WriteAllText(file, text[..^40]);
        Refused("the proposal is damaged", [.. alanine, "--integrator", "timewarp", "--proposal", jumps]);
        foreach (string[] wrong in (string[][])[["--lag", "9ns"], ["--replicas", "0"], ["--temperature", "-3"], ["CCO", "-o", jumps]])
        {
            CommandLine training = CommandLine.Run(["train", "timewarp", .. wrong[0] == "CCO" ? [] : alanine, .. wrong]);
            Assert.Equal(2, training.ExitCode);
            Assert.Single(training.Error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public void Two_trainings_do_not_share_a_folder_and_wrong_numbers_take_none()
    {
        string folder = Path.Combine(Folder, "jumps");
        using (var stop = new CancellationTokenSource())
            Assert.False(TimewarpTraining.Start(s_short, folder).Run(_ =>
            {
                if (stop.IsCancellationRequested)
                    return;
                stop.Cancel();
                foreach (Action other in new Action[] { () => TimewarpTraining.Resume(folder).Run(),
                    () => TimewarpTraining.Start(s_short with { Seed = 2 }, folder, overwrite: true) })
                    Assert.Contains("another process works here", Assert.Throws<IOException>(other).Message, StringComparison.Ordinal);
            }, stop.Token));
        Assert.Equal(s_short.ToJson() + "\n", File.ReadAllText(Path.Combine(folder, "config.json")));
        foreach (TimewarpConfig wrong in new[] { s_short with { Friction = double.PositiveInfinity },
            s_short with { HydrogenMass = double.NaN } })
            Assert.Throws<ArgumentException>(() => TimewarpTraining.Start(wrong, Path.Combine(Folder, "wrong")));
        Assert.False(Directory.Exists(Path.Combine(Folder, "wrong")));
    }

    /// <summary>The law: butane's gauche states, by jumps from chains that all begin in trans, against a ladder of temperatures.</summary>
    [Fact]
    public void Populations_by_jumps_are_those_of_a_ladder()
    {
        Train(s_short with { System = new() { Input = "CCCC", Temperature = 300 }, TimeStep = "2fs", Time = "40ps", Lag = "4ps",
            Replicas = 32 }, "jumps");
        SimulationConfig ladder = new()
        {
            Input = "CCCC", Replicas = 64, Ladder = [300, 400, 550, 750], Integrator = "ghmc", Time = "60ps", FrameInterval = "0.5ps",
            CheckpointInterval = "60ps", HydrogenMass = 3,
        };
        SimulationConfig jumps = ladder with
        {
            Replicas = 32, Ladder = [], Integrator = "timewarp", Proposal = Path.Combine(Folder, "jumps"), Jumps = 5, Time = "30ps",
            CheckpointInterval = "30ps", FrameInterval = "0.1ps",
        };
        double[] trans = Shares(Finish(ladder, "ladder"), r => r.Replica / 4), byJumps = Shares(Finish(jumps, "by jumps"), r => r.Replica);
        double Error(double[] v) => Math.Sqrt(v.Sum(x => Math.Pow(x - v.Average(), 2)) / (v.Length - 1) / v.Length);
        double z = (trans.Average() - byJumps.Average()) / Math.Sqrt(Math.Pow(Error(trans), 2) + Math.Pow(Error(byJumps), 2));
        Assert.True(Math.Abs(z) < 4,
            $"trans {trans.Average():f3} +- {Error(trans):f3} by the ladder, {byJumps.Average():f3} +- {Error(byJumps):f3} by jumps");
        Assert.True(Error(byJumps) < 0.03, $"{Error(byJumps)}");

        // of each chain on the lowest rung, after a sixth
        double[] Shares(IReadOnlyList<FrameRow> rows, Func<FrameRow, int> chain) => [.. rows.Where(r => r.Rung == 0
            && r.Step > rows[^1].Step / 6).GroupBy(chain).Select(g => g.Average(r => IsTrans(r) ? 1.0 : 0))];

        bool IsTrans(FrameRow row) => Math.Abs(Dihedral.Angle(row.Positions.Span, 0, 1, 2, 3)) > 2 * Math.PI / 3;
    }

    private TimewarpFigures Train(TimewarpConfig config, string name)
    {
        TimewarpTraining training = TimewarpTraining.Start(config, Path.Combine(Folder, name));
        Assert.True(training.Run());
        return training.Figures!;
    }
}
