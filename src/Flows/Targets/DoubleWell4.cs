using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// DW4: four points in the plane, U = sum over pairs of 0.9 (d - 4)^4 - 4 (d - 4)^2, kT = 1. In bgflow's <c>MultiDoubleWellPotential</c>
/// this is a = 0.9 (quartic), b = -4, c = 0, offset 4; papers name the constants in the reverse order. Koehler, Klein and Noe, ICML 2020.
/// </summary>
public sealed class DoubleWell4() : PairTarget(4, 2)
{
    private const double Quartic = 0.9, Quadratic = -4, Offset = 4;

    /// <inheritdoc/>
    public override string Name => "dw4";

    /// <inheritdoc/>
    public override string Definition => "U = sum over pairs of quartic (d - offset)^4 + quadratic (d - offset)^2 of 4 points in the plane";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double[] Values)> Parameters { get; } = [("quartic", [Quartic]), ("quadratic", [Quadratic]),
        ("offset", [Offset])];

    /// <inheritdoc/>
    public override double ReferenceLogDensity => 6.175771574577542;

    /// <inheritdoc/>
    protected override double Spacing => 4;

    /// <inheritdoc/>
    protected override Tensor PairEnergy(Tensor squaredDistance)
    {
        Tensor t = (sqrt(squaredDistance) - Offset).square();
        return (Quartic * t + Quadratic) * t;
    }
}
