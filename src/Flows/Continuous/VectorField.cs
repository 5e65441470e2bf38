using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>A smooth velocity v(x, t) on R^D, t from 0 to 1, with its divergence sum_i dv_i/dx_i: exact, or estimated with a random
/// probe.</summary>
/// <param name="dimension">D.</param>
public abstract class VectorField(int dimension) : Parametrized
{
    /// <summary>D.</summary>
    public int Dimension { get; } = dimension;

    /// <summary>v(x, t), [B, D], in the caller's dispose scope.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="t">[B], or [1] for one time for all rows.</param>
    public abstract Tensor Velocity(Tensor x, Tensor t);

    /// <summary>v and its exact divergence [B], differentiable; by autograd unless the field knows a formula.</summary>
    public virtual (Tensor Velocity, Tensor Divergence) WithDivergence(Tensor x, Tensor t) => WithDivergenceByAutograd(x, t);

    /// <summary>v and its exact divergence [B] by D backward passes.</summary>
    public (Tensor Velocity, Tensor Divergence) WithDivergenceByAutograd(Tensor x, Tensor t) => Differentiated(x, t, (v, at, graph) =>
    {
        Tensor divergence = zeros_like(v.select(1, 0));
        for (int i = 0; i < Dimension; i++)
            divergence = divergence + Gradient(v.select(1, i), at, graph).select(1, i);
        return divergence;
    });

    /// <summary>v and the estimate e^T (dv/dx) e of its divergence, [B], by one backward pass. M. F. Hutchinson, Commun. Stat. Simul. 19
    /// (1990) 433.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="t">[B] or [1].</param>
    /// <param name="probe">[B, D] of independent numbers of mean 0 and variance 1; signs have the least variance.</param>
    public (Tensor Velocity, Tensor Divergence) WithDivergenceByProbe(Tensor x, Tensor t, Tensor probe) =>
        Differentiated(x, t, (v, at, graph) => (Gradient((v * probe).sum(1), at, graph) * probe).sum(1));

    // differentiates by x also where the caller wants no gradient, and then keeps no graph
    private (Tensor Velocity, Tensor Divergence) Differentiated(Tensor x, Tensor t, Func<Tensor, Tensor, bool, Tensor> divergence)
    {
        bool graph = is_grad_enabled();
        using IDisposable gradients = enable_grad();
        Tensor at = graph && x.requires_grad ? x : x.detach().requires_grad_(true), v = Velocity(at, t), sum = divergence(v, at, graph);
        return graph ? (v, sum) : (v.detach(), sum.detach());
    }

    private static Tensor Gradient(Tensor values, Tensor x, bool graph) =>
        autograd.grad([values.sum()], [x], retain_graph: true, create_graph: graph, allow_unused: true)[0] is { IsInvalid: false } g ? g
            : zeros_like(x);
}
