using MolSampling.Flows.Bijections;
using MolSampling.Flows.Distributions;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>Densities of orientations: their norm on S^3, published members of the family, refusals.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class OrientationTests
{
    static OrientationTests() => TorchRuntime.EnsureLoaded();

    /// <summary>The double Moebius layer f(q) = M_v(q) + M_-v(q), normalised, M_v(p) = -(p - 2 proj_(v - p) p), is A q/|A q| with A = (1 +
    /// v^2) I - 2 v v^T, and has its published volume (1 - v^2)(1 + v^2)^3/((1 + v^2)^2 - 4 (v q)^2)^2.</summary>
    [Fact]
    public void The_double_Moebius_layer_is_a_projective_map()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = Uniform(200, 3), v = tensor(new[] { 0.3, -0.5, 0.2, 0.4 }), square = v.square().sum();
        Tensor Half(Tensor w) // M_w(q)
        {
            Tensor axis = w - q;
            return -(q - 2 * axis * (axis * q).sum(1, keepdim: true) / axis.square().sum(1, keepdim: true));
        }
        Tensor published = Half(v) + Half(-v), a = (1 + square) * eye(4, dtype: ScalarType.Float64) - 2 * outer(v, v);
        Tensor image = q.matmul(a.t());
        published = published / published.norm(1, keepdim: true);
        Assert.True(published.allclose(image / image.norm(1, keepdim: true), 1e-12, 1e-12));
        Tensor volume = (1 - square) * (1 + square).pow(3) / ((1 + square).pow(2) - 4 * (q.matmul(v)).pow(2)).pow(2);
        Tensor ours = linalg.slogdet(a).Item2 - 4 * image.norm(1).log();
        Assert.True(volume.log().allclose(ours, 1e-12, 1e-12));
    }

    /// <summary>What a flow calls a density integrates to one over the sphere: importance sampling from the uniform one; and the angular
    /// central Gaussian in closed form.</summary>
    [Fact]
    public void Densities_have_norm_one_on_the_sphere()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        var random = new RandomSource(6);
        Domain sphere = Domain.OfQuaternions();
        Bijection[] layers = [new ProjectiveMap(sphere), new OnEulerAngles(new Elementwise(OnEulerAngles.Angles,
            MolSampling.Flows.Transformers.SplineTransformer.ForAll(6)), [0.8, 0, 0.6, 0]), new ProjectiveMap(sphere)];
        using var flow = new NormalizingFlow(new StandardBase(sphere), new Chain(layers));
        Assert.Equal(3, flow.Base.DegreesOfFreedom);
        flow.Initialize(random.Split("weights"));
        flow.To(ScalarType.Float64);
        foreach (Parameter weight in flow.Weights)
        {
            double[] noise = [.. Enumerable.Range(0, (int)weight.Value.numel()).Select(_ => 0.4 * random.NextNormal())];
            weight.Set(weight.Value + tensor(noise, weight.Value.shape));
        }
        const int count = 40_000;
        Tensor q = Uniform(count, 9), ratio = (flow.LogDensity(q).LogDensity + Math.Log(2 * Math.PI * Math.PI)).exp();
        double mean = ratio.mean().item<double>(), error = ratio.std().item<double>() / Math.Sqrt(count);
        Assert.True(error < 0.03, $"error {error:g3}");
        Assert.InRange(mean, 1 - 4 * error, 1 + 4 * error);
        // samples' own densities are those of the way back, and the other sign's
        FlowSamples drawn = flow.Sample(500, random.Split("draws"));
        Assert.True(drawn.LogDensity.allclose(flow.LogDensity(drawn.X).LogDensity, 1e-8, 1e-8));
        Assert.True(drawn.LogDensity.allclose(flow.LogDensity(-drawn.X).LogDensity, 1e-8, 1e-8));
        Assert.True((drawn.X.square().sum(1) - 1).abs().max().item<double>() < 1e-12);
        // power: a density without the layers' log-determinants has another norm
        Tensor wrong = (-flow.Bijection.Forward(q).LogDet).exp();
        Assert.True(Math.Abs(wrong.mean().item<double>() - 1) > 6 * error);
    }

    [Fact]
    public void Quaternions_stay_whole()
    {
        var methane = new MolSampling.Flows.Targets.MethaneInField();
        Assert.Throws<ArgumentException>(() => new MolSampling.Flows.Training.TemperedChains(methane, new(4, 2, 0.5, 2)));
        Assert.Throws<ArgumentException>(() => new MolSampling.Flows.Training.TargetChains(methane, Uniform(4, 1), new RandomSource(1)));
        Assert.Throws<ArgumentException>(() => new Domain([Axis.Quaternion, Axis.Quaternion, Axis.Quaternion, Axis.Real]));
        Assert.Throws<ArgumentException>(() => new Domain([Axis.Quaternion]));
        Domain poses = new([Axis.Real, .. Domain.OfQuaternions(2)]);
        Assert.Equal([1, 5], poses.Quaternions);
        Assert.Equal(7, poses.DegreesOfFreedom);
        Assert.Equal("R, S^3 x 2", poses.ToString());
        Assert.Throws<ArgumentException>(() => Permutation.Reverse(poses));
        Assert.Throws<ArgumentException>(() => new Uniform(poses));
        Assert.Throws<ArgumentException>(() => new ProjectiveMap(poses, [2]));
        Assert.Throws<ArgumentException>(() => new ProjectiveMap(poses)); // no network for the other column
        Assert.Throws<ArgumentException>(() => new ProjectiveMap(Domain.Real(4)));
        Assert.Throws<ArgumentException>(() => new OnEulerAngles(new Elementwise(Domain.Real(3),
            MolSampling.Flows.Transformers.AffineTransformer.For)));
        Assert.Throws<ArgumentException>(() => new Coupling(poses, [1, 2, 3, 4],
            MolSampling.Flows.Transformers.SplineTransformer.ForAll(), MolSampling.Flows.Networks.Mlp.Of(8)));
    }

    private static Tensor Uniform(int count, ulong seed)
    {
        using var uniform = new StandardBase(Domain.OfQuaternions());
        uniform.To(ScalarType.Float64);
        return uniform.Sample(count, new RandomSource(seed));
    }
}
