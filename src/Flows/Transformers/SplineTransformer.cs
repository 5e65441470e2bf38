using MolSampling.Flows.Splines;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Transformers;

/// <summary>How a spline behaves at the ends of its range.</summary>
public enum SplineEnds
{
    /// <summary>The identity beyond, slope 1 at the ends: the real line. Parameters: K widths, K heights, K - 1 slopes.</summary>
    Linear,

    /// <summary>Ends map to ends, slopes there are free: an interval. Parameters: K widths, K heights, K + 1 slopes.</summary>
    Free,

    /// <summary>One slope at the seam, and a turn before the spline: a circle. Parameters: K widths, K heights, K slopes (the first at the seam), a shift in radians of a full turn of 2 pi.</summary>
    Periodic,
}

/// <summary>
/// Monotonic rational-quadratic spline of K bins: widths and heights are the range times w0 + (1 - K w0) softmax(parameters), slopes d0 + softplus(parameters + log(e^(1-d0) - 1)),
/// with w0 = d0 = 1e-3, so that zero parameters are the identity. Written in torch operations: the reference.
/// C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, NeurIPS 2019, "Neural spline flows"; on circles D. J. Rezende et al., ICML 2020, "Normalizing flows on tori and spheres".
/// Both directions count from the nearer knot: no result leaves its bin by rounding, and the quadratic's discriminant is at least s^2 + (b - s)^2, so its root loses no digits.
/// </summary>
public sealed class SplineTransformer : IElementTransformer
{
    internal const double LeastShare = 1e-3;
    private const double LeastSlope = 1e-3;

    private readonly double _low, _high;
    private readonly int _bins;
    private readonly SplineEnds _ends;

    private readonly bool _fused;

    private SplineTransformer(Axis axis, SplineEnds ends, double low, double high, int bins, bool fused = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bins, 500); // K w0 < 1
        (Axis, _ends, _low, _high, _bins, _fused) = (axis, ends, low, high, bins, fused);
    }

    /// <summary>On the real line: a spline on [-bound, bound], the identity beyond.</summary>
    /// <param name="bound">End of the spline.</param>
    /// <param name="bins">K.</param>
    /// <param name="fused">One pass over vector lanes with its own gradient (<see cref="FusedSpline"/>) instead of torch operations: several times faster on the CPU, differentiable once.</param>
    public static SplineTransformer WithTails(double bound = 5, int bins = 8, bool fused = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return new(Axis.Real, SplineEnds.Linear, -bound, bound, bins, fused);
    }

    /// <summary>On an interval or a circle.</summary>
    /// <exception cref="ArgumentException">The real line: it needs a bound.</exception>
    public static SplineTransformer On(Axis axis, int bins = 8) => axis.Kind switch
    {
        AxisKind.Interval => new(axis, SplineEnds.Free, axis.Low, axis.High, bins),
        AxisKind.Circle => new(axis, SplineEnds.Periodic, axis.Low, axis.High, bins),
        _ => throw new ArgumentException("A spline on the real line needs a bound: WithTails."),
    };

    /// <summary>For every axis: tails on the real line, free ends on intervals, a seamless spline on circles.</summary>
    public static TransformerChoice ForAll(int bins = 8, double tailBound = 5) => axis => axis.Kind == AxisKind.Real ? WithTails(tailBound, bins) : On(axis, bins);

    /// <summary>The parameter of a slope.</summary>
    internal static double SlopeParameter(double slope) => Math.Log(Math.Exp(slope - LeastSlope) - 1) - Math.Log(Math.Exp(1 - LeastSlope) - 1);

    public Axis Axis { get; }

    public int ParameterCount => 3 * _bins + _ends switch { SplineEnds.Linear => -1, _ => 1 };

    public (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, bool inverse)
    {
        if (_fused && x.device_type == DeviceType.CPU)
            return FusedSpline.Apply(x, parameters, SplineKind.LinearTails, _high, inverse);
        Tensor xKnots = Knots(parameters.narrow(2, 0, _bins)), yKnots = Knots(parameters.narrow(2, _bins, _bins)), slopes = Slopes(parameters);
        switch (_ends)
        {
            case SplineEnds.Linear:
                Tensor inside = (x > _low) & (x < _high);
                (Tensor y, Tensor logSlope) = Spline(where(inside, x, zeros_like(x)), xKnots, yKnots, slopes, inverse);
                return (where(inside, y, x), logSlope.masked_fill(inside.logical_not(), 0));
            case SplineEnds.Free:
                return Spline(x, xKnots, yKnots, slopes, inverse);
            default:
                Tensor shift = parameters.select(2, 3 * _bins) * ((_high - _low) / (2 * Math.PI));
                if (!inverse)
                    return Spline(Wrap(x + shift), xKnots, yKnots, slopes, false);
                (Tensor z, Tensor logInverse) = Spline(Wrap(x), xKnots, yKnots, slopes, true);
                return (Wrap(z - shift), logInverse);
        }
    }

    /// <summary>Into [low, high]; both ends are the seam, and a number next to it may round to either.</summary>
    private Tensor Wrap(Tensor x)
    {
        Tensor turns = ((x - _low) / (_high - _low)).floor(), wrapped = x - turns * (_high - _low);
        // a rounding error beyond an end is on the seam
        return where(wrapped < _low, wrapped - (wrapped.detach() - _low), where(wrapped > _high, wrapped - (wrapped.detach() - _high), wrapped));
    }

    /// <summary>K + 1 increasing knots; the first and the last are the ends, exactly.</summary>
    private Tensor Knots(Tensor logits)
    {
        Tensor shares = logits.softmax(2) * (1 - LeastShare * _bins) + LeastShare;
        Tensor inner = shares.narrow(2, 0, _bins - 1).cumsum(2) * (_high - _low) + _low;
        long[] end = [logits.shape[0], logits.shape[1], 1];
        return cat([full(end, _low, dtype: logits.dtype, device: logits.device), inner, full(end, _high, dtype: logits.dtype, device: logits.device)], 2);
    }

    private Tensor Slopes(Tensor parameters)
    {
        int count = _ends switch { SplineEnds.Linear => _bins - 1, SplineEnds.Free => _bins + 1, _ => _bins };
        Tensor slopes = (parameters.narrow(2, 2 * _bins, count) + Math.Log(Math.Exp(1 - LeastSlope) - 1)).softplus(1, 20) + LeastSlope;
        if (_ends == SplineEnds.Free)
            return slopes;
        Tensor end = _ends == SplineEnds.Periodic ? slopes.narrow(2, 0, 1) : ones_like(slopes.narrow(2, 0, 1));
        return _ends == SplineEnds.Periodic ? cat([slopes, end], 2) : cat([end, slopes, end], 2);
    }

    private (Tensor Y, Tensor LogDerivative) Spline(Tensor x, Tensor xKnots, Tensor yKnots, Tensor slopes, bool inverse)
    {
        Tensor bin, next;
        using (no_grad())
        {
            bin = searchsorted((inverse ? yKnots : xKnots).detach().narrow(2, 1, _bins - 1).contiguous(), x.detach().unsqueeze(2).contiguous(), right: true);
            next = bin + 1;
        }
        Tensor At(Tensor table, Tensor index) => table.gather(2, index).squeeze(2);
        Tensor x0 = At(xKnots, bin), x1 = At(xKnots, next), y0 = At(yKnots, bin), y1 = At(yKnots, next), d0 = At(slopes, bin), d1 = At(slopes, next);
        Tensor width = x1 - x0, height = y1 - y0, s = height / width, bend = d0 + d1 - 2 * s;
        // u: the distance from the nearer knot in parts of the bin; d: the slope there, e: at the other knot
        Tensor near = inverse ? x - y0 <= y1 - x : x - x0 <= x1 - x, d = where(near, d0, d1), e = where(near, d1, d0), u;
        if (inverse)
        {
            Tensor v = where(near, x - y0, y1 - x) / height, b = d - v * bend, a = s - b, sv = s * v, root = (b * b + 4 * a * sv).sqrt();
            Tensor plus = b >= 0;
            u = where(plus, 2 * sv, root - b) / where(plus, b + root, 2 * a);
        }
        else
        {
            u = where(near, x - x0, x1 - x) / width;
        }
        Tensor rest = 1 - u, both = u * rest, denominator = s + bend * both;
        Tensor logSlope = 2 * (s / denominator).log() + (e * u * u + 2 * s * both + d * rest * rest).log();
        if (inverse)
            return (where(near, x0 + u * width, x1 - u * width), -logSlope);
        Tensor rise = height * (s * u * u + d * both) / denominator;
        return (where(near, y0 + rise, y1 - rise), logSlope);
    }
}
