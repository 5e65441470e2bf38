using MolSampling.Flows.Continuous;
using MolSampling.Flows.Networks;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>A learned energy of x and t, in kT; what symmetries it has is its own affair.</summary>
public abstract class PathNetwork : Parametrized
{
    /// <summary>[B, D] and [B], of the network's type, to [B]; differentiable twice.</summary>
    public abstract Tensor Forward(Tensor x, Tensor t);
}

/// <summary>A perceptron of all coordinates and t: for few plain numbers.</summary>
public sealed class PlainPathNetwork : PathNetwork
{
    private readonly Dense _first, _time, _second, _last;

    /// <param name="dimension">D.</param>
    /// <param name="width">Of hidden layers.</param>
    public PlainPathNetwork(int dimension, int width)
    {
        _first = Part("first", new Dense(dimension, width));
        _time = Part("time", new Dense(TimeFeatures.Count, width));
        _second = Part("second", new Dense(width, width));
        _last = Part("last", new Dense(width, 1, Mlp.LastGain));
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Tensor t)
    {
        Tensor h = _first.Forward(x) + _time.Forward(TimeFeatures.Of(t));
        return _last.Forward(_second.Forward(h, activated: true), activated: true).squeeze(1);
    }
}
