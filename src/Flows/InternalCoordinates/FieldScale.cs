using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.InternalCoordinates;

/// <summary>
/// Brings a field to a flow's domain, column by column: intervals [low, high] to [0, 1], the real line by mean and deviation, circles as
/// they are, shown in [-pi, pi). field = offset + scale y, log-determinant sum ln scale.
/// </summary>
public sealed class FieldScale : FieldLayer
{
    private readonly double[] _offset, _scale, _highest;
    private readonly bool _isCircle;

    private FieldScale(double[] offset, double[] scale, bool isInterval, bool isCircle) : base(offset.Length)
    {
        if (offset.Length != scale.Length || scale.Any(s => !double.IsFinite(s) || s <= 0) || !offset.All(double.IsFinite))
            throw new ArgumentException($"{offset.Length} offsets and {scale.Length} scales: as many of each, finite, scales positive.");
        (_offset, _scale, _isCircle) = (offset, scale, isCircle);
        _highest = isInterval ? [.. offset.Zip(scale, (o, s) => o + s)] : [];
    }

    /// <summary>Intervals [low, high], to [0, 1].</summary>
    /// <exception cref="ArgumentException">Ends that are not finite or not in order.</exception>
    public static FieldScale Interval(IReadOnlyList<double> low, IReadOnlyList<double> high) =>
        new([.. low], [.. high.Zip(low, (h, l) => h - l)], true, false);

    /// <summary>The real line, to mean 0 and deviation 1.</summary>
    /// <exception cref="ArgumentException">A deviation that is not positive.</exception>
    public static FieldScale Standard(IReadOnlyList<double> mean, IReadOnlyList<double> deviation) => new([.. mean], [.. deviation], false,
        false);

    /// <summary>Mean and deviation of given rows.</summary>
    /// <param name="field">[B, count], B of at least 2.</param>
    /// <exception cref="ArgumentException">A column does not vary.</exception>
    public static FieldScale Standard(Tensor field)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = field.detach().to(ScalarType.Float64), mean = wide.mean([0L]);
        return Standard(mean.data<double>().ToArray(), (wide - mean).square().mean([0L]).sqrt().contiguous().data<double>().ToArray());
    }

    /// <summary>Angles on the circle, [-pi, pi).</summary>
    public static FieldScale Circle(int count) => new(new double[count], [.. Enumerable.Repeat(1.0, count)], false, true);

    /// <inheritdoc/>
    protected override Tensor Contains(Tensor x, bool inverse)
    {
        if (_highest.Length == 0)
            return ones(x.shape[0], ScalarType.Bool, x.device);
        return inverse ? (x >= Row(_offset, x)).logical_and(x <= Row(_highest, x)).all(1) : (x >= 0).logical_and(x <= 1).all(1);
    }

    /// <inheritdoc/>
    protected override double[] Interior(bool inverse) => inverse ? [.. _offset.Zip(_scale, (o, s) => o + 0.5 * s)]
        : [.. _offset.Select(_ => 0.5)];

    /// <inheritdoc/>
    protected override (Tensor Y, Tensor LogDet) Apply(Tensor x, bool inverse)
    {
        double logDet = _scale.Sum(Math.Log);
        Tensor y = _isCircle ? Wrap(x, -Math.PI) : inverse ? (x - Row(_offset, x)) / Row(_scale, x) : Row(_offset, x) + Row(_scale, x) * x;
        return (y, full(x.shape[0], inverse ? -logDet : logDet, dtype: x.dtype, device: x.device));
    }
}
