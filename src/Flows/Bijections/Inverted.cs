using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>A map run backwards: for an autoregressive one, whose forward direction is the fast one, so that densities are fast instead of
/// samples.</summary>
public sealed class Inverted : Bijection
{
    private readonly Bijection _map;

    /// <summary>Owns the map.</summary>
    public Inverted(Bijection map) : base(map.Codomain, map.Domain, map.ConditionSize) => _map = Part("map", map);

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse) =>
        _map.Apply(x, condition, !inverse);
}
