using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>A dense layer, blocks h + W silu(V silu(h)), and a small last layer. K. He et al., ECCV 2016, "Identity mappings in deep
/// residual networks".</summary>
public sealed class ResidualMlp : Conditioner
{
    private readonly Dense _first, _last;
    private readonly (Dense Inner, Dense Outer)[] _blocks;

    /// <param name="inputs">Features.</param>
    /// <param name="outputs">Parameters.</param>
    /// <param name="width">Of every hidden layer.</param>
    /// <param name="blocks">Residual blocks, two layers each.</param>
    public ResidualMlp(int inputs, int outputs, int width, int blocks) : base(inputs, outputs)
    {
        _first = Part("first", new Dense(inputs, width));
        _blocks = [.. Enumerable.Range(0, blocks).Select(k => (Part($"inner{k}", new Dense(width, width)),
            Part($"outer{k}", new Dense(width, width, 0.1))))];
        _last = Part("last", new Dense(width, outputs, Mlp.LastGain));
    }

    /// <summary>A factory of this width and depth.</summary>
    public static ConditionerFactory Of(int width, int blocks) => (inputs, outputs) => new ResidualMlp(inputs, outputs, width, blocks);

    public override Tensor Forward(Tensor features)
    {
        Tensor h = _first.Forward(features);
        foreach ((Dense inner, Dense outer) in _blocks)
            h = h + outer.Forward(inner.Forward(h, activated: true), activated: true);
        return _last.Forward(h, activated: true);
    }
}
