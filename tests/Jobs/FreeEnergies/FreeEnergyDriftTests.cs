using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Sampling.Estimators;

namespace MolSampling.Tests.Jobs.FreeEnergies;

/// <summary>A beginning that is not equilibrated and that no window sees for itself: the power of the warning, and how often it is
/// wrong.</summary>
public sealed class FreeEnergyDriftTests(ITestOutputHelper output)
{
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];

    /// <summary>What is left of 2.5 standard deviations over 8 % of the rows after the cut, how often the warning is wrong without a drift,
    /// and how often it speaks where nothing is cut.</summary>
    [SkippableFact]
    public void The_cut_the_warning_and_its_false_alarms()
    {
        SlowTests.Require();
        foreach ((int rows, double phi) in new[] { (1000, 0.0), (3000, 0.5) })
        {
            Rate none = Measure(rows, phi, 0, Shape.Step, new(), 200);
            output.WriteLine($"{rows} rows, phi {phi}: no drift: bias {none.Bias:f2} quoted errors, warned {none.Said:p2}, z {none.MeanZ:f2} +- {none.SpreadZ:f2}");
            Assert.InRange(none.Said, 0, 0.0125); // 2 of 200; 0.5 % nominally
            foreach (Shape shape in Enum.GetValues<Shape>())
            {
                Rate cut = Measure(rows, phi, 2.5, shape, new(), 60), all = Measure(rows, phi, 2.5, shape, new(DiscardPicoseconds: 0), 60);
                output.WriteLine($"    {shape}: bias {cut.Bias:f2} quoted errors after the cut (warned {cut.Said:p0}); {all.Bias:f2} without (warned {all.Said:p0})");
                Assert.InRange(cut.Bias - none.Bias, -0.4, 0.8);
                Assert.True(all.Bias - none.Bias < 1.5 || all.Said > 0.6, $"{rows} {phi} {shape}: {all}");
            }
        }
    }

    /// <summary>The same in short.</summary>
    [Fact]
    public void A_drift_is_cut_and_said_where_nothing_is_cut()
    {
        FreeEnergyOptions everything = new(DiscardPicoseconds: 0);
        Rate cut = Measure(1000, 0, 2.5, Shape.Decay, new(), 10), all = Measure(1000, 0, 2.5, Shape.Decay, everything, 10),
            none = Measure(1000, 0, 0, Shape.Decay, everything, 10), gradients = Measure(1000, 0, 2.5, Shape.Decay, everything, 5,
            gradientsOnly: true);
        output.WriteLine($"{cut}\n{all}\n{none}\n{gradients}");
        Assert.InRange(cut.Bias, -1, 1.2); // 1.5 if only what is seen is cut; known to 0.3
        Assert.True(all.Bias > 2);
        Assert.Equal((1, 0), (all.Said, none.Said));
        Assert.Equal(1, gradients.Said);
    }

    private enum Shape
    {
        Step,
        Ramp,
        Decay,
    }

    private sealed record Rate(double Said, double Bias, double MeanZ, double SpreadZ);

    private static Rate Measure(int rows, double phi, double drift, Shape shape, FreeEnergyOptions options, int seeds,
        bool gradientsOnly = false)
    {
        double exact = SyntheticAlchemy.Exact(1);
        var results = new (bool Said, double Error, double Score)[seeds];
        Parallel.For(0, seeds, ParallelWork.Options(), seed =>
        {
            var a = FreeEnergyAnalysis.Of(Data(rows, phi, drift, shape, (ulong)seed, gradientsOnly), options);
            FreeEnergyDifference d = a.Best!.Total;
            results[seed] = (a.Warnings.Any(w => w.Contains("first tenth", StringComparison.Ordinal)), (d.Value - exact) / d.StandardError,
                a.Drift!.Score);
        });
        double mean = results.Average(r => r.Score);
        return new(results.Count(r => r.Said) / (double)seeds, results.Average(r => r.Error), mean,
            Math.Sqrt(results.Average(r => (r.Score - mean) * (r.Score - mean))));
    }

    /// <summary>The model of <see cref="SyntheticAlchemy"/>, in memory; all windows begin displaced by some of their standard deviations
    /// over 8 % of the rows.</summary>
    private static AlchemicalData Data(int rows, double phi, double drift, Shape shape, ulong seed, bool gradientsOnly) =>
        AlchemicalData.Combine([.. s_states.Select((lambda, k) =>
    {
        double stiffness = 1 + lambda * SyntheticAlchemy.B, mean = -lambda * SyntheticAlchemy.A / stiffness;
        var random = new RandomSource(seed).Split("drift").Split(k);
        double noise = random.NextNormal(), length = 0.08 * rows;
        var slopes = new double[rows];
        for (int n = 0; n < rows; n++)
        {
            noise = phi * noise + Math.Sqrt(1 - phi * phi) * random.NextNormal();
            double there = shape switch { Shape.Step => n < length ? 1 : 0, Shape.Ramp => Math.Max(0, 1 - n / length),
                _ => Math.Exp(-n / length) };
            double x = mean + (noise + drift * there) / Math.Sqrt(stiffness);
            slopes[n] = SyntheticAlchemy.A * x + 0.5 * SyntheticAlchemy.B * x * x;
        }
        return new AlchemicalFile
        {
            Source = $"window {k}",
            LambdaNames = ["fep-lambda"],
            Temperature = 300,
            Times = [.. Enumerable.Range(0, rows).Select(n => (double)n)],
            SampledStates = [new(lambda)],
            StateOfRow = new int[rows],
            Columns = gradientsOnly ? [] : [.. s_states.Select(l => new LambdaState(l))],
            ReducedPotentials = gradientsOnly ? null : [.. slopes.SelectMany(g => s_states.Select(l => g * (l - lambda)))],
            Gradients = slopes,
        };
    })]);
}
