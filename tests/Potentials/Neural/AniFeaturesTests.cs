using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Neural;

namespace MolSampling.Tests.Potentials.Neural;

/// <summary>Derivatives along a direction, and the Jacobian of features from both sides.</summary>
[Trait("cpu", "lanes")]
public sealed class AniFeaturesTests
{
    private static readonly int[] s_elements = [1, 0, 0, 0, 2, 0, 1, 0, 0]; // places of H, C, O

    [Fact]
    public void A_dual_number_knows_the_slope_of_every_operation()
    {
        (string Name, Func<Dual<Double64>, Dual<Double64>> Formula, Func<double, double> Value)[] formulas =
        [
            ("product", x => x * x * x - 2.0 * x, x => x * x * x - 2 * x),
            ("fused", x => Dual<Double64>.MultiplySubtract(x, x, Dual<Double64>.MultiplyAdd(x, 3.0, -x)), x => x * x - 2 * x),
            ("reciprocal", Dual<Double64>.Reciprocal, x => 1 / x),
            ("roots", x => Dual<Double64>.Sqrt(x) + Dual<Double64>.ReciprocalSqrt(x), x => Math.Sqrt(x) + 1 / Math.Sqrt(x)),
            ("angles", x => Dual<Double64>.Acos(x) - 3.0 * Dual<Double64>.Asin(x), x => Math.Acos(x) - 3 * Math.Asin(x)),
            ("exponentials", x => Dual<Double64>.Exp(x) + Dual<Double64>.Exp2(-x) + Dual<Double64>.Log(x),
                x => Math.Exp(x) + Math.Pow(2, -x) + Math.Log(x)),
            ("choice", x => Dual<Double64>.IfLess(x, 0.1, 5.0 * x, Dual<Double64>.Max(x, 0.2) * Dual<Double64>.Min(x, 0.9)), x => x * x),
            ("magnitude", x => Dual<Double64>.Abs(x - 1.0), x => Math.Abs(x - 1)),
            ("turns", x =>
            {
                Dual<Double64>.SinCosOfTurns(0.4 * x, out Dual<Double64> s, out Dual<Double64> c);
                return s + 2.0 * c;
            }, x => Math.Sin(0.8 * Math.PI * x) + 2 * Math.Cos(0.8 * Math.PI * x)),
        ];
        const double at = 0.37, h = 1e-5, along = 1.7;
        foreach ((string name, Func<Dual<Double64>, Dual<Double64>> formula, Func<double, double> value) in formulas)
        {
            Dual<Double64> dual = formula(new(at, along));
            Assert.True(Math.Abs(value(at) - dual.Value.Value) < 1e-9, name);
            double slope = along * (value(at + h) - value(at - h)) / (2 * h);
            Assert.True(Math.Abs(slope - dual.Slope.Value) < 1e-6, $"{name}: {dual.Slope.Value}, by differences {slope}");
        }
    }

    [Fact]
    public void Changes_along_a_direction_are_those_of_differences()
    {
        var features = Features();
        (float[] x, float[] v) = (Frames(11, 1), Frames(11, 2));
        float[] changes = new float[11 * Row(features)], up = new float[changes.Length], down = new float[changes.Length];
        features.Along(x, v, changes);
        const float h = 2e-3f;
        features.Values([.. x.Zip(v, (a, b) => a + h * b)], up);
        features.Values([.. x.Zip(v, (a, b) => a - h * b)], down);
        Assert.Contains(changes, c => Math.Abs(c) > 1);
        for (int k = 0; k < changes.Length; k++)
            Assert.Equal((up[k] - down[k]) / (2 * h), changes[k], 0.05);
    }

    [Fact]
    public void The_two_sides_of_the_Jacobian_agree()
    {
        var features = Features();
        (float[] x, float[] v) = (Frames(11, 1), Frames(11, 2));
        var random = new RandomSource(3);
        float[] g = [.. Enumerable.Range(0, 11 * Row(features)).Select(_ => (float)random.NextNormal())];
        float[] slopes = new float[x.Length], changes = new float[g.Length];
        features.Slopes(x, g, slopes);
        features.Along(x, v, changes);
        for (int s = 0; s < 11; s++) // g . (J v) = (J^T g) . v
        {
            double left = Dot(g, changes, s * Row(features), Row(features)), right = Dot(slopes, v, s * 27, 27);
            Assert.Equal(left, right, 1e-4 * Math.Abs(left) + 1e-2);
        }
    }

    [Fact]
    public void A_frame_does_not_depend_on_those_beside_it_nor_on_threads()
    {
        var features = Features();
        float[] x = Frames(21, 1), all = new float[21 * Row(features)], threaded = new float[all.Length], one = new float[Row(features)];
        features.Values(x, all);
        features.Values(x, threaded, 0);
        Assert.Equal(all, threaded);
        features.Values(x[(13 * 27)..(14 * 27)], one);
        Assert.Equal(all[(13 * one.Length)..(14 * one.Length)], one);
    }

    private static double Dot(float[] a, float[] b, int from, int count)
    {
        double sum = 0;
        for (int k = from; k < from + count; k++)
            sum += (double)a[k] * b[k];
        return sum;
    }

    private static int Row(AniFeatures features) => features.AtomCount * features.Count;

    private static AniFeatures Features() => new(AniModel.TwoX.Of([1, 6, 8]), s_elements);

    /// <summary>[S, 27] nm: a loose cluster, atoms at least 0.09 nm apart.</summary>
    private static float[] Frames(int count, ulong seed)
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, count * 27).Select(k => (float)(0.13 * Place(k % 27) + 0.012 * random.NextNormal()))];

        static double Place(int k) => (k / 3, k % 3) switch
        {
            (int a, 0) => a % 3,
            (int a, 1) => a / 3 % 3,
            (int a, _) => (a * 2 + a / 3) % 3,
        };
    }
}
