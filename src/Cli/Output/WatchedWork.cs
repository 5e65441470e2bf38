using System.Globalization;
using MolSampling.Molecular;

namespace MolSampling.Cli.Output;

/// <summary>Work that is usually over at once: from two seconds on it says on standard error where it stands, it ends at an interrupt, and
/// it keeps a limit of time whatever it does.</summary>
internal static class WatchedWork
{
    private const double FirstLine = 2, BetweenLines = 10; // s

    /// <summary>Runs the work, and stops waiting for it at the limit.</summary>
    /// <param name="name">What it is for.</param>
    /// <param name="limit">Of time.</param>
    /// <param name="work">Gets a way to tell its stage.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="TimeoutException">The limit came first; one line that names the stage.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static T Run<T>(string name, TimeSpan limit, Func<Action<string>, T> work, CancellationToken cancellation)
    {
        name = TerminalText.Name(name);
        string stage = "reading";
        double next = FirstLine;
        bool isDone = HardLimit.TryRun(() => work(s => stage = s), limit, out T? result, elapsed =>
        {
            if (elapsed.TotalSeconds < next)
                return;
            next = elapsed.TotalSeconds + BetweenLines;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{(name.Length > 48 ? name[..45] + "..." : name)}: {stage} ({elapsed.TotalSeconds:f0} s)"));
        }, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return isDone ? result! : throw new TimeoutException(string.Create(CultureInfo.InvariantCulture,
            $"{(name.Length > 80 ? name[..77] + "..." : name)}: not done within {limit.TotalSeconds:g4} s, in the stage '{stage}' (--time-limit SECONDS)"));
    }
}
