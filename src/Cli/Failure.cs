using MolSampling.Jobs.Running;
using MolSampling.Molecular;

namespace MolSampling.Cli;

/// <summary>Turns what went wrong into one line on standard error and an exit code.</summary>
internal static class Failure
{
    /// <summary>Runs a command's body. What parallel work threw is as good as thrown here: the first error is the one that
    /// counts.</summary>
    public static int Guard(Func<int> body)
    {
        try
        {
            return body();
        }
        catch (StoppedException e)
        {
            Console.Error.WriteLine($"molsampling: {e.Message}");
            return ExitCodes.Requeue;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("molsampling: stopped before anything was written; the same command begins anew");
            return ExitCodes.Requeue;
        }
        catch (Exception thrown) when (Environment.GetEnvironmentVariable("MOLSAMPLING_DEBUG") != "1")
        {
            Exception e = thrown;
            while (e is AggregateException { InnerException: { } first })
                e = first;
            Console.Error.WriteLine($"molsampling: {OneLine(e is ArgumentException { ParamName: { } parameter } ? e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : e.Message)}");
            return e is MoleculeFormatException or ParameterizationException or ArgumentException or FileNotFoundException or DirectoryNotFoundException or InvalidDataException
                ? ExitCodes.BadInput : ExitCodes.CouldNotFinish;
        }
    }

    /// <summary>A message without its line breaks.</summary>
    public static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
