using MolSampling.Molecular.FreeEnergies;
using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;
using Xunit.Abstractions;

namespace MolSampling.Tests.Molecular;

/// <summary>A beginning that is not equilibrated and that no window sees for itself: the power of the warning, and how often it is wrong.</summary>
public sealed class FreeEnergyDriftTests(ITestOutputHelper output)
{
    private static readonly double[] s_states = [0, 0.25, 0.5, 0.75, 1];

    [SkippableFact]
    public void Power_and_false_alarms_of_the_drift_warning()
    {
        SlowTests.Require();
        foreach ((int rows, double phi) in new[] { (200, 0.0), (1000, 0.0), (1000, 0.8), (3000, 0.9) })
            foreach (bool gradientsOnly in new[] { false, true })
            {
                Rate none = Measure(rows, phi, 0, Shape.Step, gradientsOnly, 400);
                output.WriteLine($"{rows} rows, phi {phi}{(gradientsOnly ? ", dH/dlambda only" : "")}: false alarms {none.Drift:p1}, any warning {none.Any:p1}, z {none.MeanZ:f2} +- {none.SpreadZ:f2}");
                Assert.InRange(none.Drift, 0, 0.015);
                foreach (Shape shape in Enum.GetValues<Shape>())
                {
                    Rate r = Measure(rows, phi, 2.5, shape, gradientsOnly, 100);
                    output.WriteLine($"    2.5 sd over 8 %, {shape}: bias {r.Bias:f2} quoted errors ({r.Hidden:f2} where nothing is said), warned {r.Drift:p0}, any {r.Any:p0}");
                    Assert.True(r.Drift > 0.8 || Math.Abs(r.Bias) < 0.7, $"{rows} {phi} {shape}: {r}");
                }
            }
    }

    /// <summary>The power in short: four of five results that a drift moves by more than an error are warned about.</summary>
    [Fact]
    public void A_drift_that_no_window_sees_is_said()
    {
        Rate r = Measure(1000, 0.8, 2.5, Shape.Step, false, 15), none = Measure(1000, 0.8, 0, Shape.Step, false, 15);
        output.WriteLine($"{r}; {none}");
        Assert.True(r.Drift >= 0.6);
        Assert.Equal(0, none.Drift);
    }

    private enum Shape
    {
        Step,
        Ramp,
        Decay,
    }

    private sealed record Rate(double Drift, double Any, double Bias, double Hidden, double MeanZ, double SpreadZ);

    private static Rate Measure(int rows, double phi, double drift, Shape shape, bool gradientsOnly, int seeds)
    {
        double exact = SyntheticAlchemy.Exact(1);
        var results = new (bool Said, bool Any, double Z, double Score)[seeds];
        Parallel.For(0, seeds, seed =>
        {
            var a = FreeEnergyAnalysis.Of(Data(rows, phi, drift, shape, (ulong)seed, gradientsOnly), new());
            FreeEnergyDifference d = a.Best!.Total;
            results[seed] = (a.Warnings.Any(w => w.Contains("first tenth", StringComparison.Ordinal)), a.Warnings.Any(w => !w.Contains("trapezoids", StringComparison.Ordinal)), (d.Value - exact) / d.StandardError, a.Drift!.Score);
        });
        double mean = results.Average(r => r.Score);
        return new(results.Count(r => r.Said) / (double)seeds, results.Count(r => r.Any) / (double)seeds, results.Average(r => r.Z), results.Where(r => !r.Any).Select(r => r.Z).DefaultIfEmpty(0).Average(),
            mean, Math.Sqrt(results.Average(r => (r.Score - mean) * (r.Score - mean))));
    }

    /// <summary>The model of <see cref="SyntheticAlchemy"/>, in memory; all windows begin displaced by some of their standard deviations over 8 % of the rows.</summary>
    private static AlchemicalData Data(int rows, double phi, double drift, Shape shape, ulong seed, bool gradientsOnly) => AlchemicalData.Combine([.. s_states.Select((lambda, k) =>
    {
        double stiffness = 1 + lambda * SyntheticAlchemy.B, mean = -lambda * SyntheticAlchemy.A / stiffness;
        var random = new RandomSource(seed).Split("drift").Split(k);
        double noise = random.NextNormal(), length = 0.08 * rows;
        var slopes = new double[rows];
        for (int n = 0; n < rows; n++)
        {
            noise = phi * noise + Math.Sqrt(1 - phi * phi) * random.NextNormal();
            double there = shape switch { Shape.Step => n < length ? 1 : 0, Shape.Ramp => Math.Max(0, 1 - n / length), _ => Math.Exp(-n / length) };
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
