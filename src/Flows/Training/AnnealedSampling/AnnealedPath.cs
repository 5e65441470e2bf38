using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>Points and what is known of them: evaluations travel with the sample, so that no energy is computed twice.</summary>
/// <param name="X">[B, D], the flow's type.</param>
/// <param name="LogQ">ln q, [B], float64.</param>
/// <param name="LogP">ln p up to a constant, [B], float64.</param>
/// <param name="QGradient">Of ln q in x, [B, D].</param>
/// <param name="PGradient">Of ln p in x, [B, D].</param>
public sealed record AnnealedPoints(Tensor X, Tensor LogQ, Tensor LogP, Tensor QGradient, Tensor PGradient)
{
    /// <summary>Where both densities are finite numbers, [B], boolean. Elsewhere every density on the path counts as 0.</summary>
    public Tensor Finite => isfinite(LogQ) & isfinite(LogP);

    /// <summary>Rows of this where <paramref name="mask"/> is false, of the other where it is true.</summary>
    internal AnnealedPoints Replaced(AnnealedPoints other, Tensor mask)
    {
        Tensor rows = mask.unsqueeze(1);
        return new(where(rows, other.X, X), where(mask, other.LogQ, LogQ), where(mask, other.LogP, LogP),
            where(rows, other.QGradient, QGradient), where(rows, other.PGradient, PGradient));
    }

    internal AnnealedPoints MoveToOuterDisposeScope()
    {
        foreach (Tensor t in (Tensor[])[X, LogQ, LogP, QGradient, PGradient])
            t.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// The geometric path from the flow q to p^alpha q^(1 - alpha), the density whose importance weights the alpha-divergence is the second
/// moment of (alpha = 2: p^2 / q); alpha = 1 leads to p: g_beta ~ q^(1 - beta) (p^alpha q^(1 - alpha))^beta = q^(1 - alpha beta) p^(alpha
/// beta).
/// </summary>
/// <param name="flow">q; its weights are constants here.</param>
/// <param name="target">ln p up to a constant.</param>
/// <param name="alpha">Positive.</param>
public sealed class AnnealedPath(NormalizingFlow flow, LogDensityFunction target, double alpha)
{
    /// <summary>Points evaluated so far: an energy each.</summary>
    public long EnergyCalls { get; private set; }

    /// <summary>Where the points live.</summary>
    public Domain Domain => flow.Domain;

    /// <summary>Both densities and their gradients, in the caller's dispose scope. Rows outside the flow's domain have ln q =
    /// -infinity.</summary>
    /// <param name="x">[B, D].</param>
    public AnnealedPoints At(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable differentiable = enable_grad();
        using IDisposable constant = flow.WithoutWeights();
        Tensor leaf = x.detach().clone().requires_grad_(true);
        Tensor logQ = flow.LogDensity(leaf).LogDensity, logP = target(leaf).to(ScalarType.Float64);
        EnergyCalls += x.shape[0];
        return new AnnealedPoints(leaf.detach(), logQ.detach(), logP.detach(), Gradient(logQ, leaf),
            Gradient(logP, leaf)).MoveToOuterDisposeScope();
    }

    /// <summary>ln g_beta up to a constant, [B]; -infinity where q or p is not finite, whatever the signs of the exponents.</summary>
    public Tensor LogDensity(AnnealedPoints points, double beta) =>
        where(points.Finite, (1 - alpha * beta) * points.LogQ + alpha * beta * points.LogP, double.NegativeInfinity);

    /// <summary>The gradient of ln g_beta in x, [B, D].</summary>
    public Tensor Gradient(AnnealedPoints points, double beta) => points.QGradient * (1 - alpha * beta) + points.PGradient * (alpha * beta);

    /// <summary>ln g_to - ln g_from, [B]; -infinity where a density is not finite.</summary>
    public Tensor LogRatio(AnnealedPoints points, double from, double to) =>
        where(points.Finite, alpha * (to - from) * (points.LogP - points.LogQ), double.NegativeInfinity);

    // a density that does not depend on x (a uniform base, a wall) has no graph
    private static Tensor Gradient(Tensor values, Tensor leaf) =>
        values.requires_grad && autograd.grad([values.sum()], [leaf], allow_unused: true)[0] is { IsInvalid: false } gradient ? gradient
            : zeros_like(leaf.detach());
}
