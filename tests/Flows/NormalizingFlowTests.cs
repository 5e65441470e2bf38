using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Networks;
using MolSampling.Flows.Training;
using MolSampling.Flows.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
[Trait("cpu", "lanes")]
public sealed class NormalizingFlowTests
{
    private static readonly Domain s_strip = new([Axis.Circle(), Axis.Interval(0, 2)]);

    static NormalizingFlowTests() => TorchRuntime.EnsureLoaded();

    /// <summary>Far from the identity; float64.</summary>
    internal static NormalizingFlow Flow(Domain domain, double strength = 0.5)
    {
        Distribution normal = domain[0].Kind == AxisKind.Real ? new StandardNormal(domain.Count) : new Uniform(domain);
        int[] half = [.. Enumerable.Range(0, domain.Count / 2)],
            rest = [.. Enumerable.Range(domain.Count / 2, domain.Count - (domain.Count / 2))];
        var flow = new NormalizingFlow(normal, domain.Count == 1
            ? new Elementwise(domain, SplineTransformer.ForAll())
            : new Chain(
                new Coupling(domain, half, SplineTransformer.ForAll(), Mlp.Of(16)),
                new Coupling(domain, rest, SplineTransformer.ForAll(), Mlp.Of(16)),
                new Elementwise(domain, SplineTransformer.ForAll())));
        var random = new RandomSource(3);
        flow.Initialize(random);
        flow.To(ScalarType.Float64);
        foreach (Parameter weight in flow.Weights)
            weight.Fill(() => strength * random.NextNormal());
        return flow;
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Densities_integrate_to_one(int dimension, bool bounded)
    {
        using DisposeScope scope = NewDisposeScope();
        Domain domain = !bounded ? Domain.Real(dimension) : dimension == 1 ? new([Axis.Circle()]) : s_strip;
        using NormalizingFlow flow = Flow(domain, dimension == 1 ? 0.5 : 0.1);
        (Tensor x, Tensor weights) = Grid.Of(domain, dimension == 1 ? 20_000 : 100);
        using IDisposable constant = no_grad();
        // splines of bounded second derivative: the quadrature's error is of the order of panels^-2
        Assert.Equal(1, (flow.LogDensity(x).LogDensity.exp() * weights).sum().item<double>(), dimension == 1 ? 1e-6 : 1e-3);
    }

    [Fact]
    public void The_density_of_a_sample_is_the_one_it_came_with_and_a_sample_follows_the_density()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using NormalizingFlow flow = Flow(s_strip);
        (Tensor x, Tensor logDensity, long outside) = flow.Sample(20_000, new RandomSource(4));
        Assert.Equal(0, outside);
        Assert.Equal(ScalarType.Float64, logDensity.dtype);
        Assert.True((flow.LogDensity(x).LogDensity - logDensity).abs().max().item<double>() < 1e-9);
        // E_q[u / q] = the volume for any u that integrates to the volume: u = 1 over cells; |z| < 4.5, false alarm 7e-6 a cell
        for (int cell = 0; cell < 4; cell++)
        {
            double low = -Math.PI + cell * Math.PI / 2;
            Tensor weight = (-logDensity).exp() * ((x.select(1, 0) >= low) & (x.select(1, 0) < low + Math.PI / 2)).to(ScalarType.Float64);
            double z = (weight.mean().item<double>() - Math.PI) / (weight.std().item<double>() / Math.Sqrt(20_000));
            Assert.True(Math.Abs(z) < 4.5, $"cell {cell}: {z:f1}");
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void Outside_the_support_log_q_is_minus_infinity_and_counted(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(s_strip);
        flow.To(type);
        double[] points = [0, 1, 100, 0, -100, 2, 0, -1e-6, 0, 2.1, double.NaN, 1, 0, double.PositiveInfinity];
        (Tensor logDensity, long outside) = flow.LogDensity(tensor(points, [7, 2]).to(type));
        Assert.Equal(4, outside);
        Assert.Equal([false, false, false, true, true, true, true], (logDensity == double.NegativeInfinity).data<bool>().ToArray());
        Assert.False(isnan(logDensity).any().item<bool>());
        Tensor finite = logDensity[isfinite(logDensity)];
        foreach (Tensor gradient in autograd.grad([finite.sum()], [.. flow.Weights.Select(w => w.Value)], allow_unused: true))
            Assert.True(gradient.IsInvalid || isfinite(gradient).all().item<bool>());
    }

    [Fact]
    public void A_sample_that_overflows_is_counted_too()
    {
        using DisposeScope scope = NewDisposeScope();
        using var flow = new NormalizingFlow(new StandardNormal(1), new ScaleShift(Domain.Real(1), [1e38], [0]));
        (Tensor x, Tensor logDensity, long outside) = flow.Sample(2000, new RandomSource(4));
        Assert.InRange(outside, 1, 20); // |z| above 3.4: 1.3 expected, more than 20 at 1e-15
        Assert.Equal(outside, isinf(x).sum().item<long>());
        Assert.Equal(outside, (logDensity == double.NegativeInfinity).sum().item<long>());
        Assert.False(isnan(logDensity).any().item<bool>());
    }

    [Fact]
    public void Samples_follow_the_seed_and_base_and_bijection_must_meet()
    {
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = Flow(s_strip);
        Assert.Equal(flow.Sample(64, new RandomSource(9)).X.bytes.ToArray(), flow.Sample(64, new RandomSource(9)).X.bytes.ToArray());
        Assert.Throws<ArgumentException>(() => new NormalizingFlow(new StandardNormal(2),
            new Elementwise(s_strip, SplineTransformer.ForAll())));
    }

    [Fact]
    public void Both_directions_train_the_flow_to_a_known_law_and_leave_no_tensor_behind()
    {
        // a mixture on a circle: KL(p, q) = E_p log p - log q by samples, then by quadrature
        Domain circle = new([Axis.Circle()]);
        using var target = new Mixture([new VonMises(circle, [-1], [6]), new VonMises(circle, [2], [3])], [2, 1]);
        foreach (bool forward in new[] { true, false })
        {
            using var flow = new NormalizingFlow(new Uniform(circle), new Elementwise(circle, SplineTransformer.ForAll(12)));
            flow.Initialize(new RandomSource(1));
            using var adam = new Adam(flow, 0.02);
            var random = new RandomSource(2);
            long before = 0;
            for (int step = 0; step < 400; step++)
            {
                if (step == 2)
                {
                    GC.Collect(); // what other tests have left
                    GC.WaitForPendingFinalizers();
                    before = Tensor.TotalCount;
                }
                using DisposeScope scope = NewDisposeScope();
                Tensor loss;
                if (forward)
                    loss = -flow.LogDensity(target.Sample(256, random.Split(step))).LogDensity.mean();
                else
                {
                    (Tensor x, Tensor logDensity, _) = flow.Sample(256, random.Split(step));
                    loss = (logDensity - target.LogDensity(x)).mean();
                }
                Assert.True(double.IsFinite(adam.Step(loss, 10)));
                adam.LearningRate = 0.02 * (1 - step / 400.0);
            }
            Assert.Equal(before, Tensor.TotalCount);
            using DisposeScope after = NewDisposeScope();
            using IDisposable constant = no_grad();
            (Tensor grid, Tensor weights) = Grid.Of(circle, 400);
            Tensor single = grid.to(ScalarType.Float32), logTarget = target.LogDensity(single).to(ScalarType.Float64);
            double divergence = (logTarget.exp() * (logTarget - flow.LogDensity(single).LogDensity) * weights).sum().item<double>();
            Assert.InRange(divergence, -1e-5, 0.02);
        }
    }
}
