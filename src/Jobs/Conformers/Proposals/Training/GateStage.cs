using MolSampling.Flows;
using MolSampling.Flows.Networks;
using static TorchSharp.torch;

namespace MolSampling.Jobs.Conformers.Proposals.Training;

/// <summary>One stage of a <see cref="ProposalNetwork"/> as torch trains it: gates of rotors and of pairs.</summary>
internal sealed class GateStage : Parametrized
{
    private static readonly int[] s_hidden = [48, 48];

    /// <param name="rotors">[R, <see cref="ProposalFeatures.RotorWidth"/>] of all training molecules, to standardise by.</param>
    /// <param name="pairs">[E, <see cref="ProposalFeatures.PairWidth"/>].</param>
    public GateStage(Tensor rotors, Tensor pairs)
    {
        Rotor = Part("rotor", new GatePart(rotors, ProposalFeatures.RotorGates, s_hidden));
        Pair = Part("pair", new GatePart(pairs, ProposalFeatures.PairGates, s_hidden));
    }

    public GatePart Rotor { get; }

    public GatePart Pair { get; }
}

/// <summary>Standardised features through dense layers; <see cref="DenseStack"/> evaluates the same without torch.</summary>
internal sealed class GatePart : Parametrized
{
    private readonly Parameter _mean, _scale;
    private readonly Mlp _layers;

    public GatePart(Tensor features, int outputs, int[] hidden)
    {
        using IDisposable constant = no_grad();
        _mean = Buffer("mean", features.mean([0L]));
        _scale = Buffer("scale", 1 / (features.std([0L]) + 1e-2)); // what hardly varies says nothing
        _layers = Part("layers", new Mlp((int)features.shape[1], outputs, hidden));
    }

    /// <summary>[B, features] to [B, gates].</summary>
    public Tensor Forward(Tensor features) => _layers.Forward(((features - _mean.Value) * _scale.Value).clamp(-DenseStack.Largest,
        DenseStack.Largest));
}
