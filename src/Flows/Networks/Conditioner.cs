using static TorchSharp.torch;

namespace MolSampling.Flows.Networks;

/// <summary>A network from features [B, inputs] to parameters [B, outputs].</summary>
public abstract class Conditioner(int inputs, int outputs) : Parametrized
{
    public int Inputs { get; } = inputs;

    public int Outputs { get; } = outputs;

    /// <summary>[B, inputs] to [B, outputs], in the caller's dispose scope.</summary>
    public abstract Tensor Forward(Tensor features);
}

/// <summary>Makes a network once its widths are known.</summary>
public delegate Conditioner ConditionerFactory(int inputs, int outputs);
