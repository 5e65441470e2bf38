using MolSampling.Flows;
using MolSampling.Flows.Networks;
using MolSampling.Molecular.ForceFields.Charges;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Charges;

/// <summary>One network of a <see cref="ChargeNetwork"/> as torch trains it.</summary>
internal sealed class ChargeModel : Parametrized
{
    private const int HiddenWidth = 128;

    private readonly Dense _input, _hidden, _output;
    private readonly ChargeLayer[] _layers;

    public ChargeModel(int width, int layers)
    {
        _input = Part("input", new Dense(ChargeGraph.VertexWidth, width));
        _layers = [.. Enumerable.Range(0, layers).Select(l => Part($"layer{l}", new ChargeLayer(width)))];
        _hidden = Part("hidden", new Dense(width, HiddenWidth));
        _output = Part("output", new Dense(HiddenWidth, ChargeNetwork.Outputs, 0.1));
    }

    /// <summary>Charges of the heavy atoms of all vertices of a batch, then of their hydrogens, [2 V].</summary>
    /// <param name="batch">Some molecules.</param>
    /// <param name="keep">In training, [V, width] factors of a layer's update that leave some of it out; otherwise null.</param>
    public Tensor Forward(ChargeBatch batch, Func<Tensor>? keep = null)
    {
        Tensor h = _input.Forward(batch.Vertices).silu();
        foreach (ChargeLayer layer in _layers)
            h = layer.Forward(h, batch, keep);
        Tensor y = _output.Forward(_hidden.Forward(h), activated: true).reshape(-1, 2, 2).transpose(0, 1).reshape(-1, 2);
        Tensor e = y.select(1, 0), softness = 1 / (nn.functional.softplus(y.select(1, 1) + ChargeNetwork.HardnessShift)
            + ChargeNetwork.LeastHardness), weighted = batch.Weights * softness;
        Tensor below = zeros_like(batch.Totals).index_add(0, batch.Parts, weighted, 1),
            above = batch.Totals.index_add(0, batch.Parts, weighted * e, 1);
        return ((above / below).index_select(0, batch.Parts) - e) * softness;
    }
}
