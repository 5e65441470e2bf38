using MolSampling.Jobs.Generators;

namespace MolSampling.Tests.Jobs.Generators;

/// <summary>What draw says in words, on weights whose law is known: it never trusts what one side alone has seen.</summary>
public sealed class DrawVerdictTests
{
    [Fact]
    public void A_good_flow_seen_from_both_sides_is_usable()
    {
        DrawVerdict verdict = Of(0.3, 5000, 0, Forward(0.3, 2000, 0));
        Assert.Equal(DrawTrust.Usable, verdict.Trust);
        Assert.Contains("leaves no trace", verdict.Reasons[^1], StringComparison.Ordinal);
    }

    /// <summary>Chains that reject repeat their samples: few that differ are no proof that nothing is missing.</summary>
    [Fact]
    public void Samples_that_repeat_show_no_more_than_those_that_differ()
    {
        double[] some = Forward(0.3, 60, 0);
        DrawVerdict verdict = Of(0.3, 5000, 0, [.. Enumerable.Range(0, 2000).Select(n => some[n % 60])]);
        Assert.Equal(DrawTrust.Limited, verdict.Trust);
        Assert.Contains(verdict.Reasons, r => r.Contains("60 differ, 100 are wanted", StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_flow_without_samples_of_the_target_is_limited_to_what_it_draws()
    {
        DrawVerdict verdict = Of(0.3, 5000, 0, null);
        Assert.Equal(DrawTrust.Limited, verdict.Trust);
        Assert.StartsWith("nothing was looked at", verdict.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missed_mode_that_the_reverse_side_does_not_see_is_not_usable()
    {
        // a tenth of the target lies where the flow has e^-8 of the density that it should have
        DrawVerdict verdict = Of(0.3, 5000, 0, Forward(0.3, 2000, 200));
        Assert.Equal(DrawTrust.Unusable, verdict.Trust);
        Assert.StartsWith("the target has been found where", verdict.Reasons[0], StringComparison.Ordinal);
        DrawVerdict outside = Of(0.3, 5000, 0, [.. Forward(0.3, 2000, 0)[1..], double.PositiveInfinity]);
        Assert.Equal(DrawTrust.Unusable, outside.Trust);
    }

    [Fact]
    public void A_heavy_tail_and_few_effective_samples_are_not_usable()
    {
        DrawVerdict heavy = Of(4, 5000, 0, Forward(0.3, 2000, 0));
        Assert.Equal(DrawTrust.Unusable, heavy.Trust);
        Assert.Contains(heavy.Reasons, r => r.Contains("tail is so heavy", StringComparison.Ordinal));
        Assert.Equal(DrawTrust.Unusable, Of(0.3, 50, 0, Forward(0.3, 50, 0)).Trust);
    }

    [Fact]
    public void Samples_that_are_not_finite_are_counted_and_limit_where_they_are_many()
    {
        Assert.Equal(DrawTrust.Usable, Of(0.3, 5000, 5, Forward(0.3, 2000, 0)).Trust);
        DrawVerdict many = Of(0.3, 5000, 500, Forward(0.3, 2000, 0));
        Assert.Equal(DrawTrust.Limited, many.Trust);
        Assert.Contains(many.Reasons, r => r.StartsWith("500 of 5,000 samples (10 %) are not finite", StringComparison.Ordinal));
    }

    // ln w of a flow whose weights are log-normal: N(-s^2/2, s^2) at its samples, N(+s^2/2, s^2) at the target's
    private static DrawVerdict Of(double deviation, int samples, int nonFinite, double[]? forward)
    {
        double[] log = [.. Normal(samples, 1).Select((z, s) => s < nonFinite ? double.NegativeInfinity
            : deviation * z - deviation * deviation / 2)];
        return DrawVerdict.Of(FlowEvaluation.Of(log, nonFinite, forward));
    }

    private static double[] Forward(double deviation, int samples, int missed) =>
        [.. Normal(samples, 2).Select((z, s) => deviation * z + deviation * deviation / 2 + (s < missed ? 8 : 0))];

    private static double[] Normal(int count, ulong seed)
    {
        var random = new MolSampling.Sampling.RandomSource(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
    }
}
