using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>
/// U(x, t) = U_base(x; s(t)) + t (1 - t) NN(x, t), in kT, with learned schedules s and a learned network: U_0 at t = 0 and U_1 at t = 1
/// exactly, whatever was learned. B. Mate, F. Fleuret, T. Bereau, arXiv 2410.15815.
/// </summary>
public sealed class LearnedPath : Parametrized
{
    private readonly BernsteinSchedules _schedules;
    private readonly PathNetwork? _network;

    /// <param name="states">U_0, U_1 and what lies between.</param>
    /// <param name="network">Owned from now on; null for the base alone.</param>
    public LearnedPath(EndStates states, PathNetwork? network)
    {
        States = states;
        _schedules = Part("schedules", new BernsteinSchedules(states.Schedules));
        _network = network is null ? null : Part("network", network);
    }

    /// <summary>U_0 and U_1.</summary>
    public EndStates States { get; }

    /// <summary>A path with a network, initialised.</summary>
    /// <param name="states">U_0 and U_1.</param>
    /// <param name="settings">Of the network; null for the base alone.</param>
    /// <param name="random">Of the weights.</param>
    public static LearnedPath Create(EndStates states, PathNetworkSettings? settings, RandomSource random)
    {
        var path = new LearnedPath(states, settings is null ? null : states.CreateNetwork(settings));
        path.Initialize(random);
        return path;
    }

    /// <summary>s(t): [B] to [B, S].</summary>
    public Tensor Schedules(Tensor t) => _schedules.Of(t);

    /// <summary>U(x, t), differentiable in x, t and what is learned.</summary>
    /// <param name="x">[B, D], float64.</param>
    /// <param name="t">[B], float64.</param>
    /// <returns>[B], kT, float64.</returns>
    public Tensor Energy(Tensor x, Tensor t)
    {
        Tensor u = States.BaseEnergy(x, _schedules.Of(t));
        return _network is null ? u : u + Learned(x, t);
    }

    /// <summary>t (1 - t) NN(x, t).</summary>
    private Tensor Learned(Tensor x, Tensor t) => t * (1 - t) * _network!.Forward(x.to(Type), t.to(Type)).to(ScalarType.Float64);

    /// <summary>t (1 - t) NN(x, t) with its slope, for what has the base from elsewhere; null without a network.</summary>
    internal (Tensor Energy, Tensor Slope)? LearnedPart(Tensor x, Tensor t)
    {
        if (_network is null)
            return null;
        using IDisposable gradients = enable_grad();
        Tensor at = x.detach().to(Type, copy: true).requires_grad_(true), u = Learned(at, t);
        return (u.detach(), autograd.grad([u.sum()], [at])[0]);
    }

    /// <summary>U with its derivatives by x and t.</summary>
    /// <param name="x">[B, D].</param>
    /// <param name="t">[B].</param>
    /// <param name="forTraining">Whether the derivatives are to be differentiable in what is learned.</param>
    /// <returns>[B], [B, D], [B], float64.</returns>
    public (Tensor Energy, Tensor Slope, Tensor Rate) Derivatives(Tensor x, Tensor t, bool forTraining)
    {
        using IDisposable gradients = enable_grad();
        Tensor at = x.detach().to(ScalarType.Float64, copy: true).requires_grad_(true), time =
            t.detach().to(ScalarType.Float64, copy: true).requires_grad_(true), u = Energy(at, time);
        Tensor[] g = [.. autograd.grad([u.sum()], [at, time], create_graph: forTraining, retain_graph: forTraining)];
        return (forTraining ? u : u.detach(), g[0], g[1]);
    }
}
