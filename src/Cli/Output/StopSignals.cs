using System.Runtime.InteropServices;

namespace MolSampling.Cli.Output;

/// <summary>
/// SIGTERM, SIGINT and SIGUSR1 (what queues send before the time is up), heard from the program's first instant: the first one
/// asks a task that can stop to do so, a second one ends the process, and so does the first where nothing looks at
/// <see cref="Token"/>. The same signal within a second is an echo of the first: a queue signals every process of a job, and the job's
/// script passes on what it gets. Ctrl-C has no echo.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const int Usr1 = 10, SignalExit = 128; // 128 + n is what shells make of a signal
    private const long Echo = 1000; // ms

    private static readonly (PosixSignal Signal, int Number)[] s_signals = [(PosixSignal.SIGTERM, 15), (PosixSignal.SIGINT, 2),
        ((PosixSignal)Usr1, Usr1)];

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Lock _deciding = new();
    private bool? _heeds; // null while the command line is being read
    private int _first;
    private long _heard; // by Environment.TickCount64

    public StopSignals() => _registrations =
        [.. s_signals.Select(s => PosixSignalRegistration.Create(s.Signal, context => Hear(context, s.Number)))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Says whether the command looks at <see cref="Token"/>.</summary>
    /// <returns>The exit code where it does not and a signal has come already; null to go on.</returns>
    public int? Decide(bool heeds)
    {
        lock (_deciding)
        {
            _heeds = heeds;
            return !heeds && _first != 0 ? SignalExit + _first : null;
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Hear(PosixSignalContext context, int number)
    {
        lock (_deciding)
        {
            bool isFirst = _first == 0, isEcho = number == _first && context.Signal != PosixSignal.SIGINT
                && Environment.TickCount64 - _heard < Echo;
            context.Cancel = _heeds != false && (isFirst || isEcho); // not cancelled: what the system does with the signal
            if (isFirst)
                (_first, _heard) = (number, Environment.TickCount64);
        }
        if (context.Cancel)
            _stop.Cancel();
    }
}
