using MolSampling.Jobs.Running;

namespace MolSampling.Tests.Jobs.Running;

/// <summary>Which tokens are cancelled and which are not. How late does not matter: what would wait in vain fails after a minute.</summary>
public sealed class DeadlinesTests
{
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1), s_soon = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_inVain = TimeSpan.FromMinutes(1);

    [Fact]
    public void Time_that_is_over_cancels_at_once()
    {
        using var deadlines = new Deadlines();
        Assert.True(deadlines.After(TimeSpan.Zero, default).IsCancellationRequested);
        Assert.True(deadlines.After(-s_day, default).IsCancellationRequested);
        Assert.True(deadlines.After(TimeSpan.MinValue, default).IsCancellationRequested);
    }

    [Fact]
    public void A_deadline_comes_though_others_are_far()
    {
        using var deadlines = new Deadlines();
        // asked first: the thread waits for these
        CancellationToken far = deadlines.After(s_day, default), endless = deadlines.After(TimeSpan.MaxValue, default);
        CancellationToken[] near = [.. Enumerable.Range(1, 3).Select(n => deadlines.After(n * s_soon, default))];
        Assert.All(near, t => Assert.True(t.WaitHandle.WaitOne(s_inVain)));
        Assert.False(far.IsCancellationRequested || endless.IsCancellationRequested);
    }

    [Fact]
    public void The_caller_s_token_cancels_them_all_and_only_his()
    {
        using var deadlines = new Deadlines();
        using CancellationTokenSource mine = new(), others = new();
        CancellationToken one = deadlines.After(s_day, mine.Token), two = deadlines.After(2 * s_day, mine.Token);
        CancellationToken other = deadlines.After(s_day, others.Token);
        Assert.False(one.IsCancellationRequested || two.IsCancellationRequested);
        mine.Cancel();
        Assert.True(one.IsCancellationRequested && two.IsCancellationRequested);
        Assert.False(other.IsCancellationRequested);
    }

    [Fact]
    public void The_caller_s_token_is_not_cancelled_by_a_deadline()
    {
        using var deadlines = new Deadlines();
        using var mine = new CancellationTokenSource();
        Assert.True(deadlines.After(s_soon, mine.Token).WaitHandle.WaitOne(s_inVain));
        Assert.True(deadlines.After(TimeSpan.Zero, mine.Token).IsCancellationRequested);
        Assert.False(mine.IsCancellationRequested);
    }

    [Fact]
    public void Disposing_ends_the_thread_and_cancels_nothing()
    {
        var deadlines = new Deadlines();
        CancellationToken pending = deadlines.After(s_day, default);
        deadlines.Dispose(); // would wait for a day
        Assert.False(pending.IsCancellationRequested);
        new Deadlines().Dispose(); // without a thread
    }
}
