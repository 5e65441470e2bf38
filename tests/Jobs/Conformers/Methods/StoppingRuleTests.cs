using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Methods;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Tests.Jobs.Conformers.Methods;

/// <summary>
/// The synthetic law of the case optional-stopping-of-draws: log-normal weights of variance s2, shifted by d in a basin that has the share
/// q of the draws, so its population is q e^d / (1 - q + q e^d). A number of draws that follows from a pilot which is thrown away leaves no
/// bias; to draw until the weights look well does (power case).
/// </summary>
public sealed class StoppingRuleTests
{
    private const int Repeats = 200, Batch = 2048, Most = 65_536;

    [Theory]
    [InlineData(2.5, 0.02, 2.3)]
    [InlineData(3.5, 0.02, 2.3)]
    [InlineData(4.2, 0.005, 3.0)]
    public void A_pilot_that_is_not_averaged_leaves_no_bias(double variance, double share, double shift)
    {
        var law = new Law(variance, share, shift);
        (double bias, double within, double noise) = Run(law, (draw, random) =>
            draw(WeightedDraws.Enough(new(draw(Batch, random.Split("pilot")).Log), Batch, Most) ?? Most, random.Split("draws")));
        Assert.True(Math.Abs(bias) < 0.2 + 2.5 * noise, $"bias {bias:f2} +- {noise:f2} errors");
        Assert.True(within >= 0.9 - 2.5 * Math.Sqrt(0.09 / Repeats), $"{within:p0} within two errors");
    }

    /// <summary>As for basins between which no move leads. Even weights of what was drawn anew say nothing of what is missing (power
    /// case).</summary>
    [Theory]
    [InlineData(3.5, 0.02, 2.3)]
    [InlineData(4.2, 0.005, 3.0)]
    public void Drawn_anew_and_not_moved_they_have_the_errors_that_they_had(double variance, double share, double shift)
    {
        (double Bias, double Within, double Noise) Anew(bool told) => Run(new(variance, share, shift), (draw, random) =>
            draw(WeightedDraws.Enough(new(draw(Batch, random.Split("pilot")).Log), Batch, Most) ?? Most, random.Split("draws")),
            ensemble =>
            {
                int count = (int)(2 * ensemble.EffectiveSampleSize);
                (int[] rows, int[] groups, double[] logs) = ResampleMove.Draw(ensemble, count, new RandomSource(3));
                var drawn = new Ensemble(ensemble.State, [.. rows.Select(r => ensemble.Positions[r])], [.. rows.Select(r =>
                    ensemble.Energies[r])], logs, groups);
                int[][] families = new MovedSamples(drawn, rows, 0, 0).Families();
                return (new Populations(drawn, families, told ? ensemble.EffectiveSampleSize / ensemble.Count : 1), rows);
            });
        (double bias, double within, double noise) = Anew(told: true);
        Assert.True(Math.Abs(bias) < 0.2 + 2.5 * noise, $"bias {bias:f2} +- {noise:f2} errors");
        Assert.True(within >= 0.9 - 2.5 * Math.Sqrt(0.09 / Repeats), $"{within:p0} within two errors");
        double without = Anew(told: false).Within;
        Assert.True(without < within, $"{without:p1} within two errors, {within:p1}");
    }

    [Fact]
    public void To_draw_until_the_weights_look_well_is_biased()
    {
        (double bias, double within, double noise) = Run(new(4.2, 0.005, 3.0), (draw, random) =>
        {
            (double[] Log, bool[] Inside) all = ([], []);
            for (int n = 0, more = Batch; all.Log.Length < Most; n++, more += more / 4) // who looks often pays by the square
            {
                (double[] log, bool[] inside) = draw(Math.Min(more, Most - all.Log.Length), random.Split(n));
                all = ([.. all.Log, .. log], [.. all.Inside, .. inside]);
                var weights = new ImportanceWeights(all.Log);
                if (weights.EffectiveSize >= ConvergenceCriteria.SmallestEffectiveSize
                    && weights.Tail.Shape <= ConvergenceCriteria.LargestShape)
                    break;
            }
            return all;
        });
        Assert.True(bias < -3 * noise, $"bias {bias:f2} +- {noise:f2} errors, {within:p0} within two");
    }

    private delegate (double[] Log, bool[] Inside) Draw(int count, RandomSource random);

    /// <summary>Bias in quoted errors with its own standard error, and the share of repeats within two errors.</summary>
    private static (double Bias, double Within, double Noise) Run(Law law, Func<Draw, RandomSource, (double[] Log, bool[] Inside)> rule,
        Func<Ensemble, (Populations, int[] Rows)>? analyse = null)
    {
        double[] values = new double[Repeats], errors = new double[Repeats];
        Parallel.For(0, Repeats, ParallelWork.Options(), r =>
        {
            (double[] log, bool[] inside) = rule(law.Draw, new RandomSource(1).Split("repeats").Split(r));
            var ensemble = new Ensemble(new(300), [.. log.Select(_ => ReadOnlyMemory<float>.Empty)], log, log, [.. Enumerable.Range(0,
                log.Length).Select(n => n % 32)]);
            (Populations populations, int[] rows) = analyse?.Invoke(ensemble) ?? (new Populations(ensemble), [.. Enumerable.Range(0,
                log.Length)]);
            Estimate share = populations.Of(Enumerable.Range(0, rows.Length).Where(n => inside[rows[n]]));
            (values[r], errors[r]) = (share.Value, share.StandardError);
        });
        double typical = Math.Sqrt(errors.Average(e => e * e)), mean = values.Average();
        double spread = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) / Repeats);
        return ((mean - law.Population) / typical, (double)Enumerable.Range(0, Repeats).Count(r =>
            Math.Abs(values[r] - law.Population) < 2 * errors[r]) / Repeats, spread / typical);
    }

    private sealed record Law(double Variance, double Share, double Shift)
    {
        public double Population => Share * Math.Exp(Shift) / (1 - Share + Share * Math.Exp(Shift));

        public (double[] Log, bool[] Inside) Draw(int count, RandomSource random)
        {
            double[] log = new double[count];
            bool[] inside = new bool[count];
            for (int n = 0; n < count; n++)
            {
                inside[n] = random.NextDouble() < Share;
                log[n] = -0.5 * Variance + Math.Sqrt(Variance) * random.NextNormal() + (inside[n] ? Shift : 0);
            }
            return (log, inside);
        }
    }
}
