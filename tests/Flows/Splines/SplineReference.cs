using MolSampling.Flows.Splines;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Flows.Splines;

/// <summary>The spline twice more, each from the paper's equations and not from our code: one number in double precision, and a batch in
/// torch operations.</summary>
internal static class SplineReference
{
    private const double Least = 1e-3;

    private static readonly double s_offset = Math.Log(Math.Exp(1 - Least) - 1);

    /// <summary>Knots and slopes of an element.</summary>
    public static (double[] X, double[] Y, double[] Slopes, double Rotation) Knots(SplineKind kind, double bound,
        ReadOnlySpan<double> parameters)
    {
        int bins = kind == SplineKind.LinearTails ? (parameters.Length + 1) / 3 : (parameters.Length - 1) / 3;
        double[] slopes = new double[bins + 1];
        for (int k = 0; k <= bins; k++)
            slopes[k] = kind switch
            {
                SplineKind.LinearTails => k == 0 || k == bins ? 1 : Slope(parameters[2 * bins + k - 1]),
                SplineKind.Interval => Slope(parameters[2 * bins + k]),
                _ => Slope(parameters[2 * bins + k % bins]),
            };
        return (Places(parameters[..bins], bound), Places(parameters.Slice(bins, bins), bound), slopes, kind == SplineKind.Circular
            ? parameters[3 * bins] : 0);
    }

    /// <summary>Equations 4 and 5.</summary>
    public static (double Y, double LogDerivative) Forward(SplineKind kind, double bound, double x, ReadOnlySpan<double> parameters)
    {
        if (kind == SplineKind.LinearTails && Math.Abs(x) > bound)
            return (x, 0);
        if (double.IsNaN(x) || (kind == SplineKind.Interval && Math.Abs(x) > bound))
            return (double.NaN, double.NaN);
        var (knots, values, slopes, rotation) = Knots(kind, bound, parameters);
        if (kind == SplineKind.Circular)
            x = Wrap(x + rotation * bound / Math.PI, bound);
        int b = 0;
        while (b < knots.Length - 2 && x >= knots[b + 1])
            b++;
        double w = knots[b + 1] - knots[b], h = values[b + 1] - values[b], s = h / w, u = (x - knots[b]) / w, d0 = slopes[b],
            d1 = slopes[b + 1];
        double below = s + (d1 + d0 - 2 * s) * u * (1 - u);
        double y = values[b] + h * (s * u * u + d0 * u * (1 - u)) / below;
        double derivative = s * s * (d1 * u * u + 2 * s * u * (1 - u) + d0 * (1 - u) * (1 - u)) / (below * below);
        return (y, Math.Log(derivative));
    }

    /// <summary>By bisection: no formula to share a mistake with.</summary>
    public static double Inverse(SplineKind kind, double bound, double y, ReadOnlySpan<double> parameters)
    {
        if (kind == SplineKind.LinearTails && Math.Abs(y) > bound)
            return y;
        double[] still = parameters.ToArray();
        double turn = 0;
        if (kind == SplineKind.Circular)
        {
            (turn, still[^1]) = (still[^1] * bound / Math.PI, 0);
            y = Wrap(y, bound);
        }
        double low = -bound, high = bound;
        for (int n = 0; n < 200; n++)
        {
            double middle = 0.5 * (low + high);
            if (Forward(kind, bound, middle, still).Y < y)
                low = middle;
            else
                high = middle;
        }
        return kind == SplineKind.Circular ? Wrap(0.5 * (low + high) - turn, bound) : 0.5 * (low + high);
    }

    /// <summary>Forward in torch operations, as flows are commonly written: softmax, cumsum, gather; differentiable by torch.</summary>
    public static (Tensor Y, Tensor LogDerivative) InTorch(Tensor x, Tensor parameters, SplineKind kind, double bound)
    {
        long total = parameters.shape[^1], bins = kind == SplineKind.LinearTails ? (total + 1) / 3 : (total - 1) / 3;
        Tensor turned = kind == SplineKind.Circular ? x + parameters.narrow(-1, total - 1, 1).squeeze(-1) * (bound / Math.PI) : x;
        Tensor at = kind == SplineKind.Circular ? turned - (turned / (2 * bound)).round().detach() * (2 * bound) : x.clamp(-bound, bound);
        Tensor widths = Parts(parameters.narrow(-1, 0, bins)) * (2 * bound),
            heights = Parts(parameters.narrow(-1, bins, bins)) * (2 * bound);
        Tensor inner = nn.functional.softplus(parameters.narrow(-1, 2 * bins, total - 2 * bins - (kind == SplineKind.Circular ? 1 : 0))
            + s_offset) + Least;
        Tensor slopes = kind switch
        {
            SplineKind.LinearTails => cat([ones_like(inner.narrow(-1, 0, 1)), inner, ones_like(inner.narrow(-1, 0, 1))], -1),
            SplineKind.Interval => inner,
            _ => cat([inner, inner.narrow(-1, 0, 1)], -1),
        };
        Tensor ends = zeros_like(widths.narrow(-1, 0, 1));
        Tensor knots = cat([ends, widths.cumsum(-1)], -1) - bound, values = cat([ends, heights.cumsum(-1)], -1) - bound;
        Tensor bin = (at.unsqueeze(-1) >= knots.narrow(-1, 1, bins - 1)).sum(-1, keepdim: true);
        Tensor Pick(Tensor t, int shift = 0) => t.gather(-1, bin + shift).squeeze(-1);
        Tensor w = Pick(widths), h = Pick(heights), s = h / w, d0 = Pick(slopes), d1 = Pick(slopes, 1), u = (at - Pick(knots)) / w,
            t = u * (1 - u);
        Tensor below = s + (d0 + d1 - 2 * s) * t;
        Tensor y = Pick(values) + h * (s * u.square() + d0 * t) / below;
        Tensor l = 2 * s.log() + (d1 * u.square() + 2 * s * t + d0 * (1 - u).square()).log() - 2 * below.log();
        if (kind == SplineKind.LinearTails)
            (y, l) = (where(x.abs() > bound, x, y), where(x.abs() > bound, zeros_like(l), l));
        return (y, l);
        Tensor Parts(Tensor raw) => Least + (1 - Least * bins) * raw.softmax(-1);
    }

    public static double Wrap(double x, double bound) => x - 2 * bound * Math.Round(x / (2 * bound));

    private static double[] Places(ReadOnlySpan<double> raw, double bound)
    {
        double most = double.NegativeInfinity, sum = 0;
        foreach (double r in raw)
            most = Math.Max(most, r);
        foreach (double r in raw)
            sum += Math.Exp(r - most);
        double[] places = new double[raw.Length + 1];
        places[0] = -bound;
        for (int k = 0; k < raw.Length; k++)
            places[k + 1] = places[k] + 2 * bound * (Least + (1 - Least * raw.Length) * Math.Exp(raw[k] - most) / sum);
        places[^1] = bound;
        return places;
    }

    private static double Slope(double raw) => Least + (raw + s_offset > 30 ? raw + s_offset : Math.Log(1 + Math.Exp(raw + s_offset)));
}
