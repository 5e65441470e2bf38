using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// The surface of Mueller and Brown, Theor. Chim. Acta 53 (1979) 75: U = sum over four of A exp(a dx^2 + b dx dy + c dy^2), minima -146.70
/// at (-0.558, 1.442), -108.17 at (0.623, 0.028), -80.77 at (-0.050, 0.467). kT = 15 here, so that all three are visited; publications
/// differ in it. Log Z by quadrature.
/// </summary>
public sealed class MuellerBrown : Target
{
    private static readonly double[] s_height = [-200, -100, -170, 15], s_x = [1, 0, -0.5, -1], s_y = [0, 0.5, 1.5, 1];
    private static readonly double[] s_xx = [-1, -1, -6.5, 0.7], s_xy = [0, 0, 11, 0.6], s_yy = [-10, -10, -6.5, 0.7];

    private const double ReferenceEnergy = -22.0000346796768; // at the reference point

    private readonly double _kT;
    private readonly Lazy<double> _logZ;

    /// <summary>At a temperature in the surface's units.</summary>
    public MuellerBrown(double kT = 15)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kT);
        _kT = kT;
        _logZ = new(Quadrature);
        ReferenceLogDensity = -ReferenceEnergy / kT;
    }

    /// <inheritdoc/>
    public override string Name => "mueller-brown";

    /// <inheritdoc/>
    public override string Definition =>
        "U = sum over k of A exp(a (x - x0)^2 + b (x - x0) (y - y0) + c (y - y0)^2), log density = -U / kT";

    /// <inheritdoc/>
    public override int Dimension => 2;

    /// <inheritdoc/>
    public override double? LogZ => _logZ.Value;

    /// <inheritdoc/>
    public override IReadOnlyList<double[]> Modes { get; } = [[-0.558224, 1.441726], [0.623499, 0.028038], [-0.050011, 0.466694]];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters => [("A", s_height), ("a", s_xx), ("b", s_xy), ("c", s_yy),
        ("x0", s_x), ("y0", s_y), ("kT", [_kT])];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint { get; } = [-0.5, 1];

    /// <inheritdoc/>
    public override double ReferenceLogDensity { get; }

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor Row(double[] row) => tensor(row, device: x.device);
        Tensor wide = x.to(ScalarType.Float64), dx = wide.narrow(1, 0, 1) - Row(s_x), dy = wide.narrow(1, 1, 1) - Row(s_y);
        Tensor u = (Row(s_height) * exp(Row(s_xx) * dx * dx + Row(s_xy) * dx * dy + Row(s_yy) * dy * dy)).sum(1);
        return (u / -_kT).MoveToOuterDisposeScope();
    }

    private static double Energy(double x, double y) => Enumerable.Range(0, 4).Sum(k =>
        s_height[k] * Math.Exp(s_xx[k] * (x - s_x[k]) * (x - s_x[k]) + s_xy[k] * (x - s_x[k]) * (y - s_y[k])
            + s_yy[k] * (y - s_y[k]) * (y - s_y[k])));

    /// <summary>The trapezoid rule: the integrand is analytic and vanishes at the ends of the box for kT up to about 30.</summary>
    private double Quadrature()
    {
        const double Lowest = -146.7, Step = 0.02;
        double sum = 0;
        for (double x = -4; x <= 3; x += Step)
            for (double y = -3; y <= 4; y += Step)
                sum += Math.Exp((Lowest - Energy(x, y)) / _kT);
        return Math.Log(sum * Step * Step) - Lowest / _kT;
    }
}
