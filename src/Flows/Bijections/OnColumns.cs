using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>A map of some columns; the others stay. With <see cref="FieldLayout.Columns"/>, a map of some fields.</summary>
public sealed class OnColumns : Bijection
{
    private readonly Bijection _map;
    private readonly ColumnSplit _columns;

    /// <summary>Owns the map.</summary>
    /// <param name="domain">All columns.</param>
    /// <param name="columns">Those that the map takes, in the order in which it takes them; it gives them back to the same places.</param>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">Columns outside the domain or twice, or not the map's domain.</exception>
    public OnColumns(Domain domain, IReadOnlyList<int> columns, Bijection map) : base(domain, Image(domain, columns, map),
        map.ConditionSize)
    {
        _map = Part("map", map);
        _columns = Part("columns", new ColumnSplit(domain.Count, columns));
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        (Tensor y, Tensor logDet) = _map.Apply(_columns.Chosen(x), condition, inverse);
        return (_columns.Join(y, _columns.Others(x)), logDet);
    }

    private static Domain Image(Domain domain, IReadOnlyList<int> columns, Bijection map)
    {
        ColumnSplit.Check(domain.Count, columns);
        if (!domain.Select(columns).Equals(map.Domain))
            throw new ArgumentException($"The columns are {domain.Select(columns)}, but {map.GetType().Name} takes {map.Domain}.");
        Axis[] axes = [.. domain];
        for (int k = 0; k < columns.Count; k++)
            axes[columns[k]] = map.Codomain[k];
        return new(axes);
    }
}
