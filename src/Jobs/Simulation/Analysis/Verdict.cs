using System.Globalization;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>What can be trusted.</summary>
public enum Convergence
{
    /// <summary>Too few frames to say anything.</summary>
    NoData,

    /// <summary>At least one sign of convergence is missing; the reasons say which.</summary>
    Partial,

    /// <summary>All signs are there. They are necessary, not a proof: a state that no replica ever found leaves no trace.</summary>
    Converged,
}

/// <summary>A verdict in words.</summary>
/// <param name="Convergence">Of averages at the target.</param>
/// <param name="Reasons">What is missing; empty if converged.</param>
/// <param name="Slowest">The quantity with the fewest effective samples; null without data.</param>
/// <param name="SmallestSeen">A state of this population would have been missed by as many independent samples in five of a hundred runs:
/// what was not seen is bounded by it. 1 without data.</param>
public sealed record Verdict(Convergence Convergence, IReadOnlyList<string> Reasons, string? Slowest, double SmallestSeen)
{
    /// <summary>Rank-normalised split R-hat must be below (A. Vehtari et al., Bayesian Analysis 16 (2021) 667).</summary>
    public const double RhatLimit = 1.01;

    /// <summary>Bulk effective sample size must reach (same source).</summary>
    public const double SizeLimit = 400;

    /// <summary>Chains that R-hat needs to have power (same source).</summary>
    public const int FewestChains = 4;

    /// <param name="quantities">The energy and every torsion.</param>
    /// <param name="chains">Independent ones at the target.</param>
    /// <param name="equilibration">What was discarded.</param>
    /// <param name="mixing">Null without ladders.</param>
    /// <param name="memory">Null without ladders.</param>
    public static Verdict Of(IReadOnlyList<(string Name, QuantityDiagnostics Diagnostics)> quantities, int chains,
        Equilibration equilibration, LadderMixing? mixing, ReplicaMemory? memory = null)
    {
        if (chains == 0 || quantities.Any(q => double.IsNaN(q.Diagnostics.SplitRhat) || double.IsNaN(q.Diagnostics.EffectiveSampleSize)))
            return new(Convergence.NoData,
                ["there are too few frames to judge (four for each chain at least), or frames that do not differ"], null, 1);
        (string slowest, QuantityDiagnostics fewest) = quantities.MinBy(q => q.Diagnostics.EffectiveSampleSize);
        (string worst, QuantityDiagnostics largest) = quantities.MaxBy(q => q.Diagnostics.SplitRhat);
        var reasons = new List<string>();
        if (!(largest.SplitRhat < RhatLimit))
            reasons.Add(Text($"split R-hat of {worst} is {largest.SplitRhat:f4}, not below {RhatLimit}{Others(quantities.Count(q => !(q.Diagnostics.SplitRhat < RhatLimit)) - 1)}"));
        if (!(fewest.EffectiveSampleSize >= SizeLimit))
            reasons.Add(Text($"{slowest} has {fewest.EffectiveSampleSize:f0} effective samples, not {SizeLimit}{Others(quantities.Count(q => !(q.Diagnostics.EffectiveSampleSize >= SizeLimit)) - 1)}"));
        if (chains < FewestChains)
            reasons.Add($"{(chains == 1 ? "there is only one chain" : $"there are only {chains} chains")}: fewer than {FewestChains} cannot show that they agree");
        if (equilibration.LimitingObservable < 0)
            reasons.Add($"fewer than {Equilibration.FewestFrames} frames: how long equilibration takes cannot be seen");
        if (equilibration.AtLimit)
            reasons.Add("the drift from the start reaches the middle of the run: equilibration may not be over");
        if (mixing is not null && mixing.Acceptances.Any(a => a < 0.05))
            reasons.Add(Text($"swaps between neighbouring rungs are accepted in {mixing.Acceptances.Where(double.IsFinite).Min():p1} of the cases: rungs are too far apart"));
        if (mixing is not null && mixing.RoundTrips < mixing.Replicas)
            reasons.Add($"{mixing.RoundTrips} round trips over the ladder by {mixing.Replicas} replicas: less than one each");
        if (memory is not null && !(memory.Rhat <= ReplicaMemory.Limit))
            reasons.Add($"replicas keep the state of {memory.Torsion} in which they began "
                + Text($"(R-hat along replicas {memory.Rhat:f2}, above {ReplicaMemory.Limit})"));
        return new(reasons.Count == 0 ? Convergence.Converged : Convergence.Partial, reasons, slowest,
            Math.Min(1, -Math.Log(0.05) / fewest.EffectiveSampleSize));
    }

    private static string Others(int number) => number switch { <= 0 => "", 1 => " (and one more)", _ => $" (and {number} more)" };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
