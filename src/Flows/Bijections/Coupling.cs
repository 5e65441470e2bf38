using MolSampling.Flows.Networks;
using MolSampling.Flows.Transformers;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// Active columns are mapped element by element with parameters that a network computes from the passive ones, which stay: y_a = T(x_a;
/// net(x_p, condition)), y_p = x_p. L. Dinh, J. Sohl-Dickstein, S. Bengio, ICLR 2017, section 3.2.
/// </summary>
public sealed class Coupling : Bijection
{
    private readonly ColumnSplit _columns;
    private readonly ElementMap _map;
    private readonly CoordinateEmbedding? _embedding;
    private readonly Conditioner _conditioner;

    /// <summary>A coupling of any domain.</summary>
    /// <param name="domain">All columns.</param>
    /// <param name="active">Columns that change; with <see cref="FieldLayout.Columns"/>, fields.</param>
    /// <param name="transformer">The map of each axis.</param>
    /// <param name="conditioner">Makes the network from its widths.</param>
    /// <param name="conditionSize">Width of an outer condition.</param>
    /// <param name="harmonics">Multiples of passive angles that the network sees.</param>
    /// <exception cref="ArgumentException">Wrong columns, or nothing to condition on (then use <see cref="Elementwise"/>).</exception>
    public Coupling(Domain domain, IReadOnlyList<int> active, TransformerChoice transformer, ConditionerFactory conditioner,
        int conditionSize = 0, int harmonics = 1)
        : base(domain, domain, conditionSize)
    {
        _columns = Part("columns", new ColumnSplit(domain.Count, active));
        _map = Part("map", new ElementMap(domain.Select(active), transformer));
        if (_columns.OtherColumns.Count > 0)
            _embedding = Part("embedding", new CoordinateEmbedding(domain.Select(_columns.OtherColumns), harmonics));
        int inputs = (_embedding?.Width ?? 0) + conditionSize;
        if (inputs == 0)
            throw new ArgumentException("Every column is active and there is no condition: nothing to condition on.");
        _conditioner = Part("conditioner", conditioner(inputs, _map.ParameterColumns.Count));
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor passive = _columns.Others(x);
        Tensor[] inputs = [.. new[] { _embedding?.Embed(passive), condition }.OfType<Tensor>()];
        Tensor parameters = _conditioner.Forward(inputs.Length == 1 ? inputs[0] : cat(inputs, 1));
        (Tensor y, Tensor logDet) = _map.Apply(_columns.Chosen(x), parameters, inverse);
        return (_columns.Join(y, passive), logDet);
    }
}
