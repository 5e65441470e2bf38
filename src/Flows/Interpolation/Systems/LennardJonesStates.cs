using System.Globalization;
using MolSampling.Flows.Training;
using MolSampling.Potentials;
using MolSampling.Potentials.Points;
using MolSampling.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation.Systems;

/// <summary>N points with Lennard-Jones interactions of which a part, all pairs or those with a particle at the origin, is absent at t = 0
/// and there at t = 1, with <see cref="SoftLennardJones"/>'s form in between.</summary>
public abstract class LennardJonesStates : EndStates
{
    private readonly long[] _first, _second;

    /// <param name="points">N.</param>
    protected LennardJonesStates(int points)
    {
        Points = points;
        var pairs = Enumerable.Range(0, points).SelectMany(i => Enumerable.Range(i + 1, points - i - 1).Select(j => (I: (long)i,
            J: (long)j))).ToArray();
        (_first, _second) = ([.. pairs.Select(p => p.I)], [.. pairs.Select(p => p.J)]);
    }

    /// <inheritdoc/>
    public override int Points { get; }

    /// <inheritdoc/>
    public override int Dimension => 3 * Points;

    /// <inheritdoc/>
    internal override ILaneBase InLanes() => new Lanes((SoftLennardJones)StandardPath(), Schedules.Count);

    /// <summary>[B, P, 3] differences of all pairs, nearest images.</summary>
    protected Tensor Differences(Tensor r) => Nearest(r.index_select(1, tensor(_first)) - r.index_select(1, tensor(_second)));

    /// <summary>Nearest images.</summary>
    protected Tensor Nearest(Tensor d) => Edge > 0 ? d - (d.detach() / Edge).round() * Edge : d;

    /// <summary>[B, P, 3] to [B]: the sum of scale 4 epsilon (x^6 - x^3), x = 1 / (softness + r^2/sigma^2).</summary>
    protected static Tensor Wells(Tensor d, PairWell well, Tensor scale, Tensor softness)
    {
        Tensor x = 1 / (softness.unsqueeze(1) + d.square().sum(2) / (well.Sigma * well.Sigma)), x3 = x * x * x;
        return scale * (4 * well.Epsilon) * (x3 * (x3 - 1)).sum(1);
    }
}

/// <summary>Schedules are scale and hardness of the coupled part, then softness and weakness of the rest, if there are four.</summary>
file sealed class Lanes(SoftLennardJones potential, int count) : ILaneBase
{
    public int BlockWidth => potential.BlockWidth;

    public void Evaluate(ReadOnlySpan<float> positions, ReadOnlySpan<double> schedules, Span<float> forces, Span<double> energies)
    {
        Span<WellCoupling> couplings = stackalloc WellCoupling[BlockWidth];
        Span<double> coupled = stackalloc double[BlockWidth];
        for (int lane = 0; lane < BlockWidth; lane++)
        {
            ReadOnlySpan<double> s = schedules.Slice(lane * count, count);
            couplings[lane] = count == 4 ? new(s[0], 1 - s[1], 1 - s[3], s[2]) : new(s[0], 1 - s[1], 1, 0);
        }
        potential.EvaluateCoupled(positions, couplings, forces, energies, coupled);
    }
}

/// <summary>
/// N points in a harmonic trap, 1/2 sum |x|^2 in units of kT: an ideal gas at t = 0, a Lennard-Jones cluster (depth 1 kT, minimum at 1) at
/// t = 1.
/// </summary>
/// <param name="points">N.</param>
public sealed class TrappedCluster(int points) : LennardJonesStates(points)
{
    // r^-12 - 2 r^-6
    private static readonly PairWell s_well = new(1, Math.Pow(2, -1.0 / 6));

    /// <inheritdoc/>
    public override string Name => $"lj{Points}-trap";

    /// <inheritdoc/>
    public override string Definition =>
        $"{Points} points; U_0 = 1/2 sum |x|^2; U_1 = U_0 + sum over pairs of (r^-12 - 2 r^-6); between them scale u(r; 1 - hardness)";

    /// <inheritdoc/>
    public override IReadOnlyList<ScheduleKey> Schedules { get; } = [new("scale", ScheduleKind.Rising), new("hardness",
        ScheduleKind.Rising)];

    /// <inheritdoc/>
    public override ParticlePairing Pairing => new(Points, 3);

    /// <inheritdoc/>
    public override Tensor BaseEnergy(Tensor x, Tensor s) => x.square().sum(1) * 0.5
        + Wells(Differences(x.reshape(-1, Points, 3)), s_well, s.select(1, 0), 1 - s.select(1, 1));

    /// <inheritdoc/>
    public override Potential StandardPath() => new SoftLennardJones(Name, Points, s_well, spring: 1);

    /// <inheritdoc/>
    public override Tensor? Sample(int end, int count, RandomSource random)
    {
        if (end == 1)
            return null;
        double[] x = new double[count * Dimension];
        for (int k = 0; k < x.Length; k++)
            x[k] = random.NextNormal();
        return tensor(x, [count, Dimension]);
    }

    /// <summary>A loose grid, shaken.</summary>
    public override double[] Start(RandomSource random)
    {
        int side = (int)Math.Ceiling(Math.Cbrt(Points));
        return [.. Enumerable.Range(0, Dimension).Select(k => 1.1 * (k / 3 / (int)Math.Pow(side, k % 3) % side - 0.5 * (side - 1))
            + 0.05 * random.NextNormal())];
    }

    /// <inheritdoc/>
    public override PathNetwork CreateNetwork(PathNetworkSettings settings) =>
        new MomentNetwork(Points, 0, settings.Cutoff > 0 ? settings.Cutoff : 4, settings.Cutoff > 0, true, settings);
}

/// <summary>
/// A Lennard-Jones particle (sigma 1.5, epsilon sqrt 2 kT with the others) at the origin of a periodic box of N others (sigma 1, epsilon
/// kT, density 0.700), nearest images without a cut-off: not there at t = 0, there at t = 1. The system of arXiv 2410.15815, whose N is
/// 512; its published code writes epsilon 2 and sums twice with two factors of one half, which is the epsilon of 1 kT here. Pairs of the
/// others may be softened on the way, as there.
/// </summary>
public sealed class SolvatedParticle : LennardJonesStates
{
    private const double Density = 0.7;

    private static readonly PairWell s_solvent = new(1, 1), s_solute = new(Math.Sqrt(2), 1.5);

    private readonly bool _melts;

    /// <param name="points">N.</param>
    /// <param name="melts">Whether pairs of the others are softened on the way.</param>
    public SolvatedParticle(int points, bool melts) : base(points)
    {
        (_melts, Edge) = (melts, Math.Cbrt(points / Density));
        if (Edge < 2 * s_solute.Sigma)
            throw new ArgumentException(FormattableString.Invariant(
                $"a box of edge {Edge:g4} for {points} points is too small for the solute: {2 * s_solute.Sigma} at least"));
        ScheduleKey[] ofSolute = [new("scale", ScheduleKind.Rising), new("hardness", ScheduleKind.Rising)];
        Schedules = melts ? [.. ofSolute, new("solvent's softness", ScheduleKind.Bump), new("solvent's weakness", ScheduleKind.Bump)]
            : ofSolute;
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"lj-solute-{Points}{(_melts ? "-melting" : "")}");

    /// <inheritdoc/>
    public override string Definition => string.Create(CultureInfo.InvariantCulture,
        $"{Points} LJ particles (sigma 1, epsilon 1 kT) in a cubic box of edge {Edge:f4}; ")
        + "U_1 = U_0 + a particle at the origin (sigma 1.5, epsilon sqrt 2 kT); nearest images, no cut-off";

    /// <inheritdoc/>
    public override double Edge { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ScheduleKey> Schedules { get; }

    /// <inheritdoc/>
    public override ParticlePairing Pairing => new(Points, 3, edge: Edge);

    /// <inheritdoc/>
    public override Tensor BaseEnergy(Tensor x, Tensor s)
    {
        Tensor r = x.reshape(-1, Points, 3), none = zeros_like(s.select(1, 0));
        return Wells(Nearest(r), s_solute, s.select(1, 0), 1 - s.select(1, 1))
            + Wells(Differences(r), s_solvent, _melts ? 1 - s.select(1, 3) : none + 1, _melts ? s.select(1, 2) : none);
    }

    /// <inheritdoc/>
    public override Potential StandardPath() => new SoftLennardJones(Name, Points, s_solvent, s_solute, edge: Edge);

    /// <summary>A grid, shaken, with its nearest point to the origin far enough.</summary>
    public override double[] Start(RandomSource random)
    {
        int side = (int)Math.Ceiling(Math.Cbrt(Points));
        return [.. Enumerable.Range(0, Dimension).Select(k => Edge / side * (k / 3 / (int)Math.Pow(side, k % 3) % side + 0.5)
            + 0.02 * random.NextNormal())];
    }

    /// <inheritdoc/>
    public override PathNetwork CreateNetwork(PathNetworkSettings settings) => new CentreNetwork(Points, Edge,
        settings.Cutoff > 0 ? settings.Cutoff : Edge / 2, settings);
}
