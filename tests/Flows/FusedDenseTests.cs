using MolSampling.Flows.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>The fused layer against torch's own in double precision. Without 512-bit registers torch's is used, and the tests hold by
/// themselves.</summary>
[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
[Trait("cpu", "lanes")]
public sealed class FusedDenseTests
{
    static FusedDenseTests() => TorchRuntime.EnsureLoaded();

    private static Tensor Normal(ulong seed, params long[] shape)
    {
        var random = new RandomSource(seed);
        return tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)random.NextNormal()).ToArray(),
            shape);
    }

    private static Tensor[] Fused(Tensor x, Tensor w, Tensor b, Tensor g, bool activated)
    {
        Tensor[] leaves = [.. new[] { x, w, b }.Select(t => t.detach().requires_grad_(true))];
        Tensor y = FusedDense.Apply(leaves[0], leaves[1], leaves[2], activated);
        return [y, .. autograd.grad([y], leaves, [g])];
    }

    private static Tensor[] InTorch(Tensor x, Tensor w, Tensor b, Tensor g, bool activated)
    {
        Tensor[] leaves = [.. new[] { x, w, b }.Select(t => t.detach().to(ScalarType.Float64).requires_grad_(true))];
        Tensor y = nn.functional.linear(activated ? leaves[0].silu() : leaves[0], leaves[1], leaves[2]);
        return [y, .. autograd.grad([y], leaves, [g.to(ScalarType.Float64)])];
    }

    /// <summary>Widths on both sides of every tile's edge.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(0, 3, 5)]
    [InlineData(7, 3, 65)]
    [InlineData(6, 128, 64)]
    [InlineData(5, 129, 63)]
    [InlineData(300, 41, 130)]
    [InlineData(257, 130, 67)]
    public void Values_and_gradients_are_torch_s_in_double_precision(int batch, int inputs, int outputs)
    {
        if (!MatrixProduct.IsSupported)
            return;
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Normal(1, batch, inputs), w = Normal(2, outputs, inputs), b = Normal(3, outputs), g = Normal(4, batch, outputs);
        foreach (bool activated in new[] { false, true })
        {
            foreach ((Tensor a, Tensor e) in Fused(x, w, b, g, activated).Zip(InTorch(x, w, b, g, activated)))
                Assert.True(a.numel() == 0 || (a - e).abs().max().item<double>() <= 4e-6 * (1 + e.abs().max().item<double>()),
                    $"{a.shape.Length}");
            // views are read as what they show; a wrong one is noticed
            if (batch > 1 && inputs > 1)
            {
                Assert.True(Fused(x.t().contiguous().t(), w, b, g, activated)[0].Equals(Fused(x, w, b, g, activated)[0]));
                Assert.True((Fused(x, w, b, g, !activated)[0] - InTorch(x, w, b, g, activated)[0]).abs().max().item<double>() > 1e-2);
            }
        }
    }

    [Fact]
    public void Threads_change_no_byte()
    {
        if (!MatrixProduct.IsSupported)
            return;
        using DisposeScope scope = NewDisposeScope();
        int before = get_num_threads();
        try
        {
            byte[][] Once(int threads)
            {
                set_num_threads(threads);
                return [.. Fused(Normal(1, 300, 100), Normal(2, 200, 100), Normal(3, 200), Normal(4, 300, 200), true).Select(t =>
                    t.bytes.ToArray())];
            }
            foreach ((byte[] one, byte[] two) in Once(1).Zip(Once(2)))
                Assert.Equal(one, two);
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void It_is_differentiable_twice()
    {
        if (!MatrixProduct.IsSupported)
            return;
        using DisposeScope scope = NewDisposeScope();
        Tensor Twice(bool fused)
        {
            ScalarType type = fused ? ScalarType.Float32 : ScalarType.Float64;
            Tensor x = Normal(1, 20, 6).to(type).requires_grad_(true), w = Normal(2, 9, 6).to(type).requires_grad_(true),
                b = Normal(3, 9).to(type);
            Tensor y = fused ? FusedDense.Apply(x, w, b, true) : nn.functional.linear(x.silu(), w, b);
            Tensor first = autograd.grad([y.square().sum()], [x], retain_graph: true, create_graph: true)[0];
            return autograd.grad([first.square().sum()], [w])[0].to(ScalarType.Float64);
        }
        Tensor ours = Twice(true), theirs = Twice(false);
        Assert.True((ours - theirs).abs().max().item<double>() < 1e-5 * theirs.abs().max().item<double>());
    }
}
