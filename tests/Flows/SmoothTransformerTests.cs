using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>What the contract of bijections does not ask: that forces of the flow are continuous.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class SmoothTransformerTests(ITestOutputHelper output)
{
    static SmoothTransformerTests() => TorchRuntime.EnsureLoaded();

    private static Tensor Parameters(IElementTransformer transformer)
    {
        var random = new RandomSource(3);
        return tensor(Enumerable.Range(0, transformer.ParameterCount).Select(_ => random.NextNormal()).ToArray(),
            [1, 1, transformer.ParameterCount]);
    }

    /// <summary>d/dx ln f'(x).</summary>
    private static double[] Force(IElementTransformer transformer, double[] points, bool inverse)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(points, [points.Length, 1]).requires_grad_(true);
        return [.. autograd.grad([transformer.Apply(x, Parameters(transformer), inverse).LogDerivative.sum()], [x])[0].data<double>()];
    }

    [Theory]
    [InlineData(AxisKind.Real, false)]
    [InlineData(AxisKind.Real, true)]
    [InlineData(AxisKind.Interval, false)]
    [InlineData(AxisKind.Circle, false)]
    [InlineData(AxisKind.Circle, true)]
    public void Its_force_has_no_jump_where_a_spline_s_has(AxisKind kind, bool inverse)
    {
        Axis axis = kind switch { AxisKind.Real => Axis.Real, AxisKind.Interval => Axis.Interval(0, 1), _ => Axis.Circle() };
        (double low, double high) = kind == AxisKind.Real ? (-6.0, 6.0) : (axis.Low + 1e-9, axis.High - 1e-9);
        // the largest change from one point of a grid to the next: it shrinks with the step where there is no jump
        double Largest(IElementTransformer transformer, int points)
        {
            double[] force = Force(transformer, [.. Enumerable.Range(0, points + 1).Select(k => low + (high - low) * k / points)], inverse);
            return Enumerable.Range(1, points).Max(k => Math.Abs(force[k] - force[k - 1]));
        }
        IElementTransformer smooth = SmoothTransformer.On(axis, 5), spline = kind == AxisKind.Real ? SplineTransformer.WithTails(5, 5,
            fused: false) : SplineTransformer.On(axis, 5, fused: false);
        double coarse = Largest(smooth, 20_000), fine = Largest(smooth, 160_000), jump = Largest(spline, 20_000),
            still = Largest(spline, 160_000);
        output.WriteLine($"smooth {coarse:e2} -> {fine:e2}, spline {jump:e2} -> {still:e2}");
        Assert.InRange(fine / coarse, 0.1, 0.15); // an eighth
        Assert.InRange(still / jump, 0.8, 1.2);
    }

    [Fact]
    public void Second_derivatives_go_through_the_inverse()
    {
        var smooth = SmoothTransformer.On(Axis.Interval(-1, 2), 6);
        using DisposeScope scope = NewDisposeScope();
        double[] points = [-0.93, -0.2, 0.4, 1.1, 1.97];
        const double Step = 1e-5;
        Tensor y = tensor(points, [5, 1]).requires_grad_(true), x = smooth.Apply(y, Parameters(smooth), true).Y;
        Tensor first = autograd.grad([x.sum()], [y], retain_graph: true, create_graph: true)[0];
        double[] second = [.. autograd.grad([first.sum()], [y])[0].data<double>()];
        // dx/dy
        double[] At(double shift) => [.. smooth.Apply(tensor(points.Select(p => p + shift).ToArray(), [5, 1]), Parameters(smooth),
            true).LogDerivative.exp().data<double>()];
        double[] up = At(Step), down = At(-Step);
        for (int k = 0; k < points.Length; k++)
            Assert.Equal((up[k] - down[k]) / (2 * Step), second[k], 1e-6 * (1 + Math.Abs(second[k])));
    }
}
