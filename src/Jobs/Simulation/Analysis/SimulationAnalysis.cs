using MolSampling.Jobs.Running;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Simulation.Analysis;

/// <summary>Everything that the frames of a simulation say, as numbers. A pure function of the trace.</summary>
public sealed record SimulationAnalysis
{
    /// <summary>Frames of all replicas, also those that are discarded or left out.</summary>
    public required int Rows { get; init; }

    /// <summary>The chains that are used, after equilibration.</summary>
    public required ChainSet Chains { get; init; }

    /// <summary>Names of replicas or ladders that are left out because they are much shorter than the others.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>What is discarded.</summary>
    public required Equilibration Equilibration { get; init; }

    /// <summary>Its length, ps.</summary>
    public required double DiscardedPicoseconds { get; init; }

    /// <summary>Name of the quantity that decided it; null if nothing could be chosen.</summary>
    public required string? EquilibrationLimit { get; init; }

    /// <summary>How averages are made.</summary>
    public required WeightedSamples Samples { get; init; }

    /// <summary>Of the potential energy at the target.</summary>
    public required QuantityDiagnostics Energy { get; init; }

    /// <summary>Of the volume at the target; null at constant volume.</summary>
    public required QuantityDiagnostics? Volume { get; init; }

    /// <summary>Distribution and convergence of every torsion.</summary>
    public required IReadOnlyList<TorsionProfile> Torsions { get; init; }

    /// <summary>One a residue with phi and psi.</summary>
    public required IReadOnlyList<RamachandranMap> Ramachandran { get; init; }

    /// <summary>Averages on every rung.</summary>
    public required IReadOnlyList<RungSummary> Rungs { get; init; }

    /// <summary>Energies and temperatures against time.</summary>
    public required TimeCourse Course { get; init; }

    /// <summary>Null without ladders.</summary>
    public required LadderMixing? Mixing { get; init; }

    /// <summary>Whether averages may be used, and what is missing.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Analyses a simulation.</summary>
    /// <param name="trace">The numbers of its frames; may be empty.</param>
    /// <param name="swapAcceptances">[K - 1] from the run's counters.</param>
    /// <param name="progress">Fraction of torsions done.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static SimulationAnalysis Of(SimulationTrace trace, IReadOnlyList<double> swapAcceptances, Action<TaskProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ChainSet all = ChainSet.Of(trace);
        double thermal = Units.GasConstant * trace.Temperatures[0];
        int torsions = trace.Torsions.Count;
        // the observables: energy, then cosine and sine of every torsion, then the volume
        var means = new double[1 + 2 * torsions + (trace.HasVolumes ? 1 : 0)][];
        long[] steps = all.Steps(trace);
        means[0] = all.Means(trace, steps, (l, row) => l.PotentialEnergies[row]);
        if (trace.HasVolumes)
            means[^1] = all.Means(trace, steps, (l, row) => l.Volumes[row]);
        Parallel.For(0, torsions, ParallelWork.Options(0, cancellation), t =>
        {
            means[1 + 2 * t] = all.Means(trace, steps, (l, row) => Math.Cos(l.Angles[t][row]));
            means[2 + 2 * t] = all.Means(trace, steps, (l, row) => Math.Sin(l.Angles[t][row]));
        });
        Equilibration equilibration = Equilibration.Choose(all.Length == 0 ? [] : means);
        long discardedStep = equilibration.Frames == 0 ? 0 : steps[equilibration.Frames - 1];
        ChainSet chains = all.After(trace, discardedStep);
        var samples = WeightedSamples.Of(trace, chains, discardedStep);
        double dt = trace.FramePicoseconds * chains.Stride;
        var energy = QuantityDiagnostics.Of([chains.Series(trace, (l, row) => l.PotentialEnergies[row])], dt);
        QuantityDiagnostics? volume = trace.HasVolumes
            ? QuantityDiagnostics.Of([chains.Series(trace, (l, row) => l.Volumes[row])], dt) : null;
        var profiles = new TorsionProfile[torsions];
        int done = 0;
        Parallel.For(0, torsions, ParallelWork.Options(0, cancellation), t =>
        {
            var diagnostics = QuantityDiagnostics.Of([chains.Series(trace, (l, row) => Math.Cos(l.Angles[t][row])),
                chains.Series(trace, (l, row) => Math.Sin(l.Angles[t][row]))], dt);
            profiles[t] = TorsionProfile.Of(trace.Torsions[t], t, samples.Groups, thermal, diagnostics);
            lock (profiles)
                progress?.Invoke(new("analysing", (double)++done / torsions, trace.Torsions[t]));
        });
        LadderMixing? mixing = trace.HasLadder ? LadderMixing.Of(trace, swapAcceptances) : null;
        return new()
        {
            Rows = trace.Ladders.Sum(l => l.Count),
            Chains = chains,
            LeftOut = all.Length == 0 ? [] : [.. all.LeftOut.Select(g => trace.Ladders[g].Name)], // nothing is shorter than nothing
            Equilibration = equilibration,
            DiscardedPicoseconds = (double)discardedStep / trace.StepsPerFrame * trace.FramePicoseconds,
            EquilibrationLimit = equilibration.LimitingObservable switch { < 0 => null, 0 => "potential energy",
                int n when n > 2 * torsions => "volume", int n =>
                $"{(n % 2 == 1 ? "cos" : "sin")} {trace.Torsions[(n - 1) / 2]}" },
            Samples = samples,
            Energy = energy,
            Volume = volume,
            Torsions = profiles,
            Ramachandran = [.. trace.RamachandranPairs.Select(p =>
                RamachandranMap.Of(trace.Torsions[p.Phi].Replace("phi ", "", StringComparison.Ordinal), p, samples.Groups, thermal))],
            Rungs = RungSummary.Of(trace, samples, discardedStep),
            Course = TimeCourse.Of(trace),
            Mixing = mixing,
            Verdict = Verdict.Of([("the potential energy", energy),
                .. volume is null ? Array.Empty<(string, QuantityDiagnostics)>() : [("the volume", volume)],
                .. profiles.Select(p => (p.Label, p.Diagnostics))],
                chains.Ladders.Count, equilibration, mixing,
                trace.HasLadder ? ReplicaMemory.Of(trace, chains, discardedStep, cancellation) : null),
        };
    }
}
