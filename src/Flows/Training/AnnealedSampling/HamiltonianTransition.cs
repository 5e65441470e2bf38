using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>
/// Hamiltonian Monte Carlo in the flow's data coordinates: momenta of unit mass, a leapfrog trajectory, acceptance with min(1, exp(-dH)).
/// S. Duane, A. D. Kennedy, B. J. Pendleton, D. Roweth, Phys. Lett. B 195 (1987) 216. Circles are wrapped, which the dynamics does not
/// notice; an end outside an interval, or where a density is not finite, is refused. The step is varied by up to a tenth from trajectory to
/// trajectory, independently of the point, against resonance. It is the same for all points of a move and changes only after it (one step
/// size a level), so that every move is exact.
/// </summary>
public sealed class HamiltonianTransition : ITransition, IDisposable
{
    private readonly int _leapfrogSteps;
    private readonly double _acceptance, _adaptation;
    private readonly Tensor _logSteps;

    /// <summary>Makes the kernel.</summary>
    /// <param name="levels">Step sizes.</param>
    /// <param name="leapfrogSteps">A trajectory; an energy each.</param>
    /// <param name="step">The first step size, in units of x.</param>
    /// <param name="acceptance">Aim of the adaptation.</param>
    /// <param name="adaptation">After a move the logarithm of the step grows by this times (accepted share - aim); 0 keeps the
    /// step.</param>
    public HamiltonianTransition(int levels, int leapfrogSteps = 5, double step = 0.1, double acceptance = 0.65, double adaptation = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leapfrogSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        (_leapfrogSteps, _acceptance, _adaptation, Accepted) = (leapfrogSteps, acceptance, adaptation, new double[levels]);
        _logSteps = full(levels, Math.Log(step), dtype: ScalarType.Float64).DetachFromDisposeScope();
    }

    /// <summary>Accepted share of the last move, by level.</summary>
    public double[] Accepted { get; }

    /// <summary>Step sizes by level.</summary>
    public double[] Steps => [.. _logSteps.data<double>().ToArray().Select(Math.Exp)];

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Value)> State => [("logSteps", _logSteps)];

    /// <inheritdoc/>
    public AnnealedPoints Move(AnnealedPath path, AnnealedPoints points, int level, double beta, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        (long count, long dimension) = (points.X.shape[0], points.X.shape[1]);
        double size = Math.Exp(_logSteps.data<double>()[level]);
        Tensor momenta = Noise.Normals(count, dimension, random).to(points.X.dtype, points.X.device);
        Tensor step = (size * (0.9 + 0.2 * Noise.Uniforms(count, random))).unsqueeze(1).to(points.X.dtype, points.X.device);
        Tensor LogJoint(AnnealedPoints at) => path.LogDensity(at, beta) - 0.5 * momenta.to(ScalarType.Float64).square().sum(1);
        Tensor before = LogJoint(points);
        AnnealedPoints end = points;
        for (int n = 0; n < _leapfrogSteps; n++)
        {
            using DisposeScope inner = NewDisposeScope();
            momenta = momenta + 0.5 * step * path.Gradient(end, beta);
            end = path.At(Wrapped(end.X + step * momenta, path.Domain)).MoveToOuterDisposeScope();
            momenta = (momenta + 0.5 * step * path.Gradient(end, beta)).MoveToOuterDisposeScope();
        }
        // NaN compares false: refused
        Tensor accepted = Noise.Uniforms(count, random).log().to(points.X.device) < LogJoint(end) - before;
        Accepted[level] = accepted.to(ScalarType.Float64).mean().item<double>();
        _logSteps[level] = Math.Log(size) + _adaptation * (Accepted[level] - _acceptance);
        return points.Replaced(end, accepted).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _logSteps.Dispose();

    private static Tensor Wrapped(Tensor x, Domain domain)
    {
        if (domain.Quaternions.Count > 0)
            throw new ArgumentException("Hamiltonian moves of the target's coordinates do not keep quaternions of unit length.");
        if (domain.All(a => a.Kind != AxisKind.Circle))
            return x;
        Tensor low = domain.Row(x, a => a.Kind == AxisKind.Circle ? a.Low : 0), period = domain.Row(x, a => a.Kind == AxisKind.Circle
            ? a.Span : double.PositiveInfinity);
        // (x - low) / infinity = +-0 on other axes, and infinity times a floor of 0 or -1 is no number: they are chosen apart
        return where(isfinite(period), x - period * ((x - low) / period).floor(), x);
    }
}
