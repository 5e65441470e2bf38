using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// Independent wells in pairs of coordinates (x1, x2) = (x[2 k], x[2 k + 1]): log density = sum over k of -x1^4 + 6 x1^2 + x1 / 2 - x2^2 /
/// 2. In 32 dimensions 2^16 modes, and log Z = 164.69567531 by quadrature; in each pair x1 is positive with probability 0.844307096. Noe et
/// al., Science 365 (2019) eaaw1147; Midgley et al., ICLR 2023.
/// </summary>
public sealed class ManyWell : Target
{
    private const double Quartic = -1, Quadratic = 6, Linear = 0.5;
    private const double ProposalDeviation = 0.5, ProposalRight = 0.8, ProposalPlace = 1.7;

    // ln of the largest ratio of the density of x1 to the proposal's: on a fine grid, and a thousandth more
    private static readonly double s_bound = Enumerable.Range(-40_000, 80_001).Max(i => LogWell(i * 1e-4) - LogProposal(i * 1e-4)) + 1e-3;

    private readonly double _logWell;

    /// <summary>In an even number of dimensions.</summary>
    public ManyWell(int dimension = 32)
    {
        if (dimension < 2 || dimension % 2 != 0)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "wells come in pairs of coordinates");
        Dimension = dimension;
        // the trapezoid rule converges faster than any power for a function that is analytic and vanishes at both ends
        _logWell = Math.Log(Enumerable.Range(-5000, 10_001).Sum(i => Math.Exp(LogWell(i * 1e-3))) * 1e-3) + 0.5 * Math.Log(2 * Math.PI);
        double[][] minima = [[-1.7108290410295508, 0], [1.7525198623099465, 0]];
        Modes = dimension > 4 ? []
            : [.. Enumerable.Range(0, 1 << (dimension / 2)).Select(m => Enumerable.Range(0, dimension / 2).SelectMany(k =>
            minima[(m >> k) & 1]).ToArray())];
        ReferencePoint = [.. Enumerable.Range(0, dimension).Select(k => 0.25 * (k % 7) - 0.5)];
        ReferenceLogDensity = ReferencePoint.Select((x, k) => k % 2 == 0 ? LogWell(x) : -0.5 * x * x).Sum();
    }

    /// <inheritdoc/>
    public override string Name => $"manywell-{Dimension}";

    /// <inheritdoc/>
    public override string Definition =>
        "log density = sum over pairs (x1, x2) of adjacent coordinates of a x1^4 + b x1^2 + c x1 - x2^2 / 2";

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <inheritdoc/>
    public override double? LogZ => Dimension / 2 * _logWell;

    /// <inheritdoc/>
    public override IReadOnlyList<double[]> Modes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters { get; } = [("a", [Quartic]), ("b", [Quadratic]),
        ("c", [Linear])];

    /// <inheritdoc/>
    public override IReadOnlyList<double> ReferencePoint { get; }

    /// <inheritdoc/>
    public override double ReferenceLogDensity { get; }

    /// <inheritdoc/>
    public override Tensor? Sample(int count, RandomSource random) => Draw(count, x =>
    {
        for (int k = 0; k < Dimension; k += 2)
        {
            // rejection from two Gaussians
            do
                x[k] = (random.NextDouble() < ProposalRight ? ProposalPlace : -ProposalPlace) + ProposalDeviation * random.NextNormal();
            while (Math.Log(random.NextDouble()) > LogWell(x[k]) - LogProposal(x[k]) - s_bound);
            x[k + 1] = random.NextNormal();
        }
    });

    /// <inheritdoc/>
    protected override Tensor Evaluate(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pairs = x.to(ScalarType.Float64).reshape(-1, Dimension / 2, 2), a = pairs.select(2, 0), b = pairs.select(2, 1),
            square = a * a;
        return ((Quadratic + Quartic * square) * square + Linear * a - 0.5 * b * b).sum(1).MoveToOuterDisposeScope();
    }

    private static double LogWell(double x) => (Quadratic + Quartic * x * x) * x * x + Linear * x;

    private static double LogProposal(double x)
    {
        double Gauss(double d) => Math.Exp(-0.5 * d * d / (ProposalDeviation * ProposalDeviation));
        return Math.Log(ProposalRight * Gauss(x - ProposalPlace) + (1 - ProposalRight) * Gauss(x + ProposalPlace));
    }
}
