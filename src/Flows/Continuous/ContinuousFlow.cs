using MolSampling.Flows.Bijections;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>
/// The map from x(0) to x(1) along dx/dt = v(x, t); log |det| is the integral of the divergence of v, and the inverse is the same equation
/// backwards. W. Grathwohl et al., ICLR 2019, "FFJORD". Inverse and log-determinant hold to the solver's accuracy, not to rounding. A field
/// that conserves the centre of N points and does not depend on it (<see cref="PairField"/>) leaves the centre's d directions alone: the
/// log-determinant is then that on the centred subspace, and with <see cref="Distributions.CentredNormal"/> densities are with respect to
/// <see cref="Targets.TargetMeasure.CentreAtRest"/>.
/// </summary>
public sealed class ContinuousFlow : Bijection
{
    /// <summary>Rows solved together where no gradient is wanted: they share steps, and what a step needs stays in the cache.</summary>
    private const int Block = 256;

    /// <summary>Owns the field.</summary>
    /// <param name="field">v.</param>
    /// <param name="solver">Of both directions; <see cref="DormandPrince"/> of 1e-6 if left out.</param>
    public ContinuousFlow(VectorField field, OdeSolver? solver = null) : base(Domain.Real(field.Dimension), Domain.Real(field.Dimension)) =>
        (Field, Solver) = (Part("field", field), solver ?? new DormandPrince());

    /// <summary>The velocity that is integrated.</summary>
    public VectorField Field { get; }

    /// <summary>May change at any time: fixed steps to train through, adaptive ones to draw and judge.</summary>
    public OdeSolver Solver { get; set; }

    /// <summary>
    /// Null for the exact divergence. Otherwise Hutchinson's estimate with signs drawn from this source, one row a trajectory, fixed along
    /// it: log-determinants are then unbiased but noisy, densities are not exact. The same source gives the same signs: set a new one every
    /// step of a training.
    /// </summary>
    public RandomSource? Probes { get; set; }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        long rows = x.shape[0];
        if (rows == 0)
            return (x, zeros(0, dtype: x.dtype, device: x.device));
        Tensor? probe = Probes is null ? null : Signs(x, Probes.Split("probe"));
        if (is_grad_enabled() || rows <= Block)
            return Solve(x, probe, inverse);
        var parts = new List<(Tensor Y, Tensor LogDet)>();
        for (long start = 0; start < rows; start += Block)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(Block, rows - start);
            (Tensor y, Tensor logDet) = Solve(x.narrow(0, start, count), probe?.narrow(0, start, count), inverse);
            parts.Add((y.MoveToOuterDisposeScope(), logDet.MoveToOuterDisposeScope()));
        }
        return (cat([.. parts.Select(p => p.Y)], 0), cat([.. parts.Select(p => p.LogDet)], 0));
    }

    private (Tensor Y, Tensor LogDet) Solve(Tensor x, Tensor? probe, bool inverse)
    {
        Tensor Slope(Tensor y, double time)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor at = y.narrow(1, 0, Dimension), t = full(1, time, dtype: y.dtype, device: y.device);
            (Tensor v, Tensor divergence) = probe is null ? Field.WithDivergence(at, t) : Field.WithDivergenceByProbe(at, t, probe);
            return cat([v, divergence.unsqueeze(1)], 1).MoveToOuterDisposeScope();
        }
        Tensor start = cat([x, zeros(x.shape[0], 1, dtype: x.dtype, device: x.device)], 1);
        Tensor end = inverse ? Solver.Solve(Slope, start, 1, 0) : Solver.Solve(Slope, start, 0, 1);
        return (end.narrow(1, 0, Dimension).contiguous(), end.select(1, Dimension).contiguous());
    }

    private static Tensor Signs(Tensor x, RandomSource random)
    {
        double[] signs = new double[x.numel()];
        for (int k = 0; k < signs.Length; k++)
            signs[k] = random.NextDouble() < 0.5 ? -1 : 1;
        return tensor(signs, x.shape).to(x.dtype, x.device);
    }
}
