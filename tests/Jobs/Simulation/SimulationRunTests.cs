using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MolSampling.Jobs.Simulation;
using MolSampling.Jobs.Simulation.Analysis;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.OpenMM;
using MolSampling.Tests.Cli;
using MolSampling.Tests.Formats;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>Run directories: to-the-bit resume, kills at random moments, damage, blow-ups, bad input.</summary>
public sealed class SimulationRunTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-simulation-").FullName;

    private static SimulationConfig Alanine => new()
    {
        Peptide = "ACE-ALA-NME", ForceField = "ff14SB", Solvent = "obc2", Replicas = 20, Time = "0.4ps", FrameInterval = "0.02ps",
            CheckpointInterval = "0.1ps", TimeStep = "2fs", Seed = 7, Ladder = [300, 330, 360, 400, 440],
    };

    public void Dispose() => Directory.Delete(_folder, true);

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
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(_folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            int frames = 0;
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Stage == "simulating" && ++frames == 7) stop.Cancel(); },
                stop.Token));
        }
        Assert.InRange(Rows("parts").Count, 1, whole.Count - 1);
        Assert.Contains(whole, r => r.Rung != r.Replica % 5); // rungs were exchanged
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(_folder, "parts"), threads: 1)) // and on another number of threads
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
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(_folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            first.Run(p => { if (p.Fraction > 0.3) stop.Cancel(); }, stop.Token);
        }
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(_folder, "parts"), threads: 1))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
        IReadOnlyList<double> last = [.. whole.TakeLast(4).Select(r => r.PotentialEnergy)];
        Assert.Equal(4, last.Distinct().Count()); // replicas have noise of their own
    }

    [Fact]
    public void Kills_at_random_moments_lose_a_segment_at_most_and_duplicate_nothing()
    {
        int times = SlowTests.Asked ? 30 : 10;
        string[] arguments = ["simulate", "--peptide", "ACE-ALA-NME", "--solvent", "obc2", "--replicas", "16", "--time", $"{4 * times}ps",
            "--frame", "0.1ps", "--checkpoint", "0.2ps", "--seed", "3", "--threads", "1"];
        Assert.Equal(0, CommandLine.Run([.. arguments, "--output", Path.Combine(_folder, "whole")]).ExitCode);
        string killed = Path.Combine(_folder, "killed");
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
        string path = Path.Combine(_folder, "run");
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

    [Fact]
    public void A_signal_writes_a_checkpoint_and_asks_to_be_requeued()
    {
        foreach (string signal in new[] { "-TERM", "-USR1" })
        {
            string path = Path.Combine(_folder, signal);
            using Process process = CommandLine.Start("simulate", "--peptide", "ACE-ALA-NME", "--replicas", "16", "--time", "100ns", "--output", path);
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
    public void A_replica_that_blows_up_is_restarted_then_given_up_and_the_others_go_on()
    {
        // 9 fs without heavy hydrogens is beyond what bonds to hydrogen allow
        SimulationConfig config = Alanine with { Replicas = 16, Ladder = [], TimeStep = "9fs", HydrogenMass = 0, FrameInterval = "0.9ps",
            CheckpointInterval = "9ps", Time = "18ps" };
        string path = Path.Combine(_folder, "hot");
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
        string path = Path.Combine(_folder, "hot");
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
        string path = Path.Combine(_folder, "warm");
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
        CommandLine export = CommandLine.Run("export", path, "--output", Path.Combine(_folder, "warm.xtc"));
        Assert.Equal(0, export.ExitCode);
        Assert.Contains($"{1600 - rows.Count} frames are not there", export.Error, StringComparison.Ordinal);
        List<XtcFrame> exported = XtcReader.Read(File.ReadAllBytes(Path.Combine(_folder, "warm.xtc")));
        Assert.Equal(rows.OrderBy(r => r.Replica).ThenBy(r => r.Step).Select(r => r.Step), exported.Select(f => (long)f.Step));
    }

    [Fact]
    public void A_resume_sweeps_what_the_run_did_not_finish_and_nothing_else()
    {
        Finish(Alanine with { Time = "0.2ps" }, "run");
        string path = Path.Combine(_folder, "run");
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
        string path = Path.Combine(_folder, "one");
        using SimulationRun simulation = SimulationRun.Start(Alanine, path);
        Assert.Contains("another process", Assert.Throws<IOException>(() => SimulationRun.Resume(path)).Message, StringComparison.Ordinal);
        Assert.Contains("--resume", Assert.Throws<ArgumentException>(() => SimulationRun.Start(Alanine, path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\", \"replicaz\": 4 }", "replicaz")]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\",\n \"replicas\": \"four\" }", "line 2")]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\",\n \"replicas\": 4,, }", "line 2")]
    public void Mistakes_in_a_configuration_are_named(string json, string named)
    {
        string message = Assert.Throws<MoleculeFormatException>(() => SimulationConfig.Parse(json, "run.json")).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.DoesNotContain("MolSampling.Molecular", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--time", "10parsecs", "is not a time")]
    [InlineData("--time", "1.0005ps", "is not a multiple")]
    [InlineData("--time-step", "200fs", "too long")]
    [InlineData("--replicas", "0", "must be positive")]
    [InlineData("--ladder", "300,280", "must ascend")]
    [InlineData("--ladder", "300,310,320", "is not a multiple")]
    [InlineData("--scale-ladder", "1,0.8", "go together")]
    [InlineData("--anneal", "600:300", "two temperatures and a time")]
    [InlineData("--anneal", "600:300:50ps:cubic", "two temperatures and a time")]
    [InlineData("--anneal", "600:300:1ps", "two stages")]
    [InlineData("--anneal", "600:300:1.5ps", "is not a multiple of --frame")]
    [InlineData("--anneal", "600:-3:5ps", "positive temperatures")]
    [InlineData("--scaled-terms torsion --scale-ladder", "0.9,0.8", "its scale is 1")]
    [InlineData("--scaled-terms torsion --scale-ladder", "1,0.8,0.9", "smaller scale")]
    [InlineData("--scaled-terms torsion --scale-ladder", "1,0.8,x", "is not a number")]
    [InlineData("--scaled-terms torsion --scale-ladder 1,0.8 --ladder", "300,310,320,330", "has 4 rungs")]
    [InlineData("--scaled-terms torsion --scale-ladder 1,0.8 --backend", "openmm", "engine only")]
    [InlineData("--scaled-terms torsion --scale-ladder 1,0.8 --device", "auto", "CPU only")]
    [InlineData("--scale-ladder 1,0.8 --scaled-terms", "torsions", "it has bond, angle, torsion, LennardJones, Coulomb")]
    [InlineData("--scale-ladder 1,0.8 --solvent obc2 --scaled-terms", "generalizedBorn", "name both or neither")]
    [InlineData("--solvent", "tea", "is unknown")]
    [InlineData("--temperature", "-3", "cannot be simulated")]
    [InlineData("--integrator", "euler", "is unknown")]
    [InlineData("--platform", "CPU", "belongs to --backend openmm")]
    [InlineData("--device", "cuda:99", "is not here")]
    [InlineData("--hydrogen-mass", "40", "0 (unchanged) or 1 to 5")]
    [InlineData("--time 1.4ps --checkpoint 1.4ps --integrator ghmc --frame", "0.014ps",
        "trajectories of 5 steps: --frame must be a multiple of them")]
    [InlineData("--time 1.4ps --checkpoint 1.4ps --integrator hmc --frame", "0.014ps",
        "trajectories of 5 steps: --frame must be a multiple of them")]
    // an unknown platform where it is installed, how to install it where it is not
    [InlineData("--backend openmm --platform", "Abacus", "OpenMM")]
    [InlineData("--force-field", "nothing.xml", "nothing.xml")]
    [InlineData("--task-index", "3", "go together")]
    public void Wrong_options_are_one_line_and_exit_code_2(string option, string value, string reason)
    {
        CommandLine run = CommandLine.Run(["simulate", "--peptide", "ACE-ALA-NME", "--output", Path.Combine(_folder, "never"),
            .. option.Split(' '), value]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(Path.Combine(_folder, "never", "manifest.json")));
    }

    [Fact]
    public void Recorded_energies_of_a_Hamiltonian_ladder_are_the_target_s_and_the_scaled_part()
    {
        SimulationConfig config = Alanine with { Ladder = [300, 310, 320, 330, 340], ScaledTerms = ["torsion", "Coulomb"],
            ScaleLadder = [1, 0.9, 0.8, 0.7, 0.7] };
        IReadOnlyList<FrameRow> rows = Finish(config, "scaled");
        var potential = new ForceFieldPotential(SystemLoader.Load(config.Source()).Energy.Parameters!);
        double[] terms = new double[potential.EnergyNames.Count], forces = new double[3 * potential.AtomCount];
        foreach (FrameRow row in rows)
        {
            potential.EvaluateTerms([.. row.Positions.ToArray().Select(x => (double)x)], forces, terms);
            Assert.Equal(config.Ladder[row.Rung], row.Temperature);
            Assert.Equal(terms.Sum(), row.PotentialEnergy, 0.02); // float lanes
            Assert.Equal(terms.Where((_, t) => config.ScaledTerms.Contains(potential.EnergyNames[t])).Sum(), row.ScaledEnergy, 0.02);
        }
        SimulationTrace trace = SimulationData.Read(Path.Combine(_folder, "scaled"), [], DateTime.UtcNow).Trace;
        Assert.Equal(config.ScaleLadder, trace.Rungs.Scales);
        Assert.Equal(rows.Select(r => r.ScaledEnergy).Order(), trace.Ladders.SelectMany(l => l.ScaledEnergies).Order());
        Assert.All(Finish(Alanine, "plain"), row => Assert.Equal(0, row.ScaledEnergy)); // such files have no column
    }

    [Fact]
    public void The_target_of_a_Hamiltonian_ladder_is_sampled_as_without_one()
    {
        SimulationConfig plain = Alanine with { Ladder = [], Replicas = 64, Friction = 5, Time = "60ps", FrameInterval = "0.2ps",
            CheckpointInterval = "20ps" };
        SimulationConfig ladder = plain with { ScaledTerms = ["torsion", "LennardJones", "Coulomb", "generalizedBorn", "surface"],
            ScaleLadder = [1, 0.9, 0.8, 0.7], Seed = 8 };
        // independent groups: each replica without a ladder, each ladder with one
        (double Mean, double Error) Energy(IReadOnlyList<FrameRow> rows, int rung, int group)
        {
            double[] means = [.. rows.Where(r => r.Rung == rung && r.TimePicoseconds > 10).GroupBy(r => r.Replica / group).Select(g =>
                g.Average(r => r.PotentialEnergy))];
            double mean = means.Average();
            return (mean, Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (means.Length - 1) / means.Length));
        }
        IReadOnlyList<FrameRow> with = Finish(ladder, "with");
        (double expected, double expectedError) = Energy(Finish(plain, "without"), 0, 1);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"no ladder: {expected:f3} ± {expectedError:f3} kJ/mol"));
        double[] scores = [.. Enumerable.Range(0, 4).Select(rung =>
        {
            (double mean, double error) = Energy(with, rung, 4);
            double z = Math.Abs(mean - expected) / Math.Sqrt(error * error + expectedError * expectedError);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"scale {ladder.ScaleLadder[rung]}: {mean:f3} ± {error:f3} kJ/mol, z {z:f2}"));
            return z;
        })];
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "with", "status.json")));
        output.WriteLine($"swaps {string.Join(", ", status.RootElement.GetProperty("swapAcceptances").EnumerateArray())}");
        Assert.All(status.RootElement.GetProperty("swapAcceptances").EnumerateArray(), a => Assert.InRange(a.GetDouble(), 0.2, 0.95));
        Assert.True(scores[0] < 4);
        Assert.All(scores[1..], z => Assert.True(z > 4)); // power: the other rungs sample other laws
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
        using (SimulationRun first = SimulationRun.Start(config, Path.Combine(_folder, "parts")))
        {
            using var stop = new CancellationTokenSource();
            Assert.Equal(SimulationEnd.Stopped, first.Run(p => { if (p.Stage == "annealing" && p.Fraction > 0.4) stop.Cancel(); },
                stop.Token));
        }
        Assert.Empty(Rows("parts"));
        using (SimulationRun second = SimulationRun.Resume(Path.Combine(_folder, "parts"), threads: 1))
            Assert.Equal(SimulationEnd.Done, second.Run());
        Equal(whole, Rows("parts"));
        string events = File.ReadAllText(Path.Combine(_folder, "parts", "events.log"));
        Assert.Contains("annealing from 700 K to 320 K, 50 stages of 10 steps", events, StringComparison.Ordinal);
        Assert.Contains("stopped before the first frame", events, StringComparison.Ordinal);
        Assert.Contains("annealed: potential energies", events, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_stops_the_run_with_one_line_and_loses_nothing_that_was_safe()
    {
        IReadOnlyList<FrameRow> whole = Finish(Alanine, "whole");
        string path = Path.Combine(_folder, "parts");
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
    public void A_folder_that_vanishes_is_an_error_that_names_what_was_safe()
    {
        string path = Path.Combine(_folder, "run");
        using SimulationRun simulation = SimulationRun.Start(Alanine, path);
        IOException error = Assert.Throws<IOException>(() =>
            simulation.Run(p => { if (p.Fraction > 0.3 && Directory.Exists(path)) Directory.Delete(path, true); }));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("is safe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_residue_is_named_in_one_line()
    {
        CommandLine run = CommandLine.Run("simulate", "--peptide", "ACE-ALX-NME", "--output", Path.Combine(_folder, "never"));
        Assert.Equal((2, "molsampling: 'ACE-ALX-NME': there is no residue 'ALX'"), (run.ExitCode, run.Error.TrimEnd()));
    }

    [SkippableFact]
    public void Every_kind_of_input_runs()
    {
        string prmtop = SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop"),
            crd = SharedData.Require("alanine-dipeptide/alanine-dipeptide.crd"),
            pdb = SharedData.Require("alanine-dipeptide/alanine-dipeptide.pdb");
        string xml = Path.Combine(_folder, "system.xml");
        MolecularSystem system = SystemLoader.Load(new SimulationConfig { Input = prmtop, Coordinates = crd, Solvent = "obc2" }.Source());
        File.WriteAllText(xml, system.Energy.Xml);
        SimulationConfig brief = new() { Replicas = 2, Time = "0.1ps", FrameInterval = "0.05ps", CheckpointInterval = "0.1ps" };
        SimulationConfig[] kinds =
        [
            brief with { Input = prmtop, Coordinates = crd, Solvent = "obc1" }, brief with { Input = pdb, ForceField = "ff96",
                Solvent = "obc2" },
            brief with { Input = xml, Coordinates = pdb }, brief with { Input = "CCO" },
        ];
        foreach ((SimulationConfig config, int n) in kinds.Select((c, n) => (c, n)))
            Assert.Equal(2 * 2, Finish(config, $"kind{n}").Count);
        Assert.Equal(2, system.NamedTorsions.Torsions.Count);
        Assert.Equal([(0, 1)], system.NamedTorsions.RamachandranPairs);
    }

    [Fact]
    public void Replicas_of_a_SMILES_start_from_embeddings_that_are_numbered_alike()
    {
        // no motion exchanges the methyls: replicas of two numberings would never agree about the torsions that name them
        MolecularSystem system = SystemLoader.Load(new SimulationConfig { Input = "CC(C)Cc1ccccc1", Replicas = 16 }.Source());
        Molecule molecule = system.Molecule!;
        Assert.Equal(16, system.Starts.Count);
        foreach (int centre in Enumerable.Range(0, molecule.Atoms.Count).Where(a => molecule.Neighbours[a].Length == 4))
            Assert.Single(system.Starts.Select(x => Math.Sign(Stereoisomer.SignedVolume([.. x.Select(v => (float)v)], 1, 0, centre,
                molecule.Neighbours[centre]))).Distinct());
    }

    [SkippableFact]
    public void Constraints_of_a_System_XML_count_in_the_kinetic_temperature()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        MolecularSystem free = SystemLoader.Load(Alanine.Source());
        double[] x = free.Starts[0];
        string[] constraints = [.. free.Topology.Bonds.Where(b => free.Topology.Atoms[b.I].AtomicNumber == 1
            || free.Topology.Atoms[b.J].AtomicNumber == 1).Select(b =>
            string.Create(CultureInfo.InvariantCulture,
                $"<Constraint d=\"{Math.Sqrt(Enumerable.Range(0, 3).Sum(c => Math.Pow(x[3 * b.I + c] - x[3 * b.J + c], 2))):r}\" p1=\"{b.I}\" p2=\"{b.J}\"/>"))];
        Assert.Equal(12, constraints.Length); // to hydrogen
        string xml = Path.Combine(_folder, "system.xml"), pdb = Path.Combine(_folder, "start.pdb");
        File.WriteAllText(xml, free.Energy.Xml!.Replace("<Constraints />", $"<Constraints>{string.Concat(constraints)}</Constraints>",
            StringComparison.Ordinal));
        PdbWriter.Write(pdb, new(free.Topology, x));
        SimulationConfig config = new() { Input = xml, Coordinates = pdb, Backend = "openmm", Replicas = 8, Time = "3ps", FrameInterval =
            "0.1ps", CheckpointInterval = "1ps", Friction = 20, Seed = 3 };
        FrameRow[] rows = [.. Finish(config, "run").Where(r => r.TimePicoseconds > 0.5)];
        const int dof = 66 - 12;
        double Kelvin(int degrees) => rows.Average(r => 2 * r.KineticEnergy / (degrees * Units.GasConstant));
        double error = 300 * Math.Sqrt(2.0 / dof / rows.Length);
        Assert.True(Math.Abs(Kelvin(dof) - 300) < 4 * error, $"{Kelvin(dof)} ± {error} K");
        Assert.True(Math.Abs(Kelvin(66) - 300) > 6 * error); // power: 3N is told apart
        using JsonDocument json = JsonDocument.Parse(CommandLine.Run("report", Path.Combine(_folder, "run"), "--json").Output);
        JsonElement rung = json.RootElement.GetProperty("temperatures")[0];
        Assert.InRange(rung.GetProperty("kineticTemperatureK").GetDouble(), 280, 320);
        using JsonDocument status = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "run", "status.json")));
        long last = rows.Max(r => r.Step);
        Assert.Equal(rows.Where(r => r.Step == last).Average(r => 2 * r.KineticEnergy / (dof * Units.GasConstant)),
            status.RootElement.GetProperty("kineticTemperature").GetDouble(), 0.01);
    }

    private IReadOnlyList<FrameRow> Finish(SimulationConfig config, string name)
    {
        using SimulationRun simulation = SimulationRun.Start(config, Path.Combine(_folder, name));
        Assert.Equal(SimulationEnd.Done, simulation.Run());
        return Rows(name);
    }

    private IReadOnlyList<FrameRow> Rows(string name)
    {
        using RunDirectory directory = RunDirectory.OpenToRead(Path.Combine(_folder, name));
        int atoms = SystemLoader.Load(directory.Manifest.Config.Source(directory.InputFolder)).AtomCount;
        return [.. directory.Manifest.Generations.SelectMany(g => SegmentFile.ReadAsync(directory.SegmentPath(g),
            atoms).GetAwaiter().GetResult())];
    }

    private static void Equal(IReadOnlyList<FrameRow> a, IReadOnlyList<FrameRow> b)
    {
        Assert.Equal(a.Count, b.Count);
        for (int n = 0; n < a.Count; n++)
        {
            Assert.Equal(a[n] with { Positions = default }, b[n] with { Positions = default });
            Assert.True(a[n].Positions.Span.SequenceEqual(b[n].Positions.Span), $"row {n}");
        }
    }

    private static void Damage(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(file, bytes);
    }
}
