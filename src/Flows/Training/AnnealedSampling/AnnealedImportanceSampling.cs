using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>Settings of annealed importance sampling.</summary>
/// <param name="Intermediates">K densities between q and the end, at beta = k / (K + 1); 0 is importance sampling.</param>
/// <param name="LeapfrogSteps">A trajectory; one trajectory an intermediate.</param>
/// <param name="Alpha">The end is p^alpha q^(1 - alpha): 1 for p, 2 for the least variance of p's weights.</param>
/// <param name="Step">First step size of Hamiltonian Monte Carlo, in units of x.</param>
/// <param name="Acceptance">Aim of its adaptation.</param>
/// <param name="Adaptation">Gain of its adaptation; 0 keeps the steps.</param>
public sealed record AnnealingSettings(int Intermediates = 4, int LeapfrogSteps = 5, double Alpha = 2, double Step = 0.1,
    double Acceptance = 0.65, double Adaptation = 0.5);

/// <summary>Weighted samples of the end of the path.</summary>
/// <param name="Points">With their evaluations.</param>
/// <param name="LogWeights">[B], float64; -infinity for a sample that began where q or p is not finite.</param>
/// <param name="EnergyCalls">B (1 + K L).</param>
/// <param name="LeftOut">Samples of weight 0.</param>
public readonly record struct AnnealedSamples(AnnealedPoints Points, Tensor LogWeights, long EnergyCalls, long LeftOut);

/// <summary>
/// Annealed importance sampling from a flow: x_0 from q, at every intermediate a transition that leaves it invariant, ln w = sum over k of
/// ln g_k(x_(k-1)) - ln g_(k-1)(x_(k-1)). E[w f(x)] = integral of p~^alpha q^(1 - alpha) f, exactly, whatever the transitions do, for q and
/// p~ restricted to where both are finite numbers. R. M. Neal, Stat. Comput. 11 (2001) 125.
/// </summary>
public sealed class AnnealedImportanceSampling : IDisposable
{
    private readonly LogDensityFunction _target;
    private readonly AnnealingSettings _settings;
    private readonly ITransition _transition;

    /// <summary>With Hamiltonian Monte Carlo, or another kernel.</summary>
    /// <param name="target">ln p up to a constant.</param>
    /// <param name="settings">The path; steps of Hamiltonian Monte Carlo.</param>
    /// <param name="transition">Owned, if given.</param>
    public AnnealedImportanceSampling(LogDensityFunction target, AnnealingSettings settings, ITransition? transition = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Intermediates);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Alpha);
        (_target, _settings) = (target, settings);
        _transition = transition ?? new HamiltonianTransition(settings.Intermediates, settings.LeapfrogSteps, settings.Step,
            settings.Acceptance, settings.Adaptation);
    }

    /// <summary>The kernel in use.</summary>
    public ITransition Transition => _transition;

    /// <summary>As <see cref="IObjective.State"/>.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _transition.State;

    /// <summary>Independent weighted samples, constants, in the caller's dispose scope.</summary>
    /// <param name="flow">q.</param>
    /// <param name="count">B.</param>
    /// <param name="random">Of this call.</param>
    public AnnealedSamples Draw(NormalizingFlow flow, int count, RandomSource random)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        var path = new AnnealedPath(flow, _target, _settings.Alpha);
        AnnealedPoints points = path.At(flow.Sample(count, random.Split("flow")).X);
        double Beta(int k) => (double)k / (_settings.Intermediates + 1);
        Tensor logWeights = path.LogRatio(points, 0, Beta(1));
        for (int k = 1; k <= _settings.Intermediates; k++)
        {
            using DisposeScope inner = NewDisposeScope();
            points = _transition.Move(path, points, k - 1, Beta(k), random.Split(k)).MoveToOuterDisposeScope();
            logWeights = (logWeights + path.LogRatio(points, Beta(k), Beta(k + 1))).MoveToOuterDisposeScope();
        }
        long leftOut = count - isfinite(logWeights).sum().item<long>();
        return new(points.MoveToOuterDisposeScope(), logWeights.MoveToOuterDisposeScope(), path.EnergyCalls, leftOut);
    }

    /// <inheritdoc/>
    public void Dispose() => (_transition as IDisposable)?.Dispose();
}
