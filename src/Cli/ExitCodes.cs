namespace MolSampling.Cli;

/// <summary>What the program tells its caller.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The input or the command line is wrong; one line on standard error says where.</summary>
    public const int BadInput = 2;

    /// <summary>It could not finish: something is missing, a folder cannot be written, nothing was sampled, or it was
    /// interrupted.</summary>
    public const int CouldNotFinish = 3;

    /// <summary>Stopped by SIGTERM, SIGINT or SIGUSR1 after a checkpoint: the same run goes on with --resume (EX_TEMPFAIL of sysexits.h, so
    /// that a queue can requeue).</summary>
    public const int Requeue = 75;
}
