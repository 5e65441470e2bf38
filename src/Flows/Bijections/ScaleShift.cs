using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// y = scale x + shift, column by column, with fixed numbers: units, and maps between intervals or circles. Log-determinant sum log
/// |scale|. Counted from the nearer end, so that ends go to ends exactly and rounding leads nowhere outside.
/// </summary>
public sealed class ScaleShift : Bijection
{
    private readonly double[] _scale;
    private readonly (double[] Low, double[] High) _from, _to; // on the real line, both are the image of 0

    /// <summary>Of scales and shifts; the codomain follows.</summary>
    /// <exception cref="ArgumentException">Another number of columns, or a scale that is 0 or not finite.</exception>
    public ScaleShift(Domain domain, IReadOnlyList<double> scale, IReadOnlyList<double> shift) : this(domain, Image(domain, scale, shift),
        scale, shift)
    {
    }

    private ScaleShift(Domain domain, Domain codomain, IReadOnlyList<double> scale, IReadOnlyList<double> shift) : base(domain, codomain)
    {
        _scale = [.. scale];
        if (domain.Quaternions.Count > 0)
            throw new ArgumentException("Quaternions are neither scaled nor shifted.");
        _from = ([.. domain.Select(a => a.Kind == AxisKind.Real ? 0 : a.Low)],
            [.. domain.Select(a => a.Kind == AxisKind.Real ? 0 : a.High)]);
        double End(int k, bool high) => codomain[k].Kind == AxisKind.Real ? shift[k] : high == scale[k] > 0 ? codomain[k].High
            : codomain[k].Low;
        _to = ([.. scale.Select((_, k) => End(k, false))], [.. scale.Select((_, k) => End(k, true))]);
    }

    /// <summary>The increasing map from intervals to intervals, circles to circles; the real line stays.</summary>
    /// <exception cref="ArgumentException">An axis of one kind to one of another.</exception>
    public static ScaleShift Between(Domain from, Domain to)
    {
        if (!from.Select(a => a.Kind).SequenceEqual(to.Select(a => a.Kind)))
            throw new ArgumentException($"No affine map leads from {from} to {to}.");
        double[] scale = [.. from.Zip(to, (f, t) => f.Kind == AxisKind.Real ? 1 : t.Span / f.Span)];
        return new(from, to, scale, new double[from.Count]);
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        Tensor Row(IEnumerable<double> numbers) => tensor(numbers.ToArray()).to(x.dtype, x.device);
        ((double[] low, double[] high), (double[] lowImage, double[] highImage)) = inverse ? (_to, _from) : (_from, _to);
        Tensor above = x - Row(low), below = Row(high) - x, scale = Row(inverse ? _scale.Select(s => 1 / s) : _scale);
        Tensor near = above.abs() <= below.abs();
        double logDet = _scale.Sum(s => Math.Log(Math.Abs(s)));
        return (where(near, Row(lowImage) + scale * above, Row(highImage) - scale * below), full(x.shape[0], inverse ? -logDet : logDet,
            dtype: x.dtype, device: x.device));
    }

    private static Domain Image(Domain domain, IReadOnlyList<double> scale, IReadOnlyList<double> shift)
    {
        if (scale.Count != domain.Count || shift.Count != domain.Count || scale.Any(s => s == 0 || !double.IsFinite(s))
            || !shift.All(double.IsFinite))
            throw new ArgumentException($"{domain.Count} scales and shifts, finite, no scale 0.");
        return new(domain.Select((a, k) =>
        {
            (double low, double high) = (scale[k] * a.Low + shift[k], scale[k] * a.High + shift[k]);
            return a.Kind == AxisKind.Real ? a : a with { Low = Math.Min(low, high), High = Math.Max(low, high) };
        }));
    }
}
