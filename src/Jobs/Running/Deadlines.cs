namespace MolSampling.Jobs.Running;

/// <summary>
/// Cancels tokens at their times, from a thread of its own. The runtime's timers fire on threads of the pool, and where busy loops have
/// taken these all a limit by them comes minutes late.
/// </summary>
internal sealed class Deadlines : IDisposable
{
    private readonly PriorityQueue<CancellationTokenSource, long> _pending = new(); // by Environment.TickCount64
    private readonly List<CancellationTokenSource> _all = [];
    private bool _disposed;
    private Thread? _thread;

    /// <summary>A token that is cancelled after a time, or with another one.</summary>
    public CancellationToken After(TimeSpan time, CancellationToken cancellation)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _all.Add(source);
        if (time <= TimeSpan.Zero)
        {
            source.Cancel();
            return source.Token;
        }
        lock (_pending)
        {
            _pending.Enqueue(source, Environment.TickCount64 + (long)Math.Min(time.TotalMilliseconds, int.MaxValue));
            Monitor.Pulse(_pending);
        }
        if (_thread is null)
        {
            _thread = new Thread(Watch) { IsBackground = true, Name = "deadlines", Priority = ThreadPriority.AboveNormal };
            _thread.Start();
        }
        return source.Token;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_pending)
        {
            _disposed = true;
            Monitor.Pulse(_pending);
        }
        _thread?.Join();
        _all.ForEach(s => s.Dispose());
    }

    private void Watch()
    {
        lock (_pending)
            while (!_disposed)
            {
                if (!_pending.TryPeek(out CancellationTokenSource? next, out long at))
                    Monitor.Wait(_pending);
                else if (at - Environment.TickCount64 is > 0 and var left)
                    Monitor.Wait(_pending, (int)left);
                else
                {
                    _pending.Dequeue();
                    next.Cancel(); // nobody waits for this lock in a callback
                }
            }
    }
}
