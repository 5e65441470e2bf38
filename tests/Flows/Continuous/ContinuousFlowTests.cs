using MolSampling.Flows.Continuous;
using MolSampling.Flows.Distributions;
using MolSampling.Flows.Presets;
using TorchSharp;
using static MolSampling.Tests.Flows.Continuous.VectorFieldTests;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Continuous;

/// <summary>The contract of bijections is held to in <see cref="BijectionTests"/>.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class ContinuousFlowTests(ITestOutputHelper output)
{
    static ContinuousFlowTests() => TorchRuntime.EnsureLoaded();

    private static readonly double[,] s_matrix = { { 0.3, 1.2, -0.4 }, { -0.9, -0.5, 0.2 }, { 0.1, 0.7, 0.8 } };

    /// <summary>v = A x, with a divergence that can be made wrong.</summary>
    private sealed class Linear(double[,] matrix, double sign = 1) : VectorField(matrix.GetLength(0))
    {
        public override Tensor Velocity(Tensor x, Tensor t) => x.matmul(tensor(matrix).t().to(x.dtype));

        public override (Tensor Velocity, Tensor Divergence) WithDivergence(Tensor x, Tensor t) =>
            (Velocity(x, t), full(x.shape[0], sign * Enumerable.Range(0, Dimension).Sum(i => matrix[i, i]), dtype: x.dtype));
    }

    [Fact]
    public void A_linear_field_flows_by_the_matrix_exponential()
    {
        using DisposeScope scope = NewDisposeScope();
        using var map = new ContinuousFlow(new Linear(s_matrix), new DormandPrince(1e-11));
        map.To(ScalarType.Float64);
        Tensor x = Normal(new RandomSource(1), 20, 3), exponential = linalg.matrix_exp(tensor(s_matrix));
        (Tensor y, Tensor logDet) = map.Forward(x);
        Assert.True((y - x.matmul(exponential.t())).abs().max().item<double>() < 1e-9);
        Assert.True((logDet - 0.6).abs().max().item<double>() < 1e-10); // ln det e^A = tr A
        map.Solver = new RungeKutta4(200);
        Assert.True((map.Inverse(y).X - x).abs().max().item<double>() < 1e-8);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_log_determinant_is_that_of_the_Jacobian_and_the_inverse_comes_back(bool pairs)
    {
        using DisposeScope scope = NewDisposeScope();
        using ContinuousFlow map = Far(new ContinuousFlow(pairs ? new PairField(3, 2, 4, 6, 4, 6) : new MlpField(3, 8), new DormandPrince(1e-9)));
        Tensor x = Normal(new RandomSource(3), 6, map.Dimension).requires_grad_(true);
        (Tensor y, Tensor logDet) = map.Forward(x);
        Tensor jacobian = stack([.. Enumerable.Range(0, map.Dimension).Select(i => autograd.grad([y.select(1, i).sum()], [x],
            retain_graph: true)[0])], 1);
        Assert.True(logDet.abs().max().item<double>() > 0.1);
        Assert.True((linalg.slogdet(jacobian).Item2 - logDet).abs().max().item<double>() < 1e-6);
        (Tensor back, Tensor reverse) = map.Inverse(y);
        Assert.True((back - x).abs().max().item<double>() < 1e-6);
        Assert.True((reverse + logDet).abs().max().item<double>() < 1e-6);
    }

    [Fact]
    public void Densities_integrate_to_one_and_with_a_wrong_sign_of_the_divergence_they_do_not()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        (Tensor x, Tensor weights) = Grid.Of(Domain.Real(2), 16);
        double Integral(VectorField field)
        {
            using var flow = new NormalizingFlow(new StandardNormal(2), new ContinuousFlow(field, new DormandPrince(1e-6)));
            flow.To(ScalarType.Float64);
            return (flow.LogDensity(x).LogDensity.exp() * weights).sum().item<double>();
        }
        using MlpField started = new(2, 8);
        started.Initialize(new RandomSource(4));
        foreach (Parameter weight in started.Weights)
            weight.Fill(new RandomSource(5).NextNormal);
        Assert.Equal(1, Integral(started), 1e-4);
        double[,] matrix = { { 0.2, 0.3 }, { -0.1, -0.4 } };
        Assert.Equal(1, Integral(new Linear(matrix)), 1e-4);
        Assert.Equal(Math.Exp(-0.4), Integral(new Linear(matrix, -1)), 1e-4); // e^(2 tr A): detected
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    public void On_points_with_their_centre_at_rest_log_Z_is_that_of_the_subspace(int embedding)
    {
        // U = k/2 sum |x - centre|^2: Z = (2 pi / k)^((N-1) d / 2) over the subspace
        const int points = 4, space = 2, samples = 2000;
        const double k = 1.7, exact = (points - 1) * space * 0.5;
        using DisposeScope scope = NewDisposeScope();
        using NormalizingFlow flow = ContinuousFlows.ForParticles(points, space, 4, new RandomSource(2), 6, embedding, [6], new DormandPrince(1e-6));
        Far(flow, 0.025);
        Tensor Harmonic(Tensor x)
        {
            Tensor r = x.reshape(-1, points, space);
            return (r - r.mean([1L], keepdim: true)).square().sum([1L, 2L]) * (-0.5 * k);
        }
        FlowEvaluation judged = FlowEvaluation.Of(flow, Harmonic, samples, new RandomSource(3), CentredNormalOf(k, points, space, samples));
        double logZ = exact * Math.Log(2 * Math.PI / k);
        Assert.Equal(0, judged.NonFinite);
        output.WriteLine($"effective fraction {judged.Reverse.EffectiveFraction:f3}, log Z {judged.Reverse.LogMean}, exact {logZ:f4}");
        Assert.InRange(judged.Reverse.EffectiveFraction, 0.05, 0.98); // far from trivial, good enough for an error bar
        // false alarm 7e-6
        Assert.True(Math.Abs(judged.Reverse.LogMean.Value - logZ) < 4.5 * judged.Reverse.LogMean.StandardError,
            $"{judged.Reverse.LogMean} against {logZ:f4}");
        Assert.True(judged.Reverse.LogMean.StandardError < 0.1); // one direction too many would shift it by 0.65
        Assert.True(judged.Bounds!.Lower.Value < logZ && logZ < judged.Bounds.Upper.Value);
    }

    private static Tensor CentredNormalOf(double k, int points, int space, int count)
    {
        using var normal = new CentredNormal(points, space);
        normal.To(ScalarType.Float64);
        return normal.Sample(count, new RandomSource(4)) / Math.Sqrt(k);
    }

    [Fact]
    public void A_particle_flow_keeps_the_centre_and_the_symmetry_of_its_density()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using NormalizingFlow flow = Far(ContinuousFlows.ForParticles(5, 3, 4, new RandomSource(2), 8, 8, [8], new DormandPrince(1e-8)), 0.05);
        FlowSamples drawn = flow.Sample(300, new RandomSource(5)); // more than a block
        Assert.Equal(0, drawn.Outside);
        Assert.True(drawn.X.reshape(-1, 5, 3).mean([1L]).abs().max().item<double>() < 1e-12);
        Assert.True((flow.LogDensity(drawn.X).LogDensity - drawn.LogDensity).abs().max().item<double>() < 1e-6);
        Tensor turn = linalg.qr(Normal(new RandomSource(6), 3, 3)).Item1, moved = drawn.X.reshape(-1, 5, 3).matmul(turn).flip(1).reshape(-1,
            15);
        Assert.True((flow.LogDensity(moved).LogDensity - drawn.LogDensity).abs().max().item<double>() < 1e-6);
        // off the subspace
        Assert.True(double.IsNegativeInfinity(flow.LogDensity(drawn.X.narrow(0, 0, 1) + 0.1).LogDensity.item<double>()));
    }

    [Fact]
    public void Probes_give_an_unbiased_log_determinant_and_follow_their_source()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using ContinuousFlow map = Far(new ContinuousFlow(new MlpField(4, 8), new RungeKutta4(10)), 0.4);
        Tensor x = Normal(new RandomSource(7), 1, 4).expand(2000, 4).contiguous();
        double exact = map.Forward(x.narrow(0, 0, 1)).LogDet.item<double>();
        map.Probes = new RandomSource(8);
        Tensor estimates = map.Forward(x).LogDet;
        double error = estimates.std().item<double>() / Math.Sqrt(2000);
        Assert.True(error > 1e-4);
        Assert.True(Math.Abs(estimates.mean().item<double>() - exact) < 4.5 * error); // false alarm 7e-6
        Assert.True((map.Forward(x).LogDet == estimates).all().item<bool>());
        map.Probes = new RandomSource(9);
        Assert.False((map.Forward(x).LogDet == estimates).all().item<bool>());
    }
}
