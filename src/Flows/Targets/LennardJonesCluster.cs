using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// LJ13, LJ55: N points in space, U = f sum over pairs i &lt; j of (r^-12 - 2 r^-6) + 1/2 sum |x - centre|^2, kT = 1 (depth f, minimum at
/// 1). The convention of bgflow, EACF and Klein's data is f = 1. DEM's default sums ordered pairs: f = 2, wells twice as deep, another
/// target of the same name. Koehler, Klein and Noe, ICML 2020.
/// </summary>
/// <param name="points">N: 13 or 55, for which an energy is stored.</param>
/// <param name="orderedPairs">Whether every pair counts twice.</param>
public sealed class LennardJonesCluster(int points, bool orderedPairs = false)
    : PairTarget(points is 13 or 55 ? points : throw new ArgumentOutOfRangeException(nameof(points), points,
        "energies of 13 and 55 points are stored"), 3)
{
    private readonly double _depth = orderedPairs ? 2 : 1;

    /// <inheritdoc/>
    public override string Name => $"lj{Points}{(orderedPairs ? "-ordered-pairs" : "")}";

    /// <inheritdoc/>
    public override string Definition =>
        $"U = depth sum over pairs of (r^-12 - 2 r^-6) + spring / 2 sum |x - centre|^2 of {Points} points in space";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters => [("depth", [_depth]), ("spring", [Spring])];

    /// <inheritdoc/>
    public override double ReferenceLogDensity => (Points, orderedPairs) switch
    {
        (13, false) => 10.96963971444274,
        (13, true) => 32.03594838492943,
        (55, false) => 68.34261458473262,
        _ => 233.0798720266081,
    };

    /// <inheritdoc/>
    protected override double Spring => 1;

    /// <inheritdoc/>
    protected override Tensor PairEnergy(Tensor squaredDistance)
    {
        Tensor s = squaredDistance.pow(-3);
        return _depth * s * (s - 2);
    }
}
