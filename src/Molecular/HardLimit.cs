using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace MolSampling.Molecular;

/// <summary>
/// Time limits for work that does not look at the clock: RDKit's embedding, typing and matching have no hook inside an attempt, and take
/// minutes with a thousand atoms. Work runs on a thread of its own, and is abandoned where it does not come back: the thread ends when it
/// can, its result is dropped, and the process does not wait for it.
/// </summary>
internal static partial class HardLimit
{
    private const int StackSize = 64 << 20; // parsers nest calls

    private static int s_abandoned;

    /// <summary>Runs work, for so long at most.</summary>
    /// <param name="work">Must not touch what others change after it was abandoned.</param>
    /// <param name="limit">Of time, asked for again and again: it may change with what the work has reached.</param>
    /// <param name="result">What it gave.</param>
    /// <param name="tick">Told how long it takes, once a second; may be null.</param>
    /// <param name="cancellation">Abandons it at once.</param>
    /// <returns>Whether it came back in time. What it threw is thrown here.</returns>
    public static bool TryRun<T>(Func<T> work, Func<TimeSpan> limit, out T? result, Action<TimeSpan>? tick = null,
        CancellationToken cancellation = default)
    {
        T? given = default;
        ExceptionDispatchInfo? error = null;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var finished = new ManualResetEvent(false);
        int owner = 0; // who comes first, the work's end or its being abandoned
        new Thread(() =>
        {
            try
            {
                given = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
            if (Interlocked.Exchange(ref owner, 1) != 0)
                Interlocked.Decrement(ref s_abandoned);
            finished.Set();
        }, StackSize) { IsBackground = true, Name = "limited" }.Start();
        while (clock.Elapsed < limit() && !cancellation.IsCancellationRequested)
        {
            TimeSpan left = limit() - clock.Elapsed, second = TimeSpan.FromSeconds(1);
            if (WaitHandle.WaitAny([finished, cancellation.WaitHandle], left < second ? left > TimeSpan.Zero ? left : TimeSpan.Zero
                : second) != WaitHandle.WaitTimeout)
                break;
            tick?.Invoke(clock.Elapsed);
        }
        Interlocked.Increment(ref s_abandoned);
        if (Interlocked.Exchange(ref owner, 1) == 0)
        {
            result = default;
            return false;
        }
        Interlocked.Decrement(ref s_abandoned);
        finished.WaitOne();
        finished.Dispose();
        error?.Throw();
        result = given;
        return true;
    }

    /// <summary>The same with a limit that stands; <see cref="TimeSpan.MaxValue"/> for none.</summary>
    public static bool TryRun<T>(Func<T> work, TimeSpan limit, out T? result, Action<TimeSpan>? tick = null,
        CancellationToken cancellation = default) =>
        TryRun(work, () => limit, out result, tick, cancellation);

    /// <summary>Ends the process where abandoned work still runs: a usual end would destroy what a library's code is using.</summary>
    /// <param name="code">The exit code.</param>
    /// <returns>The code, where nothing runs.</returns>
    public static int Exit(int code)
    {
        if (Volatile.Read(ref s_abandoned) == 0 || OperatingSystem.IsWindows())
            return code;
        Console.Out.Flush();
        Console.Error.Flush();
        _exit(code);
        return code;
    }

    [LibraryImport("libc")]
    private static partial void _exit(int code);
}
