using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>y = x W^T + b, with a mask on W if given. Weights start as normal numbers of variance gain^2 / inputs, b as 0.</summary>
internal sealed class Dense : Parametrized
{
    private readonly double _gain;
    private readonly Parameter _weight, _bias;
    private readonly Parameter? _mask;
    private readonly int _fanIn;

    public Dense(int inputs, int outputs, double gain = 1, Tensor? mask = null)
    {
        (_gain, _fanIn) = (gain, inputs);
        _weight = Weight("weight", outputs, inputs);
        _bias = Weight("bias", outputs);
        if (mask is not null)
            _mask = Constant("mask", mask);
    }

    public override void Initialize(RandomSource random)
    {
        double scale = _gain / Math.Sqrt(Math.Max(1, _fanIn));
        _weight.Fill(() => scale * random.NextNormal());
        _bias.Fill(() => 0);
    }

    /// <summary>[B, inputs] to [B, outputs].</summary>
    /// <param name="x">Features.</param>
    /// <param name="activated">Whether x passes through SiLU first.</param>
    public Tensor Forward(Tensor x, bool activated = false) =>
        FusedDense.Takes(x) ? FusedDense.Apply(x, Masked, _bias, activated) : nn.functional.linear(activated ? x.silu() : x, Masked, _bias);

    /// <summary>W dx: what a change of x does to y.</summary>
    public Tensor Tangent(Tensor dx) => nn.functional.linear(dx, Masked);

    private Tensor Masked => _mask is null ? _weight : _weight.Value * _mask.Value.to(Type);
}
