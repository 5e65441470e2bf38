using System.Diagnostics;

namespace MolSampling.Tests.Cli;

/// <summary>scripts/bootstrap.sh, where it may not install and where nothing is to be done.</summary>
public sealed class BootstrapTests
{
    [SkippableFact]
    public void Where_it_may_not_install_it_prints_the_one_command()
    {
        (int exit, string output, string error) = Bash("missing_packages() { echo cmake; echo librdkit-dev; }; MOLSAMPLING_NO_INSTALL=1 CONDA_PREFIX= install_missing");
        Skip.If(error.Contains("package manager", StringComparison.Ordinal), "no apt-get here");
        Assert.Equal(3, exit);
        Assert.Empty(output);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Contains("apt-get install -y --no-install-recommends cmake librdkit-dev", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_found_is_not_asked_for()
    {
        (int exit, string output, _) = Bash("missing_packages");
        Assert.Equal(0, exit);
        Assert.DoesNotContain("cmake", output, StringComparison.Ordinal); // the tests ran because it is here
    }

    private static (int Exit, string Output, string Error) Bash(string script)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = SharedData.Checkout };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("source scripts/bootstrap.sh; " + script);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error);
    }
}
