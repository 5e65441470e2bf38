namespace MolSampling.Tests.Cli;

/// <summary>
/// Runs the program: in this process (<see cref="InProcess"/>), where nothing starts or is compiled anew, or as a process of its own, for
/// what only a process has: standard streams, signals, an end, a working folder. <see cref="CommandTests"/> compares the two.
/// </summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    /// <summary>What a program that hangs is given, in ms: no test judges how fast a crowded machine is.</summary>
    public const int Patience = 600_000;

    public static string Program { get; } = Path.Combine(SharedData.Checkout, "src", "Cli", "bin", "Release", "net10.0", "molsampling.dll");

    // libtorch is for tests that run alone (TorchAlone), and a benchmark may use it; help and scripts name the process's own program
    private static readonly string[] s_alone = ["train", "draw", "network", "targets", "benchmark", "doctor", "slurm", "--help",
        "--version"];

    /// <summary>In this process, unless the command uses libtorch or names its own program.</summary>
    public static CommandLine Run(params string[] arguments) => arguments.Length == 0 || arguments.Intersect(s_alone).Any()
        ? Spawn(arguments) : InProcess.Run(arguments);

    /// <summary>As a process of its own.</summary>
    public static CommandLine Spawn(params string[] arguments) => Finish(Start(arguments), arguments);

    /// <summary>In a folder of the test's own.</summary>
    public static CommandLine RunIn(string folder, params string[] arguments) => Finish(Start(folder, arguments), arguments);

    private static CommandLine Finish(Process started, string[] arguments)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(true);
            throw new TimeoutException(string.Join(' ', arguments));
        }
        return new(process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(params string[] arguments) => Start(Environment.CurrentDirectory, arguments);

    private static Process Start(string folder, string[] arguments)
    {
        // a shell starts what it puts in the background with SIGINT ignored, and a process hands that down
        var start = new ProcessStartInfo("env") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
            UseShellExecute = false };
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        start.ArgumentList.Add(Program);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Waits for a program that was asked to stop; one that does not is ended, so that it does not go on beside the other
    /// tests.</summary>
    public static void Await(Process process)
    {
        if (process.WaitForExit(Patience))
            return;
        process.Kill(true);
        Assert.Fail("it did not stop");
    }
}
