using System.Globalization;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.Systems;

namespace MolSampling.Tests.Cli;

/// <summary>molsampling slurm: the script, and what becomes of it in a real Slurm.</summary>
public sealed class SlurmTests : IDisposable
{
    private const string Config =
        """{ "peptide": "ACE-ALA-NME", "solvent": "obc2", "replicas": 8, "time": "60ps", "frameInterval": "0.1ps", "checkpointInterval": "0.4ps", "seed": 3 }""";

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-slurm-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableFact]
    public void An_array_with_a_signal_and_a_kill_ends_equal_to_an_undisturbed_one_to_the_bit()
    {
        string config = Write("run.json", Config), script = Path.Combine(_folder, "run.sh"), output = Path.Combine(_folder, "array");
        Directory.CreateDirectory(Path.Combine(_folder, "slurm"));
        using SlurmCluster slurm = SlurmCluster.Start(Path.Combine(_folder, "slurm"), cpus: 4);
        CommandLine written = CommandLine.Run("slurm", config, "--tasks", "4", "--output", output, "--script", script);
        Assert.Equal((0, ""), (written.ExitCode, written.Error));
        string job = slurm.Run("sbatch", "--parsable", script).Trim();

        SlurmCluster.Until("both tasks have checkpoints", () => Steps(output, 1) > 0 && Steps(output, 2) > 0, Details);
        slurm.Run("scancel", "--signal=USR1", "--batch", $"{job}_1"); // what --signal=B:USR1@120 sends
        Kill(output, task: 2);
        SlurmCluster.Until("the killed task has failed", () => slurm.State($"{job}_2") == "FAILED", Details);
        slurm.Run("scontrol", "requeue", $"{job}_2"); // nobody else brings a killed task back
        SlurmCluster.Until("the signalled task is back in the queue", () => slurm.State($"{job}_1") == "PENDING", Details);
        using (RunDirectory stopped = RunDirectory.OpenToRead(Path.Combine(output, "task-0001")))
        {
            Assert.Equal("stopped", stopped.Manifest.State);
            Assert.InRange(stopped.Manifest.Steps, 1, stopped.Manifest.StepsTotal - 1);
        }
        var waiting = new Dictionary<int, Stopwatch>();
        SlurmCluster.Until("all four are done", () => Enumerable.Range(0, 4).Count(IsDone) == 4, Details);

        string log = File.ReadAllText(Path.Combine(output, "task-0001.log"));
        Assert.Contains("stopped,", log, StringComparison.Ordinal); // the log is appended to, not begun anew
        Assert.Contains("back into the queue", log, StringComparison.Ordinal);
        Assert.Contains("done, 30,000 of 30,000 steps", log, StringComparison.Ordinal);
        Assert.DoesNotContain("back into the queue", File.ReadAllText(Path.Combine(output, "task-0000.log")), StringComparison.Ordinal);
        foreach (int task in new[] { 1, 2 })
            Assert.Contains("resumed at step", File.ReadAllText(Path.Combine(output, $"task-000{task}", "events.log")),
                StringComparison.Ordinal);
        Parallel.For(0, 4, ParallelWork.Options(), task =>
        {
            string whole = Path.Combine(_folder, $"whole-{task}");
            using (SimulationRun simulation = SimulationRun.Start(SimulationConfig.Read(config) with { Threads = 1 }, whole, (task, 4)))
                Assert.Equal(SimulationEnd.Done, simulation.Run());
            Equal(Rows(whole), Rows(Path.Combine(output, $"task-000{task}")));
        });
        // power: tasks differ
        Assert.NotEqual(Rows(Path.Combine(_folder, "whole-0"))[^1].PotentialEnergy,
            Rows(Path.Combine(_folder, "whole-1"))[^1].PotentialEnergy);

        // Slurm holds a requeued job back for two minutes, so that the node does not take it for the launch that was revoked; it tells them
        // apart by the second, so a few will do
        bool IsDone(int task)
        {
            string state = slurm.State($"{job}_{task}");
            if (state == "PENDING" && waiting.TryAdd(task, Stopwatch.StartNew()) is false && waiting[task].Elapsed.TotalSeconds > 4)
            {
                slurm.TryRun("scontrol", "update", $"JobId={job}_{task}", "StartTime=now"); // refused if it starts this very moment
                waiting[task].Restart();
            }
            return state == "COMPLETED";
        }

        string Details() => slurm.Run("squeue", "--states=all", "--array", "--format=%i %T %r %S") + slurm.Logs()
            + string.Concat(Directory.GetFiles(output, "*.log").Select(f => $"\n{Path.GetFileName(f)}:\n{File.ReadAllText(f)}"));
    }

    [SkippableFact]
    public void A_cancelled_job_writes_a_checkpoint_and_does_not_come_back()
    {
        string config = Write("run.json", Config.Replace("60ps", "100ns", StringComparison.Ordinal)),
            script = Path.Combine(_folder, "run.sh"), output = Path.Combine(_folder, "array");
        Directory.CreateDirectory(Path.Combine(_folder, "slurm"));
        using SlurmCluster slurm = SlurmCluster.Start(Path.Combine(_folder, "slurm"), cpus: 1);
        Assert.Equal(0, CommandLine.Run("slurm", config, "--output", output, "--script", script).ExitCode);
        string job = slurm.Run("sbatch", "--parsable", script).Trim();
        SlurmCluster.Until("a checkpoint", () => Steps(output, 0) > 0, slurm.Logs);
        slurm.Run("scancel", job);
        SlurmCluster.Until("the job is gone", () => slurm.State($"{job}_0") == "CANCELLED", slurm.Logs);
        SlurmCluster.Until("a last checkpoint",
            () => File.ReadAllText(Path.Combine(output, "task-0000", "manifest.json")).Contains("\"stopped\"", StringComparison.Ordinal),
            slurm.Logs);
        Assert.Empty(slurm.Run("squeue", "--noheader").Trim());
        Assert.DoesNotContain("back into the queue", File.ReadAllText(Path.Combine(output, "task-0000.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_script_says_what_was_asked_for_and_survives_odd_names()
    {
        string folder = Path.Combine(_folder, "it's a run"), config = Write("odd name.json", Config);
        CommandLine run = CommandLine.Run("slurm", config, "--tasks", "12", "--at-once", "3", "--time-limit", "2-12", "--cpus", "8",
            "--partition", "long", "--memory", "2G", "--sbatch=--qos=low",
            "--signal-before", "300", "--output", folder);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string line in new[] { "--array=0-11%3", "--time=2-12", "--cpus-per-task=8", "--partition=long", "--mem=2G", "--qos=low",
            "--signal=B:USR1@300", "--requeue", "--open-mode=append",
            "--job-name=\"odd name\"", $"--output=\"{folder}/task-%4a.log\"" })
            Assert.Contains($"\n#SBATCH {line}\n", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("#!/bin/bash\n", run.Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(folder)); // or Slurm could open no log

        // the shell gives the program the words that were meant
        string words = Bash(run.Output, "printf '%s\\n' \"$@\"");
        Assert.Equal(["simulate", "--config", config, "--output", folder, "--task-index", "7", "--task-count", "12", "--threads", "8"],
            words.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..11]);
    }

    [Fact]
    public void A_list_of_molecules_becomes_an_array_whose_tasks_share_a_folder()
    {
        string list = Write("some molecules.smi", "O water\nC1CC broken\nN ammonia\n"), folder = Path.Combine(_folder, "out"),
            script = Path.Combine(_folder, "run.sh");
        CommandLine run = CommandLine.Run("slurm", list, "--tasks", "8", "--output", folder, "--script", script, "--", "--samples", "20",
            "--method", "etkdg");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("8 tasks of 3 molecules", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "run.json"))); // the tasks find the run
        string words = Bash(File.ReadAllText(script), "printf '%s\\n' \"$@\"");
        Assert.Equal(["conformers", list, "--samples", "20", "--method", "etkdg", "--output", folder, "--task-index", "7", "--task-count",
            "8", "--threads", "8"], words.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..14]);
        foreach (int task in Enumerable.Range(0, 8)) // what Slurm would start; five of them have nothing to do
            Assert.Equal(task == 1 ? 2 : 0, CommandLine.Run("conformers", list, "--samples", "20", "--method", "etkdg", "--output", folder,
                "--task-index", $"{task}", "--task-count", "8", "--threads", "1", "--quiet").ExitCode);
        Assert.True(File.Exists(Path.Combine(folder, "conformers.sdf")));
    }

    [Theory]
    [InlineData("list.smi", "O\nN\n", "--sample", "unknown option '--sample'; did you mean --samples?")]
    [InlineData("list.smi", "O\nN\n", "--threads", "is the queue's to say")]
    [InlineData("list.smi", "", "--json", "holds no SMILES")]
    [InlineData("run.json", Config, "--json", "are for a list of molecules")]
    public void What_no_task_could_run_is_refused_before_the_queue(string name, string text, string option, string reason)
    {
        CommandLine run = CommandLine.Run("slurm", Write(name, text), "--output", Path.Combine(_folder, "out"), "--", option);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    [Theory]
    [InlineData("exit 75", true)]
    [InlineData("exit 0", false)]
    [InlineData("exit 3", false)]
    [InlineData("kill -KILL $$", false)] // out of memory, say: it would come back for ever
    [InlineData("kill -USR1 $PPID; sleep 5", true)] // the program does not listen yet and dies of the signal
    [InlineData("trap 'sleep 0.3; exit 75' USR1; kill -USR1 $PPID; while :; do sleep 0.05; done", true)]
    [InlineData("trap 'sleep 0.3; exit 75' TERM; kill -TERM $PPID; while :; do sleep 0.05; done", false)]
    public void Only_a_checkpoint_that_the_queue_asked_for_is_requeued(string program, bool isRequeued)
    {
        CommandLine run = CommandLine.Run("slurm", Write("run.json", Config), "--tasks", "8", "--output", Path.Combine(_folder, "out"));
        string output = Bash(run.Output, program);
        Assert.Equal(isRequeued, output.Contains("scontrol requeue 41_7", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--tasks", "0", "--tasks must be at least 1")]
    [InlineData("--cpus", "-2", "--cpus must be at least 1")]
    [InlineData("--time-limit", "a day", "is not in Slurm's notation")]
    [InlineData("--time-limit", "2", "leaves no time")]
    [InlineData("--signal-before", "0", "--signal-before must be")]
    [InlineData("--sbatch", "qos", "is not an option of sbatch")]
    [InlineData("--job-name", "a\"b", "cannot be written")]
    [InlineData("--output", "100%", "cannot be written")]
    public void Wrong_options_are_one_line_and_exit_code_2(string option, string value, string reason)
    {
        CommandLine run = CommandLine.Run("slurm", Write("run.json", Config), option, option == "--output" ? Path.Combine(_folder, value)
            : value);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\", \"replicaz\": 8 }", "replicaz")]
    [InlineData("{ \"peptide\": \"ACE-ALA-NME\", \"time\": \"1.0005ps\" }", "is not a multiple")]
    [InlineData("{ \"input\": \"no-such-file.pdb\" }", "there is no such file")]
    [InlineData("{ \"input\": \"CCO\", \"forceField\": \"ff14SB\" }", "does not fit")]
    public void A_configuration_that_cannot_run_is_refused_before_the_queue(string config, string reason)
    {
        string script = Path.Combine(_folder, "run.sh");
        CommandLine run = CommandLine.Run("slurm", Write("run.json", config), "--script", script, "--output", Path.Combine(_folder, "out"));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(script));
        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    /// <summary>Runs the script as Slurm would, with a shell script in the program's place; what scontrol is called with is
    /// echoed.</summary>
    private string Bash(string script, string program)
    {
        string[] lines = script.Split('\n');
        int call = Array.FindIndex(lines, l => l.Contains(" --output ", StringComparison.Ordinal) && l.EndsWith('\\'));
        string stub = Write("program.sh", program), command = lines[call].Contains(" simulate ", StringComparison.Ordinal) ? " simulate "
            : " conformers ";
        lines[call] = $"/bin/bash '{stub}'{command}" + lines[call].Split(command, 2)[1];
        Write("scontrol", "#!/bin/sh\necho scontrol \"$@\"\n");
        using (Process mode = Process.Start("chmod", ["+x", Path.Combine(_folder, "scontrol")]))
            mode.WaitForExit();
        var start = new ProcessStartInfo("/bin/bash", [Write("job.sh", string.Join('\n', lines))]) { RedirectStandardOutput = true,
            RedirectStandardError = true };
        (start.Environment["SLURM_ARRAY_JOB_ID"], start.Environment["SLURM_ARRAY_TASK_ID"], start.Environment["SLURM_CPUS_PER_TASK"]) =
            ("41", "7", "8");
        start.Environment["PATH"] = $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.Delete(path);
        File.WriteAllText(path, text);
        return path;
    }

    private static long Steps(string output, int task)
    {
        string path = Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"task-{task:d4}"));
        if (!File.Exists(Path.Combine(path, "manifest.json")))
            return 0;
        using RunDirectory directory = RunDirectory.OpenToRead(path);
        return directory.Manifest.Steps;
    }

    /// <summary>Sends SIGKILL to the program of one task, found by its command line, which names this test's folder.</summary>
    private static void Kill(string output, int task)
    {
        foreach (string directory in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            string[] words;
            try
            {
                words = File.ReadAllText(Path.Combine(directory, "cmdline")).Split('\0');
            }
            catch (IOException)
            {
                continue; // it ended meanwhile
            }
            int index = Array.IndexOf(words, "--task-index");
            if (!words.Contains(output) || index < 0 || words[index + 1] != task.ToString(CultureInfo.InvariantCulture))
                continue;
            using var process = Process.GetProcessById(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture));
            process.Kill();
            return;
        }
        Assert.Fail($"task {task} does not run");
    }

    private static IReadOnlyList<FrameRow> Rows(string path)
    {
        using RunDirectory directory = RunDirectory.OpenToRead(path);
        int atoms = SystemLoader.Load(directory.Manifest.Config.Source(directory.InputFolder)).AtomCount;
        return [.. directory.Manifest.Generations.SelectMany(g => SegmentFile.ReadAsync(directory.SegmentPath(g),
            atoms).GetAwaiter().GetResult())];
    }

    private static void Equal(IReadOnlyList<FrameRow> a, IReadOnlyList<FrameRow> b)
    {
        Assert.Equal(600 * 8, a.Count);
        Assert.Equal(a.Count, b.Count);
        for (int n = 0; n < a.Count; n++)
        {
            Assert.Equal(a[n] with { Positions = default }, b[n] with { Positions = default });
            Assert.True(a[n].Positions.Span.SequenceEqual(b[n].Positions.Span), $"row {n}");
        }
    }
}
