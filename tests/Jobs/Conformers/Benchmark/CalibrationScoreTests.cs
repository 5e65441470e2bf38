using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Sampling;

namespace MolSampling.Tests.Jobs.Conformers.Benchmark;

/// <summary>The verdict on synthetic populations whose errors are right, halved or biased: 16 seeds of 8 molecules with 4 basins.</summary>
public sealed class CalibrationScoreTests
{
    private const int Repeats = 200;

    [Fact]
    public void Right_errors_meet_the_standard_and_miss_it_at_most_by_the_stated_chance()
    {
        CalibrationVerdict[] verdicts = [.. Verdicts(quoted: 1, bias: 0)];
        Assert.True(verdicts.Count(v => v == CalibrationVerdict.Misses) <= 0.02 * Repeats); // figures stand well inside the bounds
        Assert.True(verdicts.Count(v => v == CalibrationVerdict.Meets) >= 0.95 * Repeats);
    }

    [Fact]
    public void Errors_quoted_by_half_miss_it() => Assert.All(Verdicts(quoted: 0.5, bias: 0),
        v => Assert.Equal(CalibrationVerdict.Misses, v));

    [Fact]
    public void A_bias_that_cancels_within_each_molecule_misses_it() => // 0.6 errors up in one basin, down in the next
        Assert.True(Verdicts(quoted: 1, bias: 0.6).Count(v => v == CalibrationVerdict.Misses) >= 0.95 * Repeats);

    [Fact]
    public void At_the_border_of_coverage_one_in_a_hundred_is_accused() // 90 % within two: z has the spread 2 / 1.645, and bias none
    {
        int misses = Enumerable.Range(0, Repeats).Select(r => CalibrationScore.Of(Points(new RandomSource(7).Split(r), 1.645 / 2, 0)))
            .Count(s => s.WithinTwo.Value < 0.9 && (0.9 - s.WithinTwo.Value) / s.WithinTwo.StandardError > 2.33 + 0.06);
        Assert.InRange(misses, 0, 9); // 2 are expected; more than 9 have a chance of 5e-5
    }

    [Fact]
    public void The_references_own_error_is_no_bias_of_the_runs()
    {
        // one reference for all seeds, as uncertain as the runs: every basin's mean z is off by its error
        RandomSource random = new(3);
        CalibrationPoint[] points = [.. Enumerable.Range(0, 200).SelectMany(basin =>
        {
            double reference = 0.5 + 0.01 * random.NextNormal();
            return Enumerable.Range(1, 8).Select(seed => new CalibrationPoint($"{basin}", 0, (ulong)seed,
                new(0.5 + 0.01 * random.NextNormal(), 0.01), new(reference, 0.01))).ToArray();
        })];
        var score = CalibrationScore.Of(points);
        Assert.InRange(score.BasinBias.Value, 0, 0.3); // 0.7 were the reference's error counted
        Assert.InRange(score.RmsZ, 0.9, 1.1);
    }

    [Fact]
    public void One_run_says_nothing_for_certain()
    {
        var score = CalibrationScore.Of([new("a", 0, 1, new(0.1, 0.01), new(0.2, 0)), new("a", 1, 1, new(0, 0.01), new(0.1, 0), false)]);
        Assert.Equal((2, 1, CalibrationVerdict.Open), (score.Points, score.NotListed, score.Verdict));
        Assert.Equal(0, score.WithinThree.Value);
    }

    private static IEnumerable<CalibrationVerdict> Verdicts(double quoted, double bias) => Enumerable.Range(0, Repeats).Select(r =>
        CalibrationScore.Of(Points(new RandomSource(1).Split(r), quoted, bias)).Verdict);

    private static CalibrationPoint[] Points(RandomSource random, double quoted, double bias) =>
        [.. from molecule in Enumerable.Range(0, 8)
            from seed in Enumerable.Range(1, 16)
            from basin in Enumerable.Range(0, 4)
            select new CalibrationPoint($"{molecule}", basin, (ulong)seed,
                new(0.25 + 0.01 * (random.NextNormal() + (basin % 2 == 0 ? bias : -bias)), 0.01 * quoted), new(0.25, 0))];
}
