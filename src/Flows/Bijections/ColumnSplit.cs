using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>Chosen columns and the others, taken apart and put together.</summary>
internal sealed class ColumnSplit : Parametrized
{
    private readonly Parameter _chosen, _others, _order;

    public ColumnSplit(int dimension, IReadOnlyList<int> chosen)
    {
        Check(dimension, chosen);
        OtherColumns = [.. Enumerable.Range(0, dimension).Except(chosen)];
        long[] order = new long[dimension];
        foreach ((int column, int place) in chosen.Concat(OtherColumns).Select((c, p) => (c, p)))
            order[column] = place;
        _chosen = Constant("chosen", tensor(chosen.Select(c => (long)c).ToArray()));
        _others = Constant("others", tensor(OtherColumns.Select(c => (long)c).ToArray(), [OtherColumns.Count]));
        _order = Constant("order", tensor(order));
    }

    public IReadOnlyList<int> OtherColumns { get; }

    public Tensor Chosen(Tensor x) => x.index_select(1, _chosen);

    public Tensor Others(Tensor x) => x.index_select(1, _others);

    public Tensor Join(Tensor chosen, Tensor others) => cat([chosen, others], 1).index_select(1, _order);

    public static void Check(int dimension, IReadOnlyList<int> columns)
    {
        if (columns.Count == 0 || columns.Distinct().Count() != columns.Count || columns.Any(c => c < 0 || c >= dimension))
            throw new ArgumentException($"Columns must be different, and between 0 and {dimension - 1}.");
    }
}
