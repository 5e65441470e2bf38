using MolSampling.Flows.Splines;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Transformers;

/// <summary>
/// Monotonic rational-quadratic spline of K bins: widths and heights are the range times w0 + (1 - K w0) softmax(parameters), slopes d0 +
/// softplus(parameters + log(e^(1-d0) - 1)), with w0 = d0 = 1e-3, so that zero parameters are the identity. Parameters and ends:
/// <see cref="SplineKind"/>. On the CPU it is <see cref="FusedSpline"/>, differentiable once; without <c>fused</c>, on other devices, and
/// where all rows share their parameters, torch operations, differentiable as often as wanted: the reference. C. Durkan, A. Bekasov, I.
/// Murray, G. Papamakarios, NeurIPS 2019, "Neural spline flows"; on circles D. J. Rezende et al., ICML 2020, "Normalizing flows on tori and
/// spheres". Both directions count from the nearer knot: no result leaves its bin by rounding, and the quadratic's discriminant is at least
/// s^2 + (b - s)^2, so its root loses no digits.
/// </summary>
public sealed class SplineTransformer : IElementTransformer
{
    private readonly SplineShape _shape;
    private readonly bool _fused;

    private SplineTransformer(Axis axis, SplineKind kind, double low, double high, int bins, bool fused)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bins, 500); // K w0 < 1
        (Axis, _shape, _fused) = (axis, new(kind, bins, low, high), fused && bins <= SplineShape.MostBins);
    }

    /// <summary>On the real line: a spline on [-bound, bound], the identity beyond.</summary>
    /// <param name="bound">End of the spline.</param>
    /// <param name="bins">K.</param>
    /// <param name="fused">One pass over vector lanes with its own gradient where the device is the CPU; false for second
    /// derivatives.</param>
    public static SplineTransformer WithTails(double bound = 5, int bins = 8, bool fused = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return new(Axis.Real, SplineKind.LinearTails, -bound, bound, bins, fused);
    }

    /// <summary>On an interval or a circle.</summary>
    /// <exception cref="ArgumentException">The real line: it needs a bound.</exception>
    public static SplineTransformer On(Axis axis, int bins = 8, bool fused = true) => axis.Kind switch
    {
        AxisKind.Interval => new(axis, SplineKind.Interval, axis.Low, axis.High, bins, fused),
        AxisKind.Circle => new(axis, SplineKind.Circular, axis.Low, axis.High, bins, fused),
        AxisKind.Real => throw new ArgumentException("A spline on the real line needs a bound: WithTails."),
        _ => throw new ArgumentException("A quaternion is not mapped number by number: ProjectiveMap, OnEulerAngles."),
    };

    /// <summary>For every axis: tails on the real line, free ends on intervals, a seamless spline on circles.</summary>
    public static TransformerChoice ForAll(int bins = 8, double tailBound = 5, bool fused = true) =>
        axis => axis.Kind == AxisKind.Real ? WithTails(tailBound, bins, fused) : On(axis, bins, fused);

    /// <summary>The parameter of a slope.</summary>
    internal static double SlopeParameter(double slope) => Math.Log(Math.Exp(slope - SplineShape.Least) - 1) - SplineShape.SlopeOffset;

    public Axis Axis { get; }

    public int ParameterCount => _shape.Parameters;

    public (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, bool inverse)
    {
        if (parameters.shape[0] == 1 && x.shape[0] != 1)
        {
            // one spline a column for all rows: knots are made once, not once a row
            (Tensor shared, Tensor logShared) = ByTorch(x.t().unsqueeze(0), parameters, inverse);
            return (shared[0].t(), logShared[0].t());
        }
        if (_fused && x.device_type == DeviceType.CPU)
            return FusedSpline.Apply(x, parameters, _shape, inverse);
        (Tensor own, Tensor logOwn) = ByTorch(x.unsqueeze(2), parameters, inverse);
        return (own.squeeze(2), logOwn.squeeze(2));
    }

    /// <summary>For elements [R, d, n] with parameters [R, d, P]: n elements share a spline.</summary>
    private (Tensor Y, Tensor LogDerivative) ByTorch(Tensor x, Tensor parameters, bool inverse)
    {
        (SplineKind kind, int bins, double low, double high) = _shape;
        Tensor xKnots = _shape.Knots(parameters.narrow(2, 0, bins)), yKnots = _shape.Knots(parameters.narrow(2, bins, bins)),
            slopes = Slopes(parameters);
        switch (kind)
        {
            case SplineKind.LinearTails:
                Tensor inside = (x > low) & (x < high);
                (Tensor y, Tensor logSlope) = Spline(where(inside, x, zeros_like(x)), xKnots, yKnots, slopes, inverse);
                return (where(inside, y, x), logSlope.masked_fill(inside.logical_not(), 0));
            case SplineKind.Interval:
                return Spline(x, xKnots, yKnots, slopes, inverse);
            default:
                Tensor shift = parameters.narrow(2, 3 * bins, 1) * (_shape.Span / (2 * Math.PI));
                if (!inverse)
                    return Spline(_shape.Wrap(x + shift), xKnots, yKnots, slopes, false);
                (Tensor z, Tensor logInverse) = Spline(_shape.Wrap(x), xKnots, yKnots, slopes, true);
                return (_shape.Wrap(z - shift), logInverse);
        }
    }

    private Tensor Slopes(Tensor parameters)
    {
        Tensor slopes = (parameters.narrow(2, 2 * _shape.Bins, _shape.Slopes) + SplineShape.SlopeOffset).softplus(1, 20)
            + SplineShape.Least;
        if (_shape.Kind == SplineKind.Interval)
            return slopes;
        Tensor end = _shape.Kind == SplineKind.Circular ? slopes.narrow(2, 0, 1) : ones_like(slopes.narrow(2, 0, 1));
        return _shape.Kind == SplineKind.Circular ? cat([slopes, end], 2) : cat([end, slopes, end], 2);
    }

    private (Tensor Y, Tensor LogDerivative) Spline(Tensor x, Tensor xKnots, Tensor yKnots, Tensor slopes, bool inverse)
    {
        Tensor bin = _shape.Bin(inverse ? yKnots : xKnots, x), next = bin + 1;
        Tensor At(Tensor table, Tensor index) => table.gather(2, index);
        Tensor x0 = At(xKnots, bin), x1 = At(xKnots, next), y0 = At(yKnots, bin), y1 = At(yKnots, next), d0 = At(slopes, bin),
            d1 = At(slopes, next);
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
