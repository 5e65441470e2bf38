using MolSampling.Flows.Transformers;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>A trained increasing map of every column by itself: affine, or a spline.</summary>
public sealed class Elementwise : Bijection
{
    private readonly ElementMap _map;
    private readonly Parameter _parameters;

    /// <summary>A transformer for every axis; the identity at first.</summary>
    public Elementwise(Domain domain, TransformerChoice transformer) : base(domain, domain)
    {
        _map = Part("map", new ElementMap(domain, transformer));
        _parameters = Weight("parameters", _map.ParameterColumns.Count);
    }

    public override void Initialize(RandomSource random) => _parameters.Fill(() => 0.01 * random.NextNormal());

    /// <summary>Sets the parameters of some columns.</summary>
    internal void SetParameters(IReadOnlyList<int> columns, IReadOnlyList<double[]> parameters)
    {
        double[] all = [.. _parameters.Value.detach().to(ScalarType.Float64).data<double>()];
        for (int k = 0; k < columns.Count; k++)
        {
            int[] places = [.. Enumerable.Range(0, all.Length).Where(p => _map.ParameterColumns[p] == columns[k])];
            for (int p = 0; p < places.Length; p++)
                all[places[p]] = parameters[k][p];
        }
        using Tensor numbers = tensor(all);
        _parameters.Set(numbers);
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse) =>
        _map.Apply(x, _parameters, inverse);
}
