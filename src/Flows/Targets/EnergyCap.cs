using static TorchSharp.torch;

namespace MolSampling.Flows.Targets;

/// <summary>
/// Tames energies of overlapping atoms while a flow is trained: u up to a limit, limit + ln(1 + u - limit) above. It changes the target, so
/// it has no place in judging: what was trained under a cap is weighed without.
/// </summary>
/// <param name="Limit">In units of kT.</param>
public sealed record EnergyCap(double Limit)
{
    /// <summary>boltzgen's and FAB's limit, 1e8 kT. (They also cut at 1e20.)</summary>
    public static EnergyCap Boltzgen { get; } = new(1e8);

    /// <summary>bgflow's <c>linlogcut</c>, 1e3 kT. (It also cuts at 1e9.)</summary>
    public static EnergyCap Bgflow { get; } = new(1e3);

    /// <summary>The tamed energies; NaN and infinities stay.</summary>
    /// <param name="u">U / RT.</param>
    public Tensor Apply(Tensor u)
    {
        Tensor high = u.detach() > Limit;
        return where(high, Limit + log1p(where(high, u - Limit, zeros_like(u))), u);
    }
}
