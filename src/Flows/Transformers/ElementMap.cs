using static TorchSharp.torch;

namespace MolSampling.Flows.Transformers;

/// <summary>One transformer an axis: columns of equal axes go through it together.</summary>
internal sealed class ElementMap : Parametrized
{
    private readonly Group[] _groups;
    private readonly Parameter _order;

    public ElementMap(IReadOnlyList<Axis> axes, TransformerChoice choose)
    {
        List<int> columns = [];
        _groups = [.. axes.Select((axis, column) => (axis, column)).GroupBy(a => a.axis, a => a.column).Select((group, k) =>
        {
            IElementTransformer transformer = choose(group.Key);
            if (transformer.Axis != group.Key)
                throw new ArgumentException($"The transformer chosen for {group.Key} takes {transformer.Axis}.");
            columns.AddRange(group);
            return new Group(transformer, [.. group], Constant($"columns{k}", tensor(group.Select(c => (long)c).ToArray())));
        })];
        long[] order = new long[axes.Count];
        for (int place = 0; place < order.Length; place++)
            order[columns[place]] = place;
        _order = Constant("order", tensor(order));
        ParameterColumns = [.. _groups.SelectMany(g => g.Columns.SelectMany(c => Enumerable.Repeat(c, g.Transformer.ParameterCount)))];
    }

    /// <summary>The column that each parameter belongs to.</summary>
    public IReadOnlyList<int> ParameterColumns { get; }

    /// <summary>y and the sum of log-derivatives, [B].</summary>
    /// <param name="x">[B, d].</param>
    /// <param name="parameters">[B, <see cref="ParameterColumns"/>], or [1, <see cref="ParameterColumns"/>] for all rows.</param>
    /// <param name="inverse">Direction.</param>
    public (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor parameters, bool inverse)
    {
        List<Tensor> results = [];
        Tensor? logDet = null;
        long start = 0;
        foreach (Group group in _groups)
        {
            long count = group.Columns.Length, width = count * group.Transformer.ParameterCount;
            Tensor part = _groups.Length == 1 ? x : x.index_select(1, group.Index),
                own = parameters.narrow(1, start, width).reshape(parameters.shape[0], count, width / count);
            (Tensor y, Tensor logDerivative) = group.Transformer.Apply(part, own, inverse);
            results.Add(y);
            logDet = logDet is null ? logDerivative.sum(1) : logDet + logDerivative.sum(1);
            start += width;
        }
        return (_groups.Length == 1 ? results[0] : cat(results, 1).index_select(1, _order), logDet!);
    }

    private sealed record Group(IElementTransformer Transformer, int[] Columns, Parameter Index);
}
