using MolSampling.Jobs.LearnedPotentials;

namespace MolSampling.Tests.Jobs.LearnedPotentials;

/// <summary>The scale of a committee's spread, on errors whose law is known.</summary>
public sealed class CommitteeJudgementTests
{
    /// <summary>Members scatter about their mean by sigma(frame), the truth by factor times that.</summary>
    private static CommitteeJudgement Judge(double factor, int members, bool varies, double shared = 0)
    {
        var random = new RandomSource(17);
        const int frames = 4000;
        double[] reference = new double[frames];
        double[][] own = [.. Enumerable.Range(0, members).Select(_ => new double[frames])];
        for (int f = 0; f < frames; f++)
        {
            double mean = 30 * random.NextNormal(), sigma = varies ? 0.2 + 2 * random.NextDouble() : 1;
            double[] deviations = [.. own.Select(_ => sigma * random.NextNormal())];
            double middle = deviations.Average();
            for (int m = 0; m < members; m++)
                own[m][f] = mean + deviations[m] - middle + 100 * m; // a member's constant has no meaning
            reference[f] = mean + factor * sigma * random.NextNormal() + shared * random.NextNormal() - 5000;
        }
        return new([(reference, own)], (1, 1, 1));
    }

    [Theory]
    [InlineData(0.5, 4)]
    [InlineData(1, 8)]
    [InlineData(3, 4)]
    public void The_scale_is_found_and_the_ranges_hold_what_they_say(double factor, int members)
    {
        CommitteeJudgement judged = Judge(factor, members, true);
        Assert.Equal(factor, judged.Calibration, 0.04 * factor);
        Assert.Equal(0.6827, judged.HeldOut!.Within68, 0.03); // 4,000 frames: a deviation of 0.007
        Assert.Equal(0.95, judged.HeldOut.Within95, 0.015);
        Assert.True(judged.HeldOut.RankCorrelation > 0.3);
        Assert.Equal(1, judged.Frames.Average(f => f.Spread * judged.Calibration < judged.UsualSpread ? 1 : 0), 0.011);
    }

    [Fact]
    public void A_spread_that_does_not_follow_the_error_correlates_with_nothing()
    {
        CommitteeJudgement judged = Judge(0.01, 4, true, shared: 5);
        Assert.True(Math.Abs(judged.HeldOut!.RankCorrelation) < 0.05);
        Assert.True(judged.HeldOut.LogLikelihood > Judge(1, 4, true).HeldOut!.LogLikelihood);
    }

    [Fact]
    public void Few_frames_of_each_molecule_do_not_make_errors_small()
    {
        var random = new RandomSource(3);
        (double[], double[][]) Molecule(int frames) => ([.. Enumerable.Range(0, frames).Select(_ => 100 * random.NextNormal())],
            [new double[frames], new double[frames]]);
        (double[] Reference, double[][] Members)[] sets = [.. Enumerable.Range(0, 2000).Select(_ => Molecule(2)), Molecule(1)];
        CommitteeJudgement judged = new(sets, (1, 1, 1));
        Assert.Equal(4000, judged.Frames.Count);
        Assert.Equal(100, judged.HeldOut!.EnergyRoot, 4.0); // 2,000 free differences: a deviation of 1.6
        Assert.Null(new CommitteeJudgement([Molecule(1), Molecule(1)], (1, 1, 1)).HeldOut);
    }

    [Fact]
    public void One_network_has_errors_and_no_spread()
    {
        CommitteeJudgement judged = Judge(1, 1, false);
        Assert.Equal((1, double.NaN), (judged.Calibration, judged.HeldOut!.Within95));
        Assert.Equal(1, judged.HeldOut.EnergyRoot, 0.05);
    }
}
