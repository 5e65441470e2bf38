using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Simulation;
using MolSampling.Potentials.OpenMM;
using MolSampling.Tests.Cli;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>Runs that stop or are killed and go on, to the bit; what is damaged, swept or cannot be written.</summary>
public sealed class SimulationResumeTests : SimulationRuns
{
    [Theory]
    [InlineData("langevin")]
    [InlineData("ghmc")]
    [InlineData("hmc")]
    [InlineData("randomized-midpoint")]
    [InlineData("langevin", "torsion,Coulomb")]
    [InlineData("ghmc", "LennardJones,generalizedBorn,surface")]
    public void A_run_that_was_stopped_equals_one_that_was_not_to_the_bit(string integrator, string? scaledTerms = null)
    {
        SimulationConfig config = Alanine with { Integrator = integrator };
        if (scaledTerms is not null)
            config = config with { Ladder = [], ScaledTerms = scaledTerms.Split(','), ScaleLadder = [1, 0.98, 0.96, 0.94, 0.92] };
        IReadOnlyList<FrameRow> whole = Finish(config, "whole");
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(Folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            int frames = 0;
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Stage == "simulating" && ++frames == 7) stop.Cancel(); },
                stop.Token));
        }
        Assert.InRange(Rows("parts").Count, 1, whole.Count - 1);
        Assert.Contains(whole, r => r.Rung != r.Replica % 5); // rungs were exchanged
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(Folder, "parts"), threads: 1)) // and on another number of threads
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
        Assert.NotEqual(Finish(config with { Seed = 8 }, "other")[^1].PotentialEnergy, whole[^1].PotentialEnergy); // power
    }

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("Reference")]
    public void An_OpenMM_run_that_was_stopped_equals_one_that_was_not_to_the_bit(string? platform)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        SimulationConfig config = Alanine with { Backend = "openmm", Platform = platform, Replicas = 4, Ladder = [300, 350], Time = "0.2ps",
            Threads = 4 };
        IReadOnlyList<FrameRow> whole = Finish(config, "whole");
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(Folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            first.Run(p => { if (p.Fraction > 0.3) stop.Cancel(); }, stop.Token);
        }
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(Folder, "parts"), threads: 1))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
        IReadOnlyList<double> last = [.. whole.TakeLast(4).Select(r => r.PotentialEnergy)];
        Assert.Equal(4, last.Distinct().Count()); // replicas have noise of their own
    }

    [Fact]
    public void Kills_at_random_moments_lose_a_segment_at_most_and_duplicate_nothing()
    {
        int times = SlowTests.Asked ? 30 : 6;
        string[] arguments = ["simulate", "--peptide", "ACE-ALA-NME", "--solvent", "obc2", "--replicas", "16", "--time", $"{4 * times}ps",
            "--frame", "0.1ps", "--checkpoint", "0.2ps", "--seed", "3", "--threads", "1"];
        Assert.Equal(0, CommandLine.Run([.. arguments, "--output", Path.Combine(Folder, "whole")]).ExitCode);
        string killed = Path.Combine(Folder, "killed");
        var random = new MolSampling.Sampling.RandomSource(5);
        long safe = 0;
        int kills = 0;
        // a busy machine takes seconds for what a quiet one does in a fraction of one
        TimeSpan beginning = BeginAndKill([.. arguments, "--output", killed], Path.Combine(killed, "manifest.json"));
        for (int n = 0; n < times; n++)
        {
            using Process process = CommandLine.Start("simulate", "--resume", killed, "--threads", "1");
            if (!process.WaitForExit(beginning * (0.6 + random.NextDouble())))
            {
                process.Kill(); // SIGKILL
                kills++;
            }
            process.WaitForExit();
            using RunDirectory directory = RunDirectory.OpenToRead(killed);
            Assert.True(directory.Manifest.Steps >= safe, "a kill lost what was safe");
            safe = directory.Manifest.Steps;
            foreach (Generation generation in directory.Manifest.Generations)
                Assert.True(File.Exists(directory.SegmentPath(generation)));
        }
        Assert.Equal(0, CommandLine.Run("simulate", "--resume", killed).ExitCode);
        Assert.True(kills >= times / 3, $"{kills} kills hit a running program"); // or the test would show nothing
        IReadOnlyList<FrameRow> rows = Rows("killed");
        Assert.Equal(rows.Count, rows.Select(r => (r.Step, r.Replica)).Distinct().Count());
        Equal(Rows("whole"), rows);
    }

    /// <summary>How long a program takes from its start to a file, at which it is killed.</summary>
    private static TimeSpan BeginAndKill(string[] arguments, string file)
    {
        var clock = Stopwatch.StartNew();
        using Process process = CommandLine.Start(arguments);
        while (!File.Exists(file))
        {
            Assert.False(process.HasExited, $"{file} did not appear");
            Thread.Sleep(1);
        }
        TimeSpan taken = clock.Elapsed;
        process.Kill();
        process.WaitForExit();
        return taken;
    }

    [Fact]
    public void A_damaged_last_segment_is_computed_again_and_an_earlier_one_is_an_error()
    {
        IReadOnlyList<FrameRow> whole = Finish(Alanine, "run");
        string path = Path.Combine(Folder, "run");
        string last = Directory.GetFiles(Path.Combine(path, "segments")).Max()!,
            first = Directory.GetFiles(Path.Combine(path, "segments")).Min()!;
        Damage(last);
        using (SimulationRun again = SimulationRun.Resume(path))
            Assert.Equal(SimulationEnd.Done, again.Run());
        Equal(whole, Rows("run"));
        Assert.Contains("was damaged and is computed again", File.ReadAllText(Path.Combine(path, "events.log")), StringComparison.Ordinal);
        Damage(Directory.GetFiles(Path.Combine(path, "checkpoint")).Max()!);
        using (SimulationRun again = SimulationRun.Resume(path))
            Assert.Equal(SimulationEnd.Done, again.Run());
        Equal(whole, Rows("run"));
        Damage(first);
        Assert.Contains(Path.GetFileName(first), Assert.Throws<MoleculeFormatException>(() => SimulationRun.Resume(path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(path, "manifest.json"), "{ \"schema\":");
        Assert.Contains("manifest", Assert.Throws<MoleculeFormatException>(() => SimulationRun.Resume(path)).Message,
            StringComparison.Ordinal);
    }

    private static void Damage(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }

    [Fact]
    public void A_signal_writes_a_checkpoint_and_asks_to_be_requeued()
    {
        foreach (string signal in new[] { "-TERM", "-USR1" })
        {
            string path = Path.Combine(Folder, signal);
            using Process process = CommandLine.Start("simulate", "--peptide", "ACE-ALA-NME", "--replicas", "16", "--time",
                "100ns", "--output", path);
            while (!File.Exists(Path.Combine(path, "status.json")) && !process.HasExited)
                Thread.Sleep(50);
            using (Process kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
                kill.WaitForExit();
            CommandLine.Await(process);
            Assert.Equal(75, process.ExitCode);
            using RunDirectory directory = RunDirectory.OpenToRead(path);
            Assert.Equal("stopped", directory.Manifest.State);
            Assert.True(directory.Manifest.Steps > 0);
            using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(path, "status.json")));
            Assert.Equal(directory.Manifest.Steps, status.RootElement.GetProperty("stepsDone").GetInt64());
        }
    }

    [Fact]
    public void A_resume_sweeps_what_the_run_did_not_finish_and_nothing_else()
    {
        Finish(Alanine with { Time = "0.2ps" }, "run");
        string path = Path.Combine(Folder, "run");
        Directory.CreateDirectory(Path.Combine(path, "postmortem"));
        string[] own = ["manifest.json.4242.part", "status.json.4242.part", "metrics.csv.4242.part", "events.log.4242.part",
            "segments/000009.parquet.4242.part", "segments/000009.parquet", "checkpoint/000009.bin.4242.part", "checkpoint/000009.bin",
            "postmortem/replica-0001-step-10.json.4242.part"];
        string[] others = ["trajectory.dcd.4242.part", "trajectory.dcd.4242.order.part", "topology.pdb.4242.part", "report.html.4242.part",
            "notes.part", "postmortem/replica-0001-step-10.json"];
        foreach (string file in own.Concat(others))
            File.WriteAllText(Path.Combine(path, file), "unfinished");
        using (SimulationRun again = SimulationRun.Resume(path))
            Assert.Equal(SimulationEnd.Done, again.Run());
        Assert.All(own, f => Assert.False(File.Exists(Path.Combine(path, f)), f));
        Assert.All(others, f => Assert.True(File.Exists(Path.Combine(path, f)), f));
    }

    [Fact]
    public void Two_processes_cannot_run_one_directory_and_a_run_is_not_begun_twice()
    {
        string path = Path.Combine(Folder, "one");
        using SimulationRun simulation = SimulationRun.Start(Alanine, path);
        Assert.Contains("another process", Assert.Throws<IOException>(() => SimulationRun.Resume(path)).Message, StringComparison.Ordinal);
        Assert.Contains("--resume", Assert.Throws<ArgumentException>(() => SimulationRun.Start(Alanine, path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Annealing_comes_before_the_first_frame_and_a_stop_in_it_loses_nothing()
    {
        SimulationConfig config = Alanine with { Anneal = "700:320:1ps", Ladder = [] };
        IReadOnlyList<FrameRow> whole = Finish(config, "whole"), plain = Finish(config with { Anneal = null }, "plain");
        Assert.Equal(plain.Select(r => (r.Step, r.Replica)), whole.Select(r => (r.Step, r.Replica)));
        Assert.All(whole, r => Assert.Equal(300, r.Temperature));
        // first atom to last
        static double Length(FrameRow row) =>
            Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(row.Positions.Span[c] - row.Positions.Span[^(3 - c)], 2)));
        double Spread(IReadOnlyList<FrameRow> rows) => rows.Where(r => r.Step == 10).Max(Length) - rows.Where(r =>
            r.Step == 10).Min(Length);
        Assert.True(Spread(whole) > 3 * Spread(plain), $"{Spread(whole)}, {Spread(plain)}"); // they begin in different places
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(Folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Stage == "annealing" && p.Fraction > 0.4) stop.Cancel(); },
                stop.Token));
        }
        Assert.Empty(Rows("parts"));
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(Folder, "parts"), threads: 1))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
        string events = File.ReadAllText(Path.Combine(Folder, "parts", "events.log"));
        Assert.Contains("annealing from 700 K to 320 K, 50 stages of 10 steps", events, StringComparison.Ordinal);
        Assert.Contains("stopped before the first frame", events, StringComparison.Ordinal);
        Assert.Contains("annealed: potential energies", events, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_stops_the_run_with_one_line_and_loses_nothing_that_was_safe()
    {
        IReadOnlyList<FrameRow> whole = Finish(Alanine, "whole");
        string path = Path.Combine(Folder, "parts");
        using (SimulationRun first = SimulationRun.Start(Alanine, path))
        {
            using var stop = new CancellationTokenSource();
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Fraction > 0.3) stop.Cancel(); }, stop.Token));
        }
        // files of this shell may have 4 KiB, less than a segment; without the ignored signal the system would end the program
        var start = new ProcessStartInfo("bash", ["-c", "trap '' XFSZ; ulimit -f 4; exec dotnet \"$@\"", "bash", CommandLine.Program,
            "simulate", "--resume", path]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // the runtime's own memory files are larger
        using (Process process = Process.Start(start)!)
        {
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(3, process.ExitCode);
            Assert.Contains("is safe", Assert.Single(error.TrimEnd().Split('\n'), line => line.StartsWith("molsampling:",
                StringComparison.Ordinal)), StringComparison.Ordinal);
        }
        using (SimulationRun second = SimulationRun.Resume(path))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
    }

    [Fact]
    public void AFolder_that_vanishes_is_an_error_that_names_what_was_safe()
    {
        string path = Path.Combine(Folder, "run");
        using SimulationRun simulation = SimulationRun.Start(Alanine, path);
        IOException error = Assert.Throws<IOException>(() =>
            simulation.Run(p => { if (p.Fraction > 0.3 && Directory.Exists(path)) Directory.Delete(path, true); }));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("is safe", error.Message, StringComparison.Ordinal);
    }
}
