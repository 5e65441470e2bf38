using System.Diagnostics;
using System.Globalization;

namespace MolSampling.Cli.Output;

/// <summary>How far a list is: molecules done of all, failures, and the time that the rest will take at the rate of this process.</summary>
/// <param name="total">Molecules.</param>
/// <param name="done">Of them, before this process began.</param>
/// <param name="failed">Of those.</param>
internal sealed class ListProgress(int total, int done, int failed)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private int _finished, _failed = failed;

    /// <summary>0 to 1.</summary>
    public double Fraction => (double)(done + _finished) / total;

    /// <summary>One more molecule is done.</summary>
    public void Finish(bool hasFailed)
    {
        _finished++;
        _failed += hasFailed ? 1 : 0;
    }

    /// <summary>In words: "17 of 500 molecules, 2 failed, 1:20:00 left".</summary>
    public override string ToString()
    {
        string failures = _failed == 0 ? "" : $", {_failed} failed", left = "";
        if (_finished > 0)
        {
            TimeSpan time = _clock.Elapsed / _finished * (total - done - _finished);
            left = string.Create(CultureInfo.InvariantCulture, $", {(int)time.TotalHours}:{time.Minutes:d2}:{time.Seconds:d2} left");
        }
        return $"{done + _finished} of {total} molecules{failures}{left}";
    }
}
