using MolSampling.Flows.Networks;
using static TorchSharp.torch;

namespace MolSampling.Flows.Continuous;

/// <summary>A multilayer perceptron of x and t with tanh between its layers: speed is bounded, so that every trajectory exists. No
/// symmetry; the divergence is autograd's.</summary>
public sealed class MlpField : VectorField
{
    private readonly Dense _time;
    private readonly Dense[] _layers;

    /// <param name="dimension">D.</param>
    /// <param name="hidden">Widths of hidden layers, at least one.</param>
    public MlpField(int dimension, params IReadOnlyList<int> hidden) : base(dimension)
    {
        ArgumentOutOfRangeException.ThrowIfZero(hidden.Count);
        int[] widths = [dimension, .. hidden, dimension];
        _time = Part("time", new Dense(TimeFeatures.Count, hidden[0]));
        _layers = [.. Enumerable.Range(0, widths.Length - 1).Select(k =>
            Part($"{k}", new Dense(widths[k], widths[k + 1], k == widths.Length - 2 ? Mlp.LastGain : 1)))];
    }

    /// <inheritdoc/>
    public override Tensor Velocity(Tensor x, Tensor t)
    {
        Tensor h = _layers[0].Forward(x) + _time.Forward(TimeFeatures.Of(t));
        foreach (Dense layer in _layers.Skip(1))
            h = layer.Forward(h.tanh());
        return h;
    }
}
