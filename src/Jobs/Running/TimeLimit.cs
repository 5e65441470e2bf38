using System.Diagnostics;

namespace MolSampling.Jobs.Running;

/// <summary>Divides a time limit among the stages of a run. Without a limit every token is the caller's own.</summary>
internal sealed class TimeLimit(double seconds, Stopwatch clock, CancellationToken cancellation) : IDisposable
{
    private readonly Deadlines _deadlines = new();
    private readonly double _start = clock.Elapsed.TotalSeconds;
    // the longest so far; before the first what twenty thousand samples take, code that is compiled included
    private double _analysis = Math.Min(1, 0.12 * seconds);
    private double _energies;
    private (double At, CancellationToken Token) _last = (double.NaN, default);

    /// <summary>Cancelled when a share of the time from now's beginning to the limit is over.</summary>
    public CancellationToken Until(double share) => At(_start + share * (seconds - _start));

    /// <summary>Cancelled while there is still time to analyse, to minimise, and for the energies.</summary>
    public CancellationToken UntilAnalysis() => At(AnalysisBegins);

    /// <summary>The same, and something else that takes time must be done before.</summary>
    /// <param name="before">How long.</param>
    public CancellationToken UntilAnalysis(TimeSpan before) => At(AnalysisBegins - before.TotalSeconds);

    /// <summary>Time until then.</summary>
    public TimeSpan LeftToAnalysis => double.IsFinite(seconds)
        ? TimeSpan.FromSeconds(Math.Max(0, AnalysisBegins - clock.Elapsed.TotalSeconds)) : TimeSpan.MaxValue;

    /// <summary>Cancelled while there is still time for the energies.</summary>
    public CancellationToken UntilEnergies() => At(seconds - _energies);

    /// <summary>Keeps time free for the energies of the samples, at the rate of one of them; a tenth at most, since those that come late
    /// are taken from the engine.</summary>
    public void ReserveEnergies(int count, Action one)
    {
        if (!double.IsFinite(seconds))
            return;
        double least = double.PositiveInfinity; // of some: the first is compiled, another may have to wait for a core
        for (int n = 0; n < 4; n++)
        {
            double before = clock.Elapsed.TotalSeconds;
            one();
            least = Math.Min(least, clock.Elapsed.TotalSeconds - before);
        }
        _energies = Math.Min(0.1 * seconds, count * least / Environment.ProcessorCount);
    }

    /// <summary>Runs an analysis and learns how long it takes.</summary>
    public T Analysing<T>(Func<T> analysis)
    {
        double before = clock.Elapsed.TotalSeconds;
        T result = analysis();
        _analysis = Math.Max(_analysis, clock.Elapsed.TotalSeconds - before);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _deadlines.Dispose();

    private double AnalysisBegins => seconds - _energies - 1.5 * _analysis - 0.1 * seconds;

    private CancellationToken At(double time)
    {
        if (!double.IsFinite(seconds))
            return cancellation;
        if (time == _last.At)
            return _last.Token;
        _last = (time, _deadlines.After(TimeSpan.FromSeconds(time - clock.Elapsed.TotalSeconds), cancellation));
        return _last.Token;
    }
}
