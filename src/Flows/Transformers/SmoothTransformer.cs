using MolSampling.Flows.Splines;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Transformers;

/// <summary>
/// A smooth increasing map: its slope is a sum of bumps, f'(x) = sum_k h_k b_k(x), one at each of K + 1 knots, which go from 0 to 1 and
/// back by s(u) = 10 u^3 - 15 u^4 + 6 u^5 and add up to one. Between two knots
/// <para>f(x) = y_k + w (h_k u + (h_k+1 - h_k) S(u)), u = (x - x_k) / w, S(u) = 5/2 u^4 - 3 u^5 + u^6.</para>
/// f has three continuous derivatives, so that ln f' and its gradient are smooth, where a rational-quadratic spline's gradient jumps at
/// knots. Bumps in place of the exponential ones of J. Köhler, A. Krämer, F. Noé, NeurIPS 2021, "Smooth normalizing flows", whose integrals
/// have no closed form.
/// </summary>
/// <remarks>
/// Parameters, P = 2K + 1: K raw widths; raw heights, K + 1 of them, or on a circle K and the turn in radians. Heights d0 +
/// softplus(parameters + log(e^(1-d0) - 1)) are divided by the mean slope, so that the ends stay; beyond them the real line is mapped with
/// the slopes h_0 and h_K. The inverse is found by safeguarded Newton steps; two more carry first and second derivatives.
/// </remarks>
public sealed class SmoothTransformer : IElementTransformer
{
    private const int MostSteps = 60, StepsBetweenChecks = 4;

    private readonly SplineShape _shape;

    private SmoothTransformer(Axis axis, SplineKind kind, double low, double high, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bins, 500); // K w0 < 1
        (Axis, _shape) = (axis, new(kind, bins, low, high));
    }

    /// <summary>On an axis; the knots of the real line lie in [-bound, bound].</summary>
    /// <param name="axis">Where.</param>
    /// <param name="bins">K.</param>
    /// <param name="bound">Of the real line.</param>
    public static SmoothTransformer On(Axis axis, int bins = 8, double bound = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return axis.Kind switch
        {
            AxisKind.Real => new(axis, SplineKind.LinearTails, -bound, bound, bins),
            AxisKind.Interval => new(axis, SplineKind.Interval, axis.Low, axis.High, bins),
            AxisKind.Circle => new(axis, SplineKind.Circular, axis.Low, axis.High, bins),
            _ => throw new ArgumentException("A quaternion is not mapped number by number: ProjectiveMap, OnEulerAngles."),
        };
    }

    /// <summary>For every axis.</summary>
    public static TransformerChoice ForAll(int bins = 8, double bound = 5) => axis => On(axis, bins, bound);

    public Axis Axis { get; }

    public int ParameterCount => 2 * _shape.Bins + 1;

    public (Tensor Y, Tensor LogDerivative) Apply(Tensor x, Tensor parameters, bool inverse)
    {
        bool shared = parameters.shape[0] == 1 && x.shape[0] != 1;
        (Tensor y, Tensor log) = Map(shared ? x.t().unsqueeze(0) : x.unsqueeze(2), parameters, inverse);
        return shared ? (y[0].t(), log[0].t()) : (y.squeeze(2), log.squeeze(2));
    }

    /// <summary>For elements [R, d, n] with parameters [R, d, P]: n elements share a map.</summary>
    private (Tensor Y, Tensor LogDerivative) Map(Tensor x, Tensor parameters, bool inverse)
    {
        (SplineKind kind, int bins, double low, double high) = _shape;
        Tensor xKnots = _shape.Knots(parameters.narrow(2, 0, bins)), widths = xKnots.diff(dim: 2);
        Tensor heights = (parameters.narrow(2, bins, kind == SplineKind.Circular ? bins : bins + 1) + SplineShape.SlopeOffset).softplus(1,
            20) + SplineShape.Least;
        if (kind == SplineKind.Circular)
            heights = cat([heights, heights.narrow(2, 0, 1)], 2);
        heights = heights * (_shape.Span / Areas(heights).sum(2, keepdim: true));
        Tensor yKnots = _shape.BetweenEnds(Areas(heights).narrow(2, 0, bins - 1).cumsum(2) + low);
        switch (kind)
        {
            case SplineKind.Interval:
                return Inside(x, xKnots, yKnots, heights, inverse);
            case SplineKind.Circular:
                Tensor turn = parameters.narrow(2, 2 * bins, 1) * (_shape.Span / (2 * Math.PI));
                (Tensor z, Tensor log) = Inside(_shape.Wrap(inverse ? x : x + turn), xKnots, yKnots, heights, inverse);
                return (inverse ? _shape.Wrap(z - turn) : z, log);
            default:
                Tensor inside = (x > low) & (x < high), left = x <= low, slope = where(left, heights.narrow(2, 0, 1),
                    heights.narrow(2, bins, 1));
                (Tensor y, Tensor logSlope) = Inside(where(inside, x, zeros_like(x)), xKnots, yKnots, heights, inverse);
                Tensor beyond = x - where(left, full_like(x, low), full_like(x, high)), tail = (x - beyond)
                    + (inverse ? beyond / slope : beyond * slope);
                return (where(inside, y, tail), where(inside, logSlope, inverse ? -slope.log() : slope.log()));
        }
        Tensor Areas(Tensor h) => 0.5 * widths * (h.narrow(2, 0, bins) + h.narrow(2, 1, bins));
    }

    private (Tensor Y, Tensor LogDerivative) Inside(Tensor x, Tensor xKnots, Tensor yKnots, Tensor heights, bool inverse)
    {
        Tensor bin = _shape.Bin(inverse ? yKnots : xKnots, x), next = bin + 1;
        Tensor At(Tensor table, Tensor index) => table.gather(2, index);
        (Tensor from, Tensor to) = inverse ? (yKnots, xKnots) : (xKnots, yKnots);
        Tensor a0 = At(from, bin), a1 = At(from, next), b0 = At(to, bin), b1 = At(to, next), h0 = At(heights, bin), h1 = At(heights, next),
            width = inverse ? b1 - b0 : a1 - a0;
        // counted from the nearer knot: no result leaves its bin by rounding
        Tensor near = x - a0 <= a1 - x, distance = where(near, x - a0, a1 - x) / width, here = where(near, h0, h1),
            rise = where(near, h1, h0) - here;
        Tensor u = distance;
        if (inverse)
        {
            u = Solve(distance, here, rise);
            for (int step = 0; step < 2; step++) // u was a constant
                u = u - (Integral(u, here, rise) - distance) / Slope(u, here, rise);
        }
        Tensor moved = width * (inverse ? u : Integral(u, here, rise)), log = Slope(u, here, rise).log();
        return (where(near, b0 + moved, b1 - moved), inverse ? -log : log);
    }

    /// <summary>h + (h' - h) s(u).</summary>
    private static Tensor Slope(Tensor u, Tensor here, Tensor rise) => here + rise * u * u * u * (10 + u * (6 * u - 15));

    /// <summary>h u + (h' - h) S(u).</summary>
    private static Tensor Integral(Tensor u, Tensor here, Tensor rise) => u * (here + rise * u * u * u * (2.5 + u * (u - 3)));

    /// <summary>The u in [0, 1] of Integral(u) = v: Newton's steps, halving where they leave the bracket.</summary>
    private static Tensor Solve(Tensor v, Tensor here, Tensor rise)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        (v, here, rise) = (v.detach(), here.detach(), rise.detach());
        Tensor low = zeros_like(v), high = ones_like(v), u = full_like(v, 0.5);
        for (int step = 0; step < MostSteps; step++)
        {
            Tensor excess = Integral(u, here, rise) - v, above = excess > 0;
            (low, high) = (where(above, low, u), where(above, u, high));
            Tensor newton = u - excess / Slope(u, here, rise), next = where((newton >= low) & (newton <= high), newton, 0.5 * (low + high));
            // two more steps square it
            bool done = step % StepsBetweenChecks == StepsBetweenChecks - 1 && !((next - u).abs() > 1e-7).any().item<bool>();
            u = next;
            if (done)
                break;
        }
        return u.MoveToOuterDisposeScope();
    }
}
