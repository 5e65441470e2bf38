namespace MolSampling.Tests.Cli;

/// <summary>Signals are heard from the program's first instant: a queue sends them when it likes.</summary>
public sealed class SignalTests : IDisposable
{
    private const int Requeue = 75, Terminated = 128 + 15;

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-signals").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    public static TheoryData<string, string[]> Commands => new()
    {
        { "manifest.json", ["simulate", "--peptide", "ACE-ALA-NME", "--solvent", "obc2", "--time", "10ns", "--replicas", "8", "--output"] },
        { "run.json", ["train", "gmm40", "--output"] },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Whenever_it_comes_a_long_task_ends_with_75_or_has_begun_nothing(string manifest, string[] arguments)
    {
        foreach (int delay in new[] { 60, 150, 300, 600, -1 })
        {
            string output = Path.Combine(_folder, $"{manifest}{delay}");
            using Process process = CommandLine.Start([.. arguments, output]);
            Task<string> error = process.StandardError.ReadToEndAsync(), text = process.StandardOutput.ReadToEndAsync();
            if (delay >= 0)
                Thread.Sleep(delay);
            else
                while (!File.Exists(Path.Combine(output, manifest)))
                    Thread.Sleep(5);
            Send(process, "TERM");
            CommandLine.Await(process);
            if (process.ExitCode == Terminated && delay >= 0)
                Assert.False(Directory.Exists(output)); // before the first line of the program
            else
                Assert.True(process.ExitCode == Requeue, $"{process.ExitCode} after {delay} ms: {await error}{await text}");
        }
    }

    /// <summary>scancel signals all processes of a job, and the job's script passes on what it gets.</summary>
    [Fact]
    public void An_echo_of_a_signal_is_no_second_one()
    {
        string output = Path.Combine(_folder, "echo");
        using Process process = CommandLine.Start("simulate", "--peptide", "AAAAAAAA", "--solvent", "obc2", "--time", "10ns", "--frame",
            "50ps", "--checkpoint", "100ps", "--replicas", "8", "--output", output);
        string log = Path.Combine(output, "events.log");
        while (!File.Exists(log) || !ReadShared(log).Contains("runs from step", StringComparison.Ordinal))
            Thread.Sleep(5);
        using Process kill = Process.Start("bash", ["-c", $"kill -TERM {process.Id}; sleep 0.01; kill -TERM {process.Id}"]);
        CommandLine.Await(process);
        Assert.Equal(Requeue, process.ExitCode);
        Assert.Contains("\"state\": \"stopped\"", File.ReadAllText(Path.Combine(output, "manifest.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_signal_ends_the_program()
    {
        string output = Path.Combine(_folder, "hard");
        using Process process = CommandLine.Start("simulate", "--peptide", "AAAAAAAA", "--solvent", "obc2", "--time", "10ns", "--frame", "1ns", "--checkpoint", "10ns", "--replicas", "8", "--output", output);
        string log = Path.Combine(output, "events.log");
        while (!File.Exists(log) || !ReadShared(log).Contains("runs from step", StringComparison.Ordinal))
            Thread.Sleep(5); // before, a signal is heard at once
        Send(process, "INT");
        Thread.Sleep(500);
        Send(process, "TERM"); // a frame of a nanosecond is far away
        CommandLine.Await(process);
        Assert.Equal(Terminated, process.ExitCode);
    }

    private static string ReadShared(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }

    private static void Send(Process process, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }
}
