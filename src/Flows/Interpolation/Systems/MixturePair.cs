using MolSampling.Potentials;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation.Systems;

/// <summary>On the line: a normal density, Z_0 = 1, and two Gaussians of deviation 1/2 at -2 and 2 with weights 2 and 1, Z_1 = 3, so f_1 -
/// f_0 = -ln 3. Between them (1 - s) U_0 + s U_1.</summary>
public sealed class MixturePair : EndStates
{
    private const double Place = 2, Deviation = 0.5;

    /// <inheritdoc/>
    public override string Name => "mixture-1d";

    /// <inheritdoc/>
    public override string Definition =>
        "U_0 = -ln N(x; 0, 1); U_1 = -ln (2 N(x; -2, 1/4) + N(x; 2, 1/4)); base (1 - s) U_0 + s U_1";

    /// <inheritdoc/>
    public override int Dimension => 1;

    /// <inheritdoc/>
    public override double? Exact => -Math.Log(3);

    /// <inheritdoc/>
    public override IReadOnlyList<ScheduleKey> Schedules { get; } = [new("share of U_1", ScheduleKind.Rising)];

    /// <inheritdoc/>
    public override Tensor BaseEnergy(Tensor x, Tensor s)
    {
        Tensor share = s.select(1, 0), at = x.select(1, 0);
        Tensor u0 = at.square() * 0.5 + 0.5 * Math.Log(2 * Math.PI);
        Tensor u1 = logaddexp(Math.Log(2) + Log(at + Place), Log(at - Place)).neg();
        return (1 - share) * u0 + share * u1;
    }

    /// <inheritdoc/>
    public override Potential StandardPath() => new PathPotential(LearnedPath.Create(this, null, new RandomSource(0)));

    /// <inheritdoc/>
    public override Tensor Sample(int end, int count, RandomSource random)
    {
        double[] x = new double[count];
        for (int n = 0; n < count; n++)
            x[n] = end == 0 ? random.NextNormal()
                : (random.NextDouble() < 2.0 / 3 ? -Place : Place) + Deviation * random.NextNormal();
        return tensor(x, [count, 1]);
    }

    /// <inheritdoc/>
    public override double[] Start(RandomSource random) => [random.NextNormal()];

    /// <inheritdoc/>
    public override PathNetwork CreateNetwork(PathNetworkSettings settings) => new PlainPathNetwork(1, settings.Width);

    private static Tensor Log(Tensor fromMean) => (fromMean / Deviation).square() * -0.5 - Math.Log(Deviation * Math.Sqrt(2 * Math.PI));
}
