namespace MolSampling.Tests.Cli;

/// <summary>Runs the real program.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    /// <summary>What a program that hangs is given, in ms: no test judges how fast a crowded machine is.</summary>
    public const int Patience = 600_000;

    public static string Program { get; } = Path.Combine(SharedData.Checkout, "src", "Cli", "bin", "Release", "net10.0", "molsampling.dll");

    public static CommandLine Run(params string[] arguments) => Finish(Start(arguments), arguments);

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
