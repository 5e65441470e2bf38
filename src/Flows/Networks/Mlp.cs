using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>Dense layers with SiLU between them. The last layer starts a hundred times smaller than the others, so that what it
/// parametrizes starts near the identity.</summary>
public sealed class Mlp : Conditioner
{
    internal const double LastGain = 0.01;

    private readonly Dense[] _layers;

    /// <param name="inputs">Features.</param>
    /// <param name="outputs">Parameters.</param>
    /// <param name="hidden">Widths of hidden layers.</param>
    public Mlp(int inputs, int outputs, params IReadOnlyList<int> hidden) : base(inputs, outputs)
    {
        int[] widths = [inputs, .. hidden, outputs];
        _layers = [.. Enumerable.Range(0, widths.Length - 1).Select(k =>
            Part($"{k}", new Dense(widths[k], widths[k + 1], k == widths.Length - 2 ? LastGain : 1)))];
    }

    /// <summary>A factory with these hidden widths.</summary>
    public static ConditionerFactory Of(params int[] hidden) => (inputs, outputs) => new Mlp(inputs, outputs, hidden);

    public override Tensor Forward(Tensor features)
    {
        Tensor h = _layers[0].Forward(features);
        foreach (Dense layer in _layers.Skip(1))
            h = layer.Forward(h, activated: true);
        return h;
    }
}
