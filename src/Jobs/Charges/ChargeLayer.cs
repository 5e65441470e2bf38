using MolSampling.Flows;
using MolSampling.Flows.Networks;
using MolSampling.Molecular.ForceFields.Charges;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Charges;

/// <summary>A layer of messages; the equation stands at <see cref="ChargeNetwork"/>.</summary>
internal sealed class ChargeLayer : Parametrized
{
    private readonly int _width;
    private readonly Parameter _gate;
    private readonly Dense _mix;

    public ChargeLayer(int width)
    {
        _width = width;
        _gate = Weight("gate", ChargeGraph.EdgeWidth, width);
        _mix = Part("mix", new Dense(2 * width, width));
    }

    public override void Initialize(RandomSource random)
    {
        base.Initialize(random);
        RandomSource own = random.Split("gate");
        double scale = 1 / Math.Sqrt(ChargeGraph.EdgeWidth);
        _gate.Fill(() => scale * own.NextNormal());
    }

    /// <summary>[V, width] to the same.</summary>
    public Tensor Forward(Tensor h, ChargeBatch batch, Func<Tensor>? keep)
    {
        Tensor messages = zeros_like(h).index_add(0, batch.To, batch.Edges.matmul(_gate.Value) * h.index_select(0, batch.From), 1);
        Tensor update = _mix.Forward(cat([h, messages], 1)).silu();
        return nn.functional.layer_norm(h + (keep is null ? update : update * keep()), [_width], eps: ChargeNetwork.NormFloor);
    }
}
