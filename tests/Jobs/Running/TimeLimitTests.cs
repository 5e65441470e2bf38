using MolSampling.Jobs.Running;

namespace MolSampling.Tests.Jobs.Running;

/// <summary>How a time limit is divided, by a clock that stands unless a test lets it run: what is expected follows from it.</summary>
public sealed class TimeLimitTests
{
    private readonly Stopwatch _clock = new();

    [Fact]
    public void Without_a_limit_every_token_is_the_caller_s_own_and_nothing_is_measured()
    {
        using var source = new CancellationTokenSource();
        using var limit = new TimeLimit(double.PositiveInfinity, _clock, source.Token);
        limit.ReserveEnergies(1000, () => Assert.Fail("an energy was asked for"));
        Assert.Equal([source.Token, source.Token, source.Token], [limit.Until(0.5), limit.UntilAnalysis(), limit.UntilEnergies()]);
        Assert.Equal(TimeSpan.MaxValue, limit.LeftToAnalysis);
    }

    [Theory]
    [InlineData(100, 88.5)] // less a tenth, and one and a half times the second that an analysis is taken to need
    [InlineData(5, 3.6)] // less a tenth, and one and a half times an eighth
    public void Before_the_first_analysis_a_guess_is_kept_free(double seconds, double left)
    {
        using var limit = new TimeLimit(seconds, _clock, default);
        Assert.Equal(left, limit.LeftToAnalysis.TotalSeconds, 1e-6);
    }

    [Fact]
    public void The_longest_analysis_so_far_is_kept_free()
    {
        const double seconds = 0.5;
        using var limit = new TimeLimit(seconds, _clock, default);
        double longest = 0.12 * seconds;
        foreach (int milliseconds in new[] { 1, 70, 1 })
        {
            double before = _clock.Elapsed.TotalSeconds;
            Assert.Equal(milliseconds, limit.Analysing(() => Pass(milliseconds)));
            longest = Math.Max(longest, _clock.Elapsed.TotalSeconds - before);
            double left = 0.9 * seconds - 1.5 * longest - _clock.Elapsed.TotalSeconds;
            Assert.Equal(Math.Max(0, left), limit.LeftToAnalysis.TotalSeconds, 1e-6);
        }
    }

    [Fact]
    public void Energies_get_the_time_of_the_fastest_and_a_tenth_at_most()
    {
        using TimeLimit few = new(1000, _clock, default), many = new(1000, _clock, default), none = new(1000, _clock, default);
        var times = new List<double>();
        few.ReserveEnergies(1000, () =>
        {
            double before = _clock.Elapsed.TotalSeconds;
            Pass(times.Count == 2 ? 1 : 20); // the first compiles
            times.Add(_clock.Elapsed.TotalSeconds - before);
        });
        double Free(TimeLimit limit) => 1000 - 1.5 - 100 - _clock.Elapsed.TotalSeconds - limit.LeftToAnalysis.TotalSeconds;
        Assert.Equal(4, times.Count);
        Assert.Equal(Math.Min(100, 1000 * times.Min() / Environment.ProcessorCount), Free(few), 1e-6);
        many.ReserveEnergies(int.MaxValue, () => Pass(1));
        Assert.Equal(100, Free(many), 1e-6);
        none.ReserveEnergies(0, () => Pass(1));
        Assert.Equal(0, Free(none), 1e-6);
    }

    [Fact]
    public void A_limit_that_is_over_ends_every_stage_and_an_ample_one_none()
    {
        Pass(5);
        using TimeLimit ample = new(1e6, _clock, default), over = new(0.5 * _clock.Elapsed.TotalSeconds, _clock, default);
        Assert.True(ample.Until(0).IsCancellationRequested); // the moment when it was made
        Assert.False(ample.Until(0.01).IsCancellationRequested);
        static CancellationToken[] Stages(TimeLimit limit) => [limit.UntilAnalysis(), limit.UntilEnergies(), limit.Until(1)];
        Assert.All(Stages(ample), t => Assert.False(t.IsCancellationRequested));
        Assert.All(Stages(over), t => Assert.True(t.IsCancellationRequested));
        Assert.Equal(TimeSpan.Zero, over.LeftToAnalysis);
    }

    [Fact]
    public void The_caller_ends_every_stage()
    {
        using var source = new CancellationTokenSource();
        using var limit = new TimeLimit(1e6, _clock, source.Token);
        CancellationToken[] tokens = [limit.Until(0.5), limit.UntilAnalysis(), limit.UntilEnergies()];
        Assert.All(tokens, t => Assert.False(t.IsCancellationRequested));
        source.Cancel();
        Assert.All(tokens, t => Assert.True(t.IsCancellationRequested));
    }

    [Fact]
    public void Asking_again_for_one_moment_gives_the_same_token()
    {
        using var limit = new TimeLimit(1e6, _clock, default);
        Assert.Equal(limit.UntilAnalysis(), limit.UntilAnalysis());
        Assert.NotEqual(limit.UntilAnalysis(), limit.UntilEnergies());
    }

    /// <summary>Lets the clock run for about so long.</summary>
    private int Pass(int milliseconds)
    {
        _clock.Start();
        Thread.Sleep(milliseconds);
        _clock.Stop();
        return milliseconds;
    }
}
