using MolSampling.Flows.Networks;
using MolSampling.Flows.Transformers;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// y_i = T(x_i; net_i(x_1 .. x_(i-1), condition)), by one masked network: forward in one pass, inverse in D passes.
/// M. Germain et al., ICML 2015, "MADE"; G. Papamakarios, T. Pavlakou, I. Murray, NeurIPS 2017, "Masked autoregressive flow".
/// </summary>
public sealed class Autoregressive : Bijection
{
    private readonly ElementMap _map;
    private readonly CoordinateEmbedding _embedding;
    private readonly MaskedMlp _network;

    /// <summary>In the order of columns; a <see cref="Permutation"/> before it makes another.</summary>
    /// <param name="domain">All columns.</param>
    /// <param name="transformer">The map of each axis.</param>
    /// <param name="hidden">Widths of hidden layers.</param>
    /// <param name="conditionSize">Width of an outer condition.</param>
    public Autoregressive(Domain domain, TransformerChoice transformer, IReadOnlyList<int> hidden, int conditionSize = 0)
        : base(domain, domain, conditionSize)
    {
        _map = Part("map", new ElementMap(domain, transformer));
        _embedding = Part("embedding", new CoordinateEmbedding(domain));
        // column i has degree i + 1; a condition has degree 0 and reaches everything
        int[] inputs = [.. _embedding.FeatureColumns.Select(c => c + 1), .. new int[conditionSize]],
            outputs = [.. _map.ParameterColumns.Select(c => c + 1)];
        _network = Part("network", new MaskedMlp(inputs, outputs, hidden));
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor Parameters(Tensor at) => _network.Forward(condition is null ? _embedding.Embed(at) : cat([_embedding.Embed(at), condition],
            1));
        if (!inverse)
            return _map.Apply(x, Parameters(x), false);
        // pass k finds column k; later columns hold numbers that nothing found so far depends on
        Tensor found = Domain.Interior(x).expand(x.shape[0], Dimension), logDet = zeros(0);
        for (int k = 0; k < Dimension; k++)
            (found, logDet) = _map.Apply(x, Parameters(found), true);
        return (found, logDet);
    }
}
