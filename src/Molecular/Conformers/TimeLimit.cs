using System.Diagnostics;

namespace MolSampling.Molecular.Conformers;

/// <summary>Divides a time limit among the stages of a run. Without a limit every token is the caller's own.</summary>
internal sealed class TimeLimit(double seconds, Stopwatch clock, CancellationToken cancellation) : IDisposable
{
    private readonly List<CancellationTokenSource> _sources = [];
    private readonly double _start = clock.Elapsed.TotalSeconds;
    private double _analysis = 0.03 * seconds; // the longest so far; a guess before the first
    private (double At, CancellationToken Token) _last = (double.NaN, default);

    /// <summary>Cancelled when a share of the time from now's beginning to the limit is over.</summary>
    public CancellationToken Until(double share) => At(_start + share * (seconds - _start));

    /// <summary>Cancelled while there is still time to analyse and to minimise.</summary>
    public CancellationToken UntilAnalysis() => At(seconds - 1.5 * _analysis - 0.1 * seconds);

    /// <summary>Runs an analysis and learns how long it takes.</summary>
    public T Analysing<T>(Func<T> analysis)
    {
        double before = clock.Elapsed.TotalSeconds;
        T result = analysis();
        _analysis = Math.Max(_analysis, clock.Elapsed.TotalSeconds - before);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _sources.ForEach(s => s.Dispose());

    private CancellationToken At(double time)
    {
        if (!double.IsFinite(seconds))
            return cancellation;
        if (time == _last.At)
            return _last.Token;
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _sources.Add(source);
        double left = time - clock.Elapsed.TotalSeconds;
        if (left > 0)
            source.CancelAfter(TimeSpan.FromSeconds(left));
        else
            source.Cancel();
        _last = (time, source.Token);
        return source.Token;
    }
}
