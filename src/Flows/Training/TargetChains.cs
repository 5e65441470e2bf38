using MolSampling.Flows.Targets;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training;

/// <summary>
/// Samples of a target by Hamiltonian Monte Carlo, many walkers side by side in float64: S. Duane et al., Phys. Lett. B 195 (1987) 216; R.
/// M. Neal, Handbook of MCMC (2011), chapter 5. The step is adapted in burn-in, then fixed up to a random factor that keeps trajectories
/// from closing on themselves. Walkers do not exchange: one that starts in a mode it cannot leave stays there. Where the target's centre is
/// at rest, moves keep it. A proposal whose energy or force is not a number is refused and counted.
/// </summary>
public sealed class TargetChains : IDisposable
{
    private readonly Target _target;
    private readonly RandomSource _random;
    private readonly int _steps, _space;
    private Tensor _x, _logDensity, _force;
    private long _iterations, _proposed;
    private double _accepted;

    /// <param name="target">Not owned.</param>
    /// <param name="start">[W, D]; moved to centre 0 where the target's centre is at rest.</param>
    /// <param name="random">Of the chains.</param>
    /// <param name="leapfrogSteps">Of a proposal.</param>
    /// <param name="stepSize">At first, in units of x: masses are 1.</param>
    /// <exception cref="ArgumentException">A walker starts where the density or its slope is not finite.</exception>
    public TargetChains(Target target, Tensor start, RandomSource random, int leapfrogSteps = 10, double stepSize = 0.02)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leapfrogSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(stepSize);
        ThrowIfCurved(target);
        (_target, _random, _steps, StepSize) = (target, random, leapfrogSteps, stepSize);
        _space = target.Measure == TargetMeasure.CentreAtRest ? target.Dimension - target.DegreesOfFreedom : 0;
        using DisposeScope scope = NewDisposeScope();
        (_x, _logDensity, _force) = Detached(Evaluate(Centred(start.detach().to(ScalarType.Float64, copy: true))));
        if (!(isfinite(_logDensity) & isfinite(_force).all(1)).all().item<bool>())
            throw new ArgumentException($"{target.Name} has no finite density and slope where a walker starts.");
    }

    /// <exception cref="ArgumentException">Coordinates that do not fill their space: straight moves leave the sphere.</exception>
    internal static void ThrowIfCurved(Target target)
    {
        if (target.Measure == TargetMeasure.Orientations)
            throw new ArgumentException($"{target.Name}: chains move on straight lines, which leave the sphere of orientations.");
    }

    /// <summary>W, the number of walkers.</summary>
    public int Walkers => (int)_x.shape[0];

    /// <summary>Of the leapfrog, before the random factor.</summary>
    public double StepSize { get; private set; }

    /// <summary>Mean probability of acceptance since burn-in.</summary>
    public double Acceptance => _accepted / _proposed;

    /// <summary>Proposals refused because energy or force was not finite, burn-in included.</summary>
    public long NonFinite { get; private set; }

    /// <summary>Iterates and adapts the step towards an acceptance: H. Robbins, S. Monro, Ann. Math. Stat. 22 (1951) 400.</summary>
    public void BurnIn(int iterations, double acceptance = 0.8)
    {
        for (int n = 0; n < iterations; n++)
            StepSize *= Math.Exp((Iterate() - acceptance) / Math.Sqrt(n + 1));
        (_accepted, _proposed) = (0, 0);
    }

    /// <summary>Draws of all walkers.</summary>
    /// <param name="draws">Of each walker.</param>
    /// <param name="every">Iterations between draws.</param>
    /// <returns>[draws W, D], float64, draw by draw.</returns>
    public Tensor Draw(int draws, int every = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        var all = new Tensor[draws];
        for (int n = 0; n < draws; n++)
        {
            for (int k = 0; k < every; k++)
                Iterate();
            all[n] = _x.clone();
        }
        return cat(all, 0).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _x.Dispose();
        _logDensity.Dispose();
        _force.Dispose();
    }

    // one proposal a walker; the mean probability of acceptance
    private double Iterate()
    {
        using DisposeScope scope = NewDisposeScope();
        RandomSource random = _random.Split(_iterations++);
        double step = StepSize * (0.8 + 0.4 * random.NextDouble());
        Tensor normals = Noise.Normals(Walkers, _x.shape[1], random), thresholds = Noise.Uniforms(Walkers, random);
        Tensor momentum = Centred(normals), x = _x, logDensity = _logDensity, force = _force;
        Tensor before = _logDensity - 0.5 * momentum.square().sum(1);
        for (int s = 0; s < _steps; s++)
        {
            momentum = momentum + force * (0.5 * step);
            (x, logDensity, force) = Evaluate(x + momentum * step);
            momentum = momentum + force * (0.5 * step);
        }
        Tensor ratio = logDensity - 0.5 * momentum.square().sum(1) - before,
            legal = isfinite(force).all(1) & (isfinite(ratio) | ratio.isneginf());
        NonFinite += legal.logical_not().sum().item<long>();
        Tensor probability = ratio.exp().clamp(max: 1).masked_fill(legal.logical_not(), 0), accepted = thresholds < probability;
        Tensor rows = accepted.unsqueeze(1);
        (Tensor, Tensor, Tensor) next = Detached((where(rows, Centred(x), _x), where(accepted, logDensity, _logDensity),
            where(rows, force, _force)));
        Dispose();
        (_x, _logDensity, _force) = next;
        double mean = probability.mean().item<double>();
        _accepted += mean * Walkers;
        _proposed += Walkers;
        return mean;
    }

    private (Tensor X, Tensor LogDensity, Tensor Force) Evaluate(Tensor x)
    {
        using IDisposable gradients = enable_grad();
        Tensor at = x.detach().requires_grad_(true), logDensity = _target.LogDensity(at);
        Tensor force = autograd.grad([logDensity.sum()], [at])[0];
        return (x, logDensity.detach(), Centred(force));
    }

    // without the mean position of N points, or x itself
    private Tensor Centred(Tensor x)
    {
        if (_space == 0)
            return x;
        Tensor points = x.reshape(x.shape[0], -1, _space);
        return (points - points.mean([1L], keepdim: true)).reshape(x.shape);
    }

    private static (Tensor, Tensor, Tensor) Detached((Tensor X, Tensor LogDensity, Tensor Force) state) =>
        (state.X.DetachFromDisposeScope(), state.LogDensity.DetachFromDisposeScope(), state.Force.DetachFromDisposeScope());
}
