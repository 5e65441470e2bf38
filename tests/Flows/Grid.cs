using static TorchSharp.torch;

namespace MolSampling.Tests.Flows;

/// <summary>Quadrature over a domain of one or two dimensions: Gauss-Legendre of 5 points on panels, exact to 1e-10 for what the tests
/// integrate. The real line is cut at +-10.</summary>
internal static class Grid
{
    private static readonly double[] s_nodes = [-0.9061798459386640, -0.5384693101056831, 0, 0.5384693101056831, 0.9061798459386640];
    private static readonly double[] s_weights = [0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665,
        0.2369268850561891];

    /// <summary>Points [M, D] and weights [M], float64.</summary>
    public static (Tensor X, Tensor Weights) Of(Domain domain, int panels = 0)
    {
        panels = panels > 0 ? panels : domain.Count == 1 ? 2000 : 120;
        (double[] X, double[] W)[] axes =
            [.. domain.Select(a => Axis(a.Kind == AxisKind.Real ? -10 : a.Low, a.Kind == AxisKind.Real ? 10 : a.High, panels))];
        if (axes.Length == 1)
            return (tensor(axes[0].X, [axes[0].X.Length, 1]), tensor(axes[0].W));
        Tensor[] points = meshgrid([tensor(axes[0].X), tensor(axes[1].X)], "ij"), weights = meshgrid([tensor(axes[0].W), tensor(axes[1].W)],
            "ij");
        return (stack([points[0].flatten(), points[1].flatten()], 1), weights[0].flatten() * weights[1].flatten());
    }

    private static (double[] X, double[] W) Axis(double low, double high, int panels)
    {
        double width = (high - low) / panels;
        return ([.. Enumerable.Range(0, panels).SelectMany(p => s_nodes.Select(t => low + width * (p + 0.5 + 0.5 * t)))],
            [.. Enumerable.Range(0, panels).SelectMany(_ => s_weights.Select(w => 0.5 * w * width))]);
    }
}
