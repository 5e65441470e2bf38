using System.Net;
using System.Net.Sockets;

namespace MolSampling.Tests.Cli;

/// <summary>
/// A Slurm of its own for a test: controller and one node as this user, on the loopback address, in a temporary folder; no systemd,
/// cgroups, munge or accounting. Gone when it is disposed of.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    private const int WaitSeconds = 60;

    private readonly string _folder;
    private readonly List<Process> _daemons = [];

    private SlurmCluster(string folder) => _folder = folder;

    /// <summary>Starts one; skips the test without --all, and where Slurm is not installed.</summary>
    public static SlurmCluster Start(string folder, int cpus)
    {
        Skip.IfNot(SlowTests.Asked, "a cluster for a minute: ./test.sh --all");
        string? controller = Find("slurmctld"), node = Find("slurmd");
        Skip.If(controller is null || node is null || Find("sbatch") is null, "Slurm is not here (apt-get install slurm-wlm)");
        var cluster = new SlurmCluster(folder);
        try
        {
            cluster.Configure(cpus);
            cluster.Launch(controller!, "-D", "-c");
            cluster.Launch(node!, "-D", "-c", "-N", "localhost");
            Until("the node is idle", () => cluster.TryRun("sinfo", "--noheader", "--format=%T").Output.Trim() == "idle", cluster.Logs);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Runs one of Slurm's programs.</summary>
    public string Run(string program, params string[] arguments)
    {
        (int exit, string output, string error) = TryRun(program, arguments);
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)}: {error}{Logs()}");
        return output;
    }

    /// <summary>Runs one of Slurm's programs, which may fail.</summary>
    public (int Exit, string Output, string Error) TryRun(string program, params string[] arguments)
    {
        using Process process = Process.Start(Describe(Find(program)!, arguments))!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>State of a task of an array, as in "RUNNING", with the reason.</summary>
    public string State(string task) => TryRun("squeue", "--noheader", "--states=all", "--format=%T", "--jobs=" + task).Output.Trim();

    /// <summary>Waits until something holds; fails with a message that says what did not come.</summary>
    public static void Until(string what, Func<bool> holds, Func<string>? details = null)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(clock.Elapsed.TotalSeconds < WaitSeconds, $"did not come in {WaitSeconds} s: {what}\n{details?.Invoke()}");
            Thread.Sleep(100);
        }
    }

    /// <summary>The ends of both logs.</summary>
    public string Logs() =>
        string.Join('\n', Directory.GetFiles(_folder, "*.log").Select(f =>
        $"{Path.GetFileName(f)}:\n{string.Join('\n', File.ReadLines(f).TakeLast(8))}"));

    public void Dispose()
    {
        if (_daemons.Count == 2)
        {
            TryRun("scancel", "--signal=KILL", "--full", "--user=" + Environment.UserName);
            TryRun("scancel", "--user=" + Environment.UserName);
            for (int n = 0; n < 100 && TryRun("squeue", "--noheader").Output.Trim().Length > 0; n++)
                Thread.Sleep(100);
        }
        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            daemon.Kill(true);
            daemon.WaitForExit();
            daemon.Dispose();
        }
        _daemons.Clear();
    }

    private void Configure(int cpus)
    {
        foreach (string name in new[] { "state", "spool" })
            Directory.CreateDirectory(Path.Combine(_folder, name));
        int[] ports = FreePorts(2);
        File.WriteAllText(Path.Combine(_folder, "slurm.conf"), $"""
            ClusterName=molsampling
            SlurmctldHost=localhost(127.0.0.1)
            SlurmctldPort={ports[0]}
            SlurmdPort={ports[1]}
            SlurmUser={Environment.UserName}
            SlurmdUser={Environment.UserName}
            AuthType=auth/none
            CredType=cred/none
            CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            JobCompType=jobcomp/none
            MpiDefault=none
            SwitchType=switch/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_CPU
            SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
            SlurmdParameters=config_overrides
            StateSaveLocation={_folder}/state
            SlurmdSpoolDir={_folder}/spool
            SlurmctldPidFile={_folder}/slurmctld.pid
            SlurmdPidFile={_folder}/slurmd.pid
            SlurmctldLogFile={_folder}/slurmctld.log
            SlurmdLogFile={_folder}/slurmd.log
            ReturnToService=2
            KillWait=5
            NodeName=localhost NodeAddr=127.0.0.1 NodeHostname=localhost CPUs={cpus} State=UNKNOWN
            PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """);
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
            listener.Stop();
        return ports;
    }

    private void Launch(string program, params string[] arguments)
    {
        Process daemon = Process.Start(Describe(program, arguments))!;
        daemon.OutputDataReceived += (_, _) => { };
        daemon.ErrorDataReceived += (_, _) => { };
        daemon.BeginOutputReadLine();
        daemon.BeginErrorReadLine();
        _daemons.Add(daemon);
    }

    private ProcessStartInfo Describe(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = Path.Combine(_folder, "slurm.conf");
        return start;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(d =>
            Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
