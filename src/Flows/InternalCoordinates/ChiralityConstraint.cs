using static TorchSharp.torch;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>
/// Keeps the handedness of centres: the improper torsion of each runs over half the circle only, (0, pi) or (-pi, 0). y in [-pi, pi] is an
/// interval, no circle, for those columns (phi = sign (y + pi) / 2, log-determinant -ln 2 each); the others pass.
/// </summary>
/// <remarks>
/// <see cref="FieldLayer.LogVolume"/> is ln 2 whatever the number of centres: the mirror image of the kept molecule is its enantiomer, of
/// equal Z where nothing else is chiral. Several centres make further stereoisomers, which are other molecules that no symmetry joins to
/// this one.
/// </remarks>
public sealed class ChiralityConstraint : FieldLayer
{
    private readonly double[] _sign; // 0 for columns that pass

    /// <summary>Of a torsions' field.</summary>
    /// <param name="count">Its columns.</param>
    /// <param name="centres">Column of an improper torsion, and whether it is positive.</param>
    /// <exception cref="ArgumentException">No centre, a column that is not there, or one named twice.</exception>
    public ChiralityConstraint(int count, IReadOnlyList<(int Column, bool Positive)> centres) : base(count)
    {
        _sign = new double[count];
        if (centres.Count == 0)
            throw new ArgumentException("No centre is named.", nameof(centres));
        foreach ((int column, bool positive) in centres)
        {
            if (column < 0 || column >= count || _sign[column] != 0)
                throw new ArgumentException($"Column {column} is {(column < 0 || column >= count ? $"not one of {count}" : "named twice")}.", nameof(centres));
            _sign[column] = positive ? 1 : -1;
        }
    }

    /// <inheritdoc/>
    public override double LogVolume => Math.Log(2);

    /// <summary>The columns that are intervals [-pi, pi] on the flow's side.</summary>
    public IReadOnlyList<int> IntervalColumns => [.. Enumerable.Range(0, Count).Where(c => _sign[c] != 0)];

    /// <inheritdoc/>
    protected override Tensor Contains(Tensor x, bool inverse)
    {
        Tensor sign = Row(_sign, x), held = sign == 0;
        return held.logical_or(inverse ? Wrap(x, -Math.PI) * sign >= 0 : x.abs() <= Math.PI).all(1);
    }

    /// <inheritdoc/>
    protected override double[] Interior(bool inverse) => inverse ? [.. _sign.Select(s => 0.5 * Math.PI * s)] : new double[Count];

    /// <inheritdoc/>
    protected override (Tensor Y, Tensor LogDet) Apply(Tensor x, bool inverse)
    {
        Tensor sign = Row(_sign, x), turned = Wrap(x, -Math.PI);
        double logDet = IntervalColumns.Count * Math.Log(2);
        return (where(sign == 0, turned, inverse ? 2 * sign * turned - Math.PI : 0.5 * sign * (x + Math.PI)),
            full(x.shape[0], inverse ? logDet : -logDet, dtype: x.dtype, device: x.device));
    }
}
