using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Sampling.Diagnostics;

namespace MolSampling.Tests.Jobs.Conformers.Methods;

/// <summary>When weighted draws are enough, and when converged: both sides of each threshold, on weights whose law is known.</summary>
public sealed class WeightedDrawsTests : IDisposable
{
    private const double Allowed = 0.5;
    private readonly RDKitMolecule _butane = RDKitMolecule.FromSmiles("CCCC");
    private readonly ConformerWork _work;

    public WeightedDrawsTests() => _work = ConformerWork.Prepare(_butane, new(), null, new(), static (_, _) => { }, default).Item1!;

    public void Dispose()
    {
        _work.Dispose();
        _butane.Dispose();
    }

    [Theory]
    [InlineData(399, false)]
    [InlineData(401, true)]
    public void Four_hundred_effective_draws_suffice(int effective, bool suffice) =>
        Both(Equal(effective), suffice, $"effective sample size {effective} of {effective} draws below 400");

    [Theory]
    [InlineData(399, false)]
    [InlineData(401, true)]
    public void Draws_outside_the_support_are_not_effective(int inside, bool suffice) =>
        Both([.. Equal(inside), .. Enumerable.Repeat(double.NegativeInfinity, 1000)], suffice,
            $"effective sample size {inside} of {inside + 1000} draws below 400");

    [Theory]
    [InlineData(0.65, true)]
    [InlineData(0.8, false)]
    public void A_tail_without_settled_errors_does_not_suffice_however_many_are_effective(double shape, bool suffice)
    {
        double[] log = Tail(shape, 190);
        ImportanceWeights weights = new(log);
        Assert.InRange(weights.Tail.Shape, suffice ? 0.6 : 0.7, suffice ? 0.7 : 0.82); // near the threshold, on the side that is meant
        Assert.True(weights.EffectiveSize > 3000);
        Both(log, suffice, "weights with a heavy tail (Pareto shape 0.78 above 0.7)");
    }

    [Fact]
    public void A_tail_that_is_too_short_to_be_judged_does_not_suffice()
    {
        double[] log = Tail(0.5, 3);
        Assert.Equal(double.NaN, new ImportanceWeights(log).Tail.Shape);
        Both(log, false, "weights whose tail is too short to be judged");
    }

    [Theory]
    [InlineData(Allowed - 1e-9, true)]
    [InlineData(Allowed, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void What_walkers_find_must_be_within_what_is_allowed(double divergence, bool converged)
    {
        ConformerFindings findings = Analyse(Equal(1000), divergence);
        Assert.Equal(converged, findings.Diagnostics.Converged);
        string nats = divergence.ToString("f2", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(converged ? "" : $"not converged (walkers stand where there are hardly any draws (KL {nats} nats, 0.50 allowed))",
            findings.Shortcoming);
    }

    [Fact]
    public void Every_shortcoming_is_said() =>
        Assert.Equal("not converged (effective sample size 100 of 100 draws below 400; "
            + "walkers stand where there are hardly any draws (KL 2.00 nats, 0.50 allowed))",
            Analyse(Equal(100), 2).Shortcoming);

    [Fact]
    public void Draws_outside_the_support_count_as_draws_and_are_no_samples()
    {
        double[] log = [.. Enumerable.Range(0, 2000).Select(n => n % 4 == 0 ? double.NegativeInfinity : Math.Log(2))];
        ConformerFindings findings = Analyse(log, 0);
        DrawWeights weights = findings.Diagnostics.Weights!;
        Assert.Equal((1500, 2000), (findings.Analysis.Ensemble.Count, weights.Draws));
        Assert.Equal(0.75, weights.EffectiveFraction, 1e-9);
        Assert.Equal(Math.Log(1.5), weights.LogNormaliser, 1e-9); // the mean weight over all draws is 3/4 of 2
    }

    [Theory]
    [InlineData(0.9, 0, 2048, 2048)] // what is made in any case
    [InlineData(0.05, 0, 2048, 24_000)] // three times what the pilot finds enough
    [InlineData(0.05, 30_000, 2048, 30_000)] // as many as samples are asked for
    [InlineData(0.008, 0, 2048, 65_536)]
    [InlineData(0.005, 0, 2048, null)]
    public void A_pilot_says_how_many_draws_will_do(double effective, int asked, int pilot, int? count)
    {
        double[] log = [.. Enumerable.Range(0, pilot).Select(n => n < effective * pilot ? 0 : double.NegativeInfinity)];
        int? enough = WeightedDraws.Enough(new(log), Math.Max(2048, asked), 65_536);
        Assert.Equal(count is null, enough is null);
        Assert.Equal(count ?? 0, enough ?? 0, 0.02 * (count ?? 0));
    }

    /// <summary>The verdict and its words.</summary>
    private void Both(double[] logWeights, bool suffice, string otherwise)
    {
        ConformerFindings findings = Analyse(logWeights, 0);
        Assert.Equal(suffice, findings.Diagnostics.Converged);
        Assert.Equal(suffice ? "" : $"not converged ({otherwise})", findings.Shortcoming);
    }

    private ConformerFindings Analyse(double[] logWeights, double divergence) =>
        new WeightedDraws([.. logWeights.Select((_, n) => (ReadOnlyMemory<float>)_work.Seeds[n % _work.Seeds.Count])],
            new double[logWeights.Length], logWeights, divergence, Allowed).Analyse(_work, ConformerDiagnostics.OfDraws(300), true);

    private static double[] Equal(int count) => [.. Enumerable.Repeat(-7.0, count)];

    /// <summary>4000 weights of 1, the largest of them more by quantiles of a generalised Pareto law, little against the sum.</summary>
    private static double[] Tail(double shape, int largest)
    {
        double Quantile(int n) => (Math.Pow((n + 0.5) / largest, -shape) - 1) / shape;
        return [.. Enumerable.Range(0, 4000).Select(n => n < largest ? Math.Log(1 + 0.01 * Quantile(n)) : 0)];
    }
}
