using MolSampling.Flows.Continuous;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Continuous;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class VectorFieldTests
{
    static VectorFieldTests() => TorchRuntime.EnsureLoaded();

    internal static Tensor Normal(RandomSource random, params long[] shape) =>
        tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextNormal()).ToArray(), shape);

    /// <summary>In float64 with weights far from their start.</summary>
    internal static T Far<T>(T model, double strength = 0.3, ulong seed = 4) where T : Parametrized
    {
        var random = new RandomSource(seed);
        model.Initialize(random.Split("start"));
        model.To(ScalarType.Float64);
        foreach (Parameter weight in model.Weights)
        {
            using Tensor noisy = weight.Value.detach() + strength * Normal(random, weight.Value.shape);
            weight.Set(noisy);
        }
        return model;
    }

    public static TheoryData<int, int, int> PairFields => new() { { 4, 2, 6 }, { 5, 3, 5 }, { 3, 1, 4 }, { 4, 3, 0 } };

    private static PairField Pairs(int points, int space, int embedding) => Far(new PairField(points, space, 4, 8, embedding, 9, 7));

    private static double Largest(Tensor x) => x.abs().max().item<double>();

    [Theory]
    [MemberData(nameof(PairFields))]
    public void The_divergence_by_formula_is_autograd_s_and_so_are_its_gradients(int points, int space, int embedding)
    {
        using DisposeScope scope = NewDisposeScope();
        using PairField field = Pairs(points, space, embedding);
        var random = new RandomSource(5);
        Tensor x = (1.5 * Normal(random, 16, points * space)).requires_grad_(true),
            t = tensor(Enumerable.Range(0, 16).Select(_ => random.NextDouble()).ToArray());
        (Tensor v, Tensor divergence) = field.WithDivergence(x, t);
        (Tensor same, Tensor exact) = field.WithDivergenceByAutograd(x, t);
        Assert.True(Largest(exact) > 1);
        Assert.True(Largest(v - same) < 1e-12 * Largest(same));
        Assert.True(Largest(divergence - exact) < 1e-11 * Largest(exact), $"{Largest(divergence - exact):e2}");
        Tensor[] at = [x, .. field.Weights.Select(w => w.Value)];
        foreach ((Tensor a, Tensor b) in autograd.grad([divergence.sum()], at, allow_unused: true).Zip(autograd.grad([exact.sum()], at,
            allow_unused: true)))
            Assert.True(a.IsInvalid == b.IsInvalid && (a.IsInvalid || Largest(a - b) < 1e-10 * (1 + Largest(b))));
        using IDisposable constant = no_grad();
        (_, Tensor drawn) = field.WithDivergenceByAutograd(x.detach(), t);
        Assert.False(drawn.requires_grad);
        Assert.True(Largest(drawn - exact) < 1e-12 * Largest(exact));
    }

    [Theory]
    [MemberData(nameof(PairFields))]
    public void A_pair_field_turns_and_relabels_with_the_points_and_conserves_their_centre(int points, int space, int embedding)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using PairField field = Pairs(points, space, embedding);
        var random = new RandomSource(6);
        Tensor x = Normal(random, 8, points, space), turn = linalg.qr(Normal(random, space, space)).Item1,
            order = tensor(Enumerable.Range(0, points).Reverse().Select(i => (long)i).ToArray());
        Tensor t = tensor([0.3]);
        (Tensor V, Tensor Divergence) At(Tensor y) => field.WithDivergence(y.reshape(8, -1), t) is var (v, d)
            ? (v.reshape(8, points, space), d) : default;
        (Tensor v, Tensor divergence) = At(x);
        double scale = Largest(v);
        Assert.True(scale > 0.1);
        Tensor mirror = ones(space, dtype: ScalarType.Float64);
        mirror[0] = tensor(-1.0);
        foreach (Tensor matrix in new[] { turn, turn * mirror })
        {
            (Tensor turned, Tensor same) = At(x.matmul(matrix));
            Assert.True(Largest(turned - v.matmul(matrix)) < 1e-11 * scale);
            Assert.True(Largest(same - divergence) < 1e-11 * Largest(divergence));
        }
        Assert.True(Largest(At(x.index_select(1, order)).V - v.index_select(1, order)) < 1e-11 * scale);
        Assert.True(Largest(At(x + 3).V - v) < 1e-11 * scale);
        Assert.True(Largest(v.sum([1L])) < 1e-11 * scale);
    }

    [Fact]
    public void Surroundings_matter_to_a_field_with_an_embedding_and_to_none_without()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        double Pairwise(int embedding)
        {
            using PairField field = Pairs(4, 2, embedding);
            // point 0 feels point 2 along x_0 - x_2 only: across it nothing may change as 2 moves along a line through 0
            Tensor x = tensor(new[] { 0, 0, 1, 0.2, 0.3, 0.9, -1, 1.5 }, [1, 8]), moved = tensor(new[] { 0, 0, 1, 0.2, 0.5, 1.5, -1, 1.5 },
                [1, 8]);
            Tensor change = field.Velocity(moved, tensor([0.5])) - field.Velocity(x, tensor([0.5]));
            return (change[0, 0] * 0.9 - change[0, 1] * 0.3).abs().item<double>();
        }
        Assert.True(Pairwise(0) < 1e-13);
        Assert.True(Pairwise(6) > 1e-6);
    }

    [Fact]
    public void Probes_estimate_the_divergence_without_bias()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using MlpField field = Far(new MlpField(4, 8, 8), 0.5);
        var random = new RandomSource(8);
        Tensor x = Normal(random, 1, 4).expand(4000, 4).contiguous(), t = tensor([0.6]);
        Tensor signs = tensor(Enumerable.Range(0, 16_000).Select(_ => random.NextDouble() < 0.5 ? -1.0 : 1).ToArray(), [4000, 4]);
        Tensor estimates = field.WithDivergenceByProbe(x, t, signs).Divergence;
        double exact = field.WithDivergence(x.narrow(0, 0, 1), t).Divergence.item<double>(),
            z = (estimates.mean().item<double>() - exact) / (estimates.std().item<double>() / Math.Sqrt(4000));
        Assert.True(Math.Abs(z) < 4.5, $"{z:f2}"); // false alarm 7e-6
        Assert.True(estimates.std().item<double>() > 0.01); // not diagonal: a probe alone is not exact
    }
}
