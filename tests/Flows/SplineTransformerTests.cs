using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>The reference spline at its knots, ends and worst parameters.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class SplineTransformerTests
{
    private const int Bins = 5;

    static SplineTransformerTests() => TorchRuntime.EnsureLoaded();

    public static TheoryData<int> Ends => [0, 1, 2];

    private static SplineTransformer Spline(int ends) =>
        ends switch { 0 => SplineTransformer.WithTails(2, Bins, false), 1 => SplineTransformer.On(Axis.Interval(-2, 2), Bins, false),
            _ => SplineTransformer.On(Axis.Circle(-2, 4), Bins, false) };

    [Theory]
    [InlineData(-0.3, 7)]
    [InlineData(0.1, 2.5)]
    [InlineData(40, 41)]
    public void Fused_is_the_reference_in_value_and_gradient_wherever_the_axis_lies(double low, double high)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Axis axis in new[] { Axis.Interval(low, high), Axis.Circle(low, high - low) })
        {
            const int rows = 400;
            SplineTransformer fused = SplineTransformer.On(axis, Bins), reference = SplineTransformer.On(axis, Bins, fused: false);
            var random = new RandomSource(3);
            double[] numbers = [.. Enumerable.Range(0, rows).Select(_ => low + (high - low) * random.NextDouble())],
                own = [.. Enumerable.Range(0, rows * reference.ParameterCount).Select(_ => random.NextNormal())];
            foreach (bool inverse in new[] { false, true })
            {
                Tensor[] Of(SplineTransformer spline)
                {
                    Tensor x = tensor(numbers, [rows, 1]).requires_grad_(true),
                        p = tensor(own, [rows, 1, spline.ParameterCount]).requires_grad_(true);
                    (Tensor y, Tensor l) = spline.Apply(x, p, inverse);
                    return [y, l, .. autograd.grad([(y * 1.3 - l * 0.7).sum()], [x, p])];
                }
                foreach ((Tensor a, Tensor b) in Of(fused).Zip(Of(reference)))
                    Assert.True(a.allclose(b, 1e-8, 1e-8 * Math.Max(1, high)),
                        $"{axis}, inverse {inverse}: {(a - b).abs().max().item<double>():g3}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Parameters_shared_by_rows_are_the_same_parameters_in_every_row(int ends)
    {
        using DisposeScope scope = NewDisposeScope();
        SplineTransformer spline = Spline(ends);
        var random = new RandomSource(6);
        double[] numbers = [.. Enumerable.Range(0, 600).Select(_ => -2 + 4 * random.NextDouble())],
            own = [.. Enumerable.Range(0, 3 * spline.ParameterCount).Select(_ => random.NextNormal())];
        foreach (bool inverse in new[] { false, true })
        {
            Tensor[] Of(Func<Tensor, Tensor, (Tensor Y, Tensor L)> apply)
            {
                Tensor x = tensor(numbers, [200, 3]).requires_grad_(true), p = tensor(own, [3, spline.ParameterCount]).requires_grad_(true);
                (Tensor y, Tensor l) = apply(x, p);
                return [y, l, .. autograd.grad([(y * 1.3 - l * 0.7).sum()], [x, p])];
            }
            foreach ((Tensor a, Tensor b) in Of((x, p) => spline.Apply(x, p.unsqueeze(0), inverse)).Zip(Of((x, p) =>
                spline.Apply(x, p.expand(200, -1, -1), inverse))))
                Assert.True(a.allclose(b, 1e-11, 1e-11), $"inverse {inverse}: {(a - b).abs().max().item<double>():g3}");
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Ends_of_an_interval_go_to_ends_to_the_bit(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        var random = new RandomSource(8);
        long lost = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            double low = 4 * random.NextNormal(), high = low + 0.1 + 5 * random.NextDouble();
            SplineTransformer spline = SplineTransformer.On(Axis.Interval(low, high), Bins);
            Tensor p = tensor(Enumerable.Range(0, 2 * spline.ParameterCount).Select(_ => 3 * random.NextNormal()).ToArray(),
                [2, 1, spline.ParameterCount]).to(type), ends = tensor(new[] { low, high }, [2, 1]).to(type);
            foreach (bool inverse in new[] { false, true })
            {
                (Tensor y, Tensor l) = spline.Apply(ends, p, inverse);
                Assert.True(y.Equals(ends) && l.isfinite().all().item<bool>(), $"[{low}, {high}] {y}");
            }
            // the power case: counted from the middle of the axis, an end may round to the outside
            Tensor half = tensor(0.5 * (high - low)).to(type);
            lost += ((ends - tensor(low + 0.5 * (high - low)).to(type)).abs() > half).sum().item<long>();
        }
        Assert.True(lost > 0);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Zero_parameters_are_the_identity(int ends)
    {
        using DisposeScope scope = NewDisposeScope();
        SplineTransformer spline = Spline(ends);
        Tensor x = linspace(-2, 2, 101, ScalarType.Float64).unsqueeze(1);
        foreach (bool inverse in new[] { false, true })
        {
            (Tensor y, Tensor logSlope) = spline.Apply(x, zeros(101, 1, spline.ParameterCount, dtype: ScalarType.Float64), inverse);
            // both ends of a circle are one point
            Assert.True(((y - x).abs().max().item<double>() < 1e-14)
                || (ends == 2 && (y - x).narrow(0, 0, 100).abs().max().item<double>() < 1e-14));
            Assert.True(logSlope.abs().max().item<double>() < 1e-13);
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Value_and_slope_are_continuous_at_every_knot_and_knots_go_to_knots(int ends)
    {
        using DisposeScope scope = NewDisposeScope();
        SplineTransformer spline = Spline(ends);
        double[] parameters = Parameters(spline, 1, 1);
        if (ends == 2)
            parameters[^1] = 0; // no turn, so that knots are where the widths say
        double[] x = Knots(parameters.AsSpan(0, Bins)), y = Knots(parameters.AsSpan(Bins, Bins));
        for (int k = 0; k <= Bins; k++)
        {
            double[] near = ends == 1 && k == 0 ? [x[k], x[k] + 1e-9] : ends == 1 && k == Bins ? [x[k], x[k] - 1e-9]
                : [x[k], x[k] - 1e-9, x[k] + 1e-9];
            Tensor points = tensor(near, [near.Length, 1]), own = tensor(parameters, [1, 1, parameters.Length]).expand(near.Length, 1,
                parameters.Length);
            (Tensor image, Tensor logSlope) = spline.Apply(points, own, false);
            for (int i = 0; i < near.Length; i++)
            {
                double difference = Math.Abs(image[i, 0].item<double>() - y[k]);
                Assert.True(Math.Min(difference, ends == 2 ? Math.Abs(4 - difference) : difference) < (i == 0 ? 1e-14 : 1e-7));
                Assert.Equal(logSlope[0, 0].item<double>(), logSlope[i, 0].item<double>(), 1e-6);
            }
            if (ends == 0 && k is 0 or Bins)
                Assert.Equal(ends == 0 ? 0 : logSlope[0, 0].item<double>(), logSlope[0, 0].item<double>(), 1e-12); // tails have slope 1
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Wild_parameters_keep_it_increasing_inside_and_invertible(int ends)
    {
        // up to +-30: softmax and softplus at their limits, neighbouring slopes of 1e-3 and 30
        using DisposeScope scope = NewDisposeScope();
        SplineTransformer spline = Spline(ends);
        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.Float64 })
            for (ulong seed = 0; seed < 40; seed++)
            {
                Tensor own = tensor(Parameters(spline, 15, seed), [1, 1, spline.ParameterCount]).to(type).expand(401, 1,
                    spline.ParameterCount);
                Tensor x = linspace(-2, 2, 401, type).unsqueeze(1);
                (Tensor y, Tensor logSlope) = spline.Apply(x, own, false);
                (Tensor back, Tensor logInverse) = spline.Apply(y, own, true);
                Assert.True(((y >= -2) & (y <= 2)).all().item<bool>());
                Assert.True(((back >= -2) & (back <= 2)).all().item<bool>());
                Assert.True((isfinite(logSlope) & isfinite(logInverse)).all().item<bool>());
                if (ends != 2)
                    Assert.True((y.narrow(0, 1, 400) - y.narrow(0, 0, 400) >= 0).all().item<bool>());
                // x comes back up to what rounding y is worth: eps / slope
                Tensor difference = (back - x).abs(), allowed = (1 + (-logSlope).exp()) * (type == ScalarType.Float32 ? 2e-6 : 4e-15) * 2;
                Assert.True(((difference <= allowed) | ((difference - 4).abs() <= allowed)).all().item<bool>(), $"{type}, seed {seed}");
            }
    }

    [Fact]
    public void Its_arguments_are_checked()
    {
        Assert.Throws<ArgumentException>(() => SplineTransformer.On(Axis.Real));
        Assert.Throws<ArgumentOutOfRangeException>(() => SplineTransformer.WithTails(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => SplineTransformer.WithTails(1, 1));
        Assert.Equal((14, 16, 16), (Spline(0).ParameterCount, Spline(1).ParameterCount, Spline(2).ParameterCount));
    }

    private static double[] Parameters(SplineTransformer spline, double scale, ulong seed)
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, spline.ParameterCount).Select(_ => scale * random.NextNormal())];
    }

    private static double[] Knots(ReadOnlySpan<double> logits)
    {
        double[] exp = [.. logits.ToArray().Select(Math.Exp)], knots = new double[exp.Length + 1];
        knots[0] = -2;
        for (int k = 0; k < exp.Length; k++)
            knots[k + 1] = knots[k] + 4 * (1e-3 + (1 - 1e-3 * exp.Length) * exp[k] / exp.Sum());
        return knots;
    }
}
