namespace MolSampling.Tests.Cli;

/// <summary>scripts/bootstrap.sh, where it may not install and where nothing is to be done.</summary>
public sealed class BootstrapTests
{
    [SkippableFact]
    public void Where_it_may_not_install_it_prints_the_one_command()
    {
        (int exit, string output, string error) =
            Bash("missing_packages() { echo cmake; echo librdkit-dev; }; MOLSAMPLING_NO_INSTALL=1 CONDA_PREFIX= install_missing");
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

    /// <summary>Case build-lock-outlives-the-build: what a build leaves behind (compiler servers) does not keep the lock, and a start that
    /// waits says what for.</summary>
    [SkippableFact]
    public void A_process_that_outlives_the_build_does_not_hold_the_lock_and_a_waiting_start_says_so()
    {
        string root = Directory.CreateTempSubdirectory("molsampling-bootstrap").FullName;
        try
        {
            Skip.If(Bash("command -v flock").Exit != 0, "no flock here");
            string own = WithoutABuild(root);
            (int exit, _, string error) =
                Bash(own + "build_managed() { sleep 300 </dev/null >/dev/null 2>&1 & echo $! >$bootstrap_root/server; }; bootstrap program");
            Assert.Equal((0, ""), (exit, error));
            Assert.True(File.Exists($"{root}/build/stamp.program"));
            // it runs, and the lock is free
            Assert.Equal(0, Bash(own + "kill -0 $(cat $bootstrap_root/server) && flock -n $bootstrap_root/build/lock true").Exit);
            Bash(own + "kill $(cat $bootstrap_root/server)");
            File.Delete($"{root}/build/stamp.program");
            (exit, _, error) = Bash(own
                + "build_managed() { :; }; flock $bootstrap_root/build/lock sleep 2 </dev/null >/dev/null 2>&1 & sleep 0.5; bootstrap program");
            Assert.Equal(0, exit);
            Assert.Contains("another start is building here", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            (exit, _, _) = Bash(own + "rm $bootstrap_stamp.program; build_managed() { return 3; }; bootstrap program");
            Assert.Equal(3, exit); // a build that failed is told
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }

    /// <summary>A first start does not build the tests; a build of everything has built the program.</summary>
    [Fact]
    public void The_program_and_the_tests_are_built_apart()
    {
        string root = Directory.CreateTempSubdirectory("molsampling-bootstrap").FullName;
        try
        {
            string own = WithoutABuild(root) + "build_managed() { echo $1 >>$bootstrap_root/built; }; ";
            foreach (string folder in (string[])["src", "native", "scripts", "tests", "examples"])
                Directory.CreateDirectory($"{root}/{folder}");
            foreach (string file in (string[])["Directory.Build.props", ".editorconfig", "MolSampling.sln", "tests/A.cs", "src/A.cs"])
                File.WriteAllText($"{root}/{file}", "");
            Assert.Equal(0, Bash(own
                + "bootstrap program; bootstrap program; bootstrap everything; bootstrap program; bootstrap everything").Exit);
            Assert.Equal(["program", "everything"], File.ReadAllLines($"{root}/built"));
            File.SetLastWriteTimeUtc($"{root}/tests/A.cs", DateTime.UtcNow.AddMinutes(1)); // the program does not read it
            Assert.Equal(0, Bash(own + "is_current program && ! is_current everything").Exit);
            File.SetLastWriteTimeUtc($"{root}/src/A.cs", DateTime.UtcNow.AddMinutes(1));
            Assert.Equal(0, Bash(own + "! is_current program").Exit);
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }

    private static string WithoutABuild(string root) => $"bootstrap_root={root}; bootstrap_stamp={root}/build/stamp; "
        + $"bootstrap_program={root}/build/stamp.program; install_missing() {{ :; }}; build_native() {{ :; }}; fetch_viewer() {{ :; }}; ";

    private static (int Exit, string Output, string Error) Bash(string script)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory =
            SharedData.Checkout };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("source scripts/bootstrap.sh; " + script);
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error);
    }
}
