using MolSampling.Potentials;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Interpolation;

/// <summary>How a schedule goes from t = 0 to t = 1.</summary>
public enum ScheduleKind
{
    /// <summary>From 0 to 1, rising.</summary>
    Rising,

    /// <summary>From 0 to 0, between 0 and 1 on the way.</summary>
    Bump,
}

/// <summary>A number that the base energy depends on, a function of t.</summary>
/// <param name="Name">For people and reports.</param>
/// <param name="Kind">Where it begins and ends.</param>
public readonly record struct ScheduleKey(string Name, ScheduleKind Kind);

/// <summary>
/// Two states of the same coordinates, exp(-U_0) and exp(-U_1) with energies in units of kT, and a family of base energies U(x; s) between
/// them: U_0 where every schedule is 0, U_1 where the rising ones are 1 and the others 0, so that end points are exact whatever is learned.
/// </summary>
public abstract class EndStates
{
    /// <summary>Its name in the catalogue.</summary>
    public abstract string Name { get; }

    /// <summary>U_0 and U_1, a line.</summary>
    public abstract string Definition { get; }

    /// <summary>D.</summary>
    public abstract int Dimension { get; }

    /// <summary>Points of space that the coordinates are of; 0 for plain numbers.</summary>
    public virtual int Points => 0;

    /// <summary>Of the periodic box; 0 for open space.</summary>
    public virtual double Edge => 0;

    /// <summary>f_1 - f_0 = -ln(Z_1/Z_0), kT, where it is known exactly; else null.</summary>
    public virtual double? Exact => null;

    /// <summary>A published f_1 - f_0 of the same states; null for none.</summary>
    public virtual (Estimate Value, string Source)? Published => null;

    /// <summary>S, what the base energy depends on.</summary>
    public abstract IReadOnlyList<ScheduleKey> Schedules { get; }

    /// <summary>U(x; s), differentiable in both, twice.</summary>
    /// <param name="x">[B, D], float64.</param>
    /// <param name="s">[B, S], float64.</param>
    /// <returns>[B], kT, float64.</returns>
    public abstract Tensor BaseEnergy(Tensor x, Tensor s);

    /// <summary>U(x; s) in lanes, for sampling; null where torch computes it.</summary>
    internal virtual ILaneBase? InLanes() => null;

    /// <summary>The usual path of alchemical windows as a potential whose scale is lambda: both ends are sampled by it, and it is what a
    /// learned path is compared with. At beta = 1 its law is exp(-U).</summary>
    public abstract Potential StandardPath();

    /// <summary>Independent exact samples [count, D] of an end, float64, or null where there is no way to draw them.</summary>
    /// <param name="end">0 or 1.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">The stream.</param>
    public virtual Tensor? Sample(int end, int count, RandomSource random) => null;

    /// <summary>Where chains may begin at either end: [D], finite there.</summary>
    public abstract double[] Start(RandomSource random);

    /// <summary>A network that suits the coordinates, not initialised.</summary>
    public abstract PathNetwork CreateNetwork(PathNetworkSettings settings);

    /// <summary>What brings a pair of samples near to each other before it is interpolated; null for nothing.</summary>
    public virtual Training.ParticlePairing? Pairing => null;

    /// <summary>Everything that both energies depend on.</summary>
    public string Fingerprint() => StandardPath().Fingerprint;
}

/// <summary>A base energy without torch, for blocks of walkers.</summary>
internal interface ILaneBase
{
    /// <summary>W, of a call.</summary>
    int BlockWidth { get; }

    /// <summary>Energies and forces of a block. Safe to call from several threads.</summary>
    /// <param name="positions">[D, W].</param>
    /// <param name="schedules">[W, S].</param>
    /// <param name="forces">[D, W], overwritten.</param>
    /// <param name="energies">[W] kT, overwritten.</param>
    void Evaluate(ReadOnlySpan<float> positions, ReadOnlySpan<double> schedules, Span<float> forces, Span<double> energies);
}

/// <summary>How large a network is.</summary>
/// <param name="Width">Of hidden layers.</param>
/// <param name="Channels">Radial functions that are learned for each kind of moment; unused without points.</param>
/// <param name="Cutoff">How far neighbours are seen; 0 for all. In units of length.</param>
public sealed record PathNetworkSettings(int Width = 64, int Channels = 8, double Cutoff = 0);
