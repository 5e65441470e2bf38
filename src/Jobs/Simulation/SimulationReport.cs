using System.Globalization;
using System.Text.Json;
using MolSampling.Jobs.Reports;
using MolSampling.Jobs.Simulation.Analysis;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Simulation;

/// <summary>A simulation's report: one JSON document, and one HTML file that shows the same numbers and opens offline. The document's shape
/// is described in docs/simulate.md.</summary>
public static class SimulationReport
{
    /// <summary>Of the document.</summary>
    public const int Schema = 1;

    private const int MostEvents = 200, MostNames = 50;

    /// <summary>Reads, analyses and writes report.html; what <c>simulate</c> does at its end.</summary>
    /// <param name="folder">The run directory.</param>
    /// <param name="cancellation">Gives up; nothing is written then.</param>
    /// <returns>The file.</returns>
    public static string Update(string folder, CancellationToken cancellation = default)
    {
        DateTime now = DateTime.UtcNow;
        SimulationData data = SimulationData.Read(folder, [], now, null, cancellation);
        string path = Path.Combine(folder, "report.html");
        WriteHtml(path, Json(data, SimulationAnalysis.Of(data.Trace, data.SwapAcceptances, null, cancellation), now));
        return path;
    }

    /// <summary>The page, replaced in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="json">What <see cref="Json"/> gave.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteHtml(string path, string json) =>
        ReportTemplate.WriteCharts(path, "simulation", "simulation", json);

    /// <summary>The document.</summary>
    /// <param name="data">What the files say.</param>
    /// <param name="analysis">What the frames say.</param>
    /// <param name="now">UTC, when it was read.</param>
    public static string Json(SimulationData data, SimulationAnalysis analysis, DateTime now) => JsonSerializer.Serialize(new
    {
        schema = Schema,
        version = Provenance.CurrentVersion,
        read = Time(now),
        folder = data.Folder,
        run = Run(data),
        progress = Progress(data),
        health = Health(data, analysis),
        verdict = new
        {
            convergence = analysis.Verdict.Convergence switch { Convergence.Converged => "converged", Convergence.Partial => "partial",
                _ => "no data" },
            analysis.Verdict.Reasons,
            analysis.Verdict.Slowest,
            analysis.Verdict.SmallestSeen,
            splitRhatBelow = Verdict.RhatLimit,
            effectiveSampleSizeAtLeast = Verdict.SizeLimit,
        },
        statistics = Statistics(data.Trace, analysis),
        energy = Quantity(analysis.Energy),
        volume = analysis.Volume is { } v ? Quantity(v) : null,
        torsions = analysis.Torsions.Select(t => new
        {
            t.Label,
            diagnostics = Quantity(t.Diagnostics),
            t.Probabilities,
            t.ProbabilityErrors,
            freeEnergiesKjPerMol = t.FreeEnergies,
            freeEnergyErrorsKjPerMol = t.FreeEnergyErrors,
            t.Groups,
        }),
        ramachandran = analysis.Ramachandran.Select(m => new { m.Label, m.Samples, freeEnergiesKjPerMol = m.FreeEnergies.Select(f =>
            Math.Round(f, 2)) }),
        temperatures = analysis.Rungs.Select(r => new
        {
            r.Rung,
            temperatureK = r.Temperature,
            r.Scale,
            r.Frames,
            potentialEnergyKjPerMol = r.PotentialEnergy.Value,
            potentialEnergyErrorKjPerMol = r.PotentialEnergy.StandardError,
            kineticTemperatureK = r.KineticTemperature.Value,
            kineticTemperatureErrorK = r.KineticTemperature.StandardError,
            volumeNm3 = r.Volume?.Volume.Value,
            volumeErrorNm3 = r.Volume?.Volume.StandardError,
            densityGPerCm3 = r.Volume?.Density.Value,
            densityErrorGPerCm3 = r.Volume?.Density.StandardError,
            compressibilityPerBar = r.Volume?.Compressibility.Value,
            compressibilityErrorPerBar = r.Volume?.Compressibility.StandardError,
        }),
        course = new
        {
            picoseconds = analysis.Course.Picoseconds,
            potentialEnergiesKjPerMol = analysis.Course.PotentialEnergies,
            potentialDeviationsKjPerMol = analysis.Course.PotentialDeviations,
            kineticTemperaturesK = analysis.Course.KineticTemperatures,
        },
        ladder = analysis.Mixing is not { } m ? null : new { m.Acceptances, m.Transitions, m.RoundTrips, roundTripsPerReplicaAndNanosecond =
            m.RoundTripsPerNanosecond, replicasWithRoundTrips = m.Travellers, m.Replicas },
    }, ReportJson.Options);

    private static object Run(SimulationData data)
    {
        Manifest manifest = data.Runs[0].Manifest;
        SimulationConfig c = manifest.Config;
        SimulationPlan plan = c.Plan();
        return new
        {
            system = data.System.Name,
            atoms = data.System.AtomCount,
            input = c.Peptide is null ? c.Input : null,
            peptide = c.Peptide,
            forceField = data.System.Energy.Name,
            c.Solvent,
            c.Integrator,
            c.Backend,
            platform = c.Backend == "openmm" ? c.Platform ?? "Reference" : null,
            timeStepFs = plan.StepSize * 1e3,
            frictionPerPs = c.Friction,
            hydrogenMassDa = c.HydrogenMass,
            device = c.Backend == "engine" ? c.Device : null,
            temperaturesK = plan.Temperatures,
            scales = plan.Ladder.Scales,
            c.ScaledTerms,
            c.Anneal,
            pressureBar = plan.Pressure,
            replicas = c.Replicas * Math.Max(1, data.Tasks),
            replicasPerTask = c.Replicas,
            data.Tasks,
            picoseconds = plan.Steps * plan.StepSize,
            framePicoseconds = data.Trace.FramePicoseconds,
            checkpointPicoseconds = plan.FramesPerCheckpoint * data.Trace.FramePicoseconds,
            moves = Moves(data),
            seed = c.Seed.ToString(CultureInfo.InvariantCulture), // 64 bits: a number of JSON holds 53
            programs = data.Runs.Select(r => r.Manifest.Program).Distinct(),
            configHash = manifest.ConfigHash,
            systemFingerprint = manifest.SystemFingerprint,
            began = data.Runs.SelectMany(r => r.Events.Take(1)).Select(e => e.Split(' ')[0]).Order(StringComparer.Ordinal).FirstOrDefault(),
            machines = data.Runs.SelectMany(r => r.Events).Select(e => e.IndexOf("machine: ", StringComparison.Ordinal) is var at and >= 0
                ? e[(at + 9)..] : null).Where(m => m is not null).Distinct().Take(MostNames),
        };
    }

    /// <summary>Proposals of each move, of all tasks together; null without moves.</summary>
    private static object? Moves(SimulationData data) => data.Runs.Any(r => r.Moves.Count > 0)
        ? data.Runs.SelectMany(r => r.Moves).GroupBy(m => m.Name).Select(g => g.Aggregate((a, b) => a.Plus(b))).Select(m => new
        {
            m.Name,
            m.Proposed,
            acceptance = (double)m.Accepted / m.Proposed,
            m.OutsideSupport,
            m.NonFinite,
        }) : null;

    private static object Progress(SimulationData data)
    {
        double tasks = Math.Max(1, data.Tasks), total = data.Runs[0].Manifest.StepsTotal * tasks;
        string[] states = [.. data.Runs.Select(r => r.State)];
        string state = states.Contains("running") ? "running" : states.Contains("silent") ? "silent" : states.Contains("failed") ? "failed"
            : states.Contains("stopped") ? "stopped"
            : states.Length < data.Tasks ? "waiting" : "done";
        return new
        {
            state,
            percent = 100 * data.Runs.Sum(r => (double)r.StepsDone) / total,
            stepsDone = data.Runs.Sum(r => r.StepsDone),
            stepsSafe = data.Runs.Sum(r => r.Manifest.Steps),
            stepsTotal = (long)total,
            nanosecondsPerDay = data.Runs.Select(r => r.NanosecondsPerDay).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Sum(),
            secondsLeft = data.Runs.Select(r => r.SecondsLeft).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Max(),
            updated = data.Runs.Max(r => r.Updated) is { } u ? Time(u) : null,
            runs = data.Runs.Select(r => new { r.Name, r.State, r.StepsDone, r.Manifest.StepsTotal, r.NanosecondsPerDay, r.SecondsLeft,
                updated = r.Updated is { } at ? Time(at) : null, restarts = r.Restarts?.Sum(), failedReplicas = r.Failed?.Count(f => f) }),
        };
    }

    private static object Health(SimulationData data, SimulationAnalysis analysis)
    {
        string Prefix(RunSnapshot r) => data.Tasks == 0 ? "" : r.Name + " ";
        return new
        {
            restarts = data.Runs.Sum(r => r.Restarts?.Sum() ?? 0),
            restartedReplicas = data.Runs.SelectMany(r => (r.Restarts ?? []).Select((n, m) => (n, m)).Where(x => x.n > 0).Select(x =>
                new { name = $"{Prefix(r)}replica {x.m}", restarts = x.n, givenUp = r.Failed![x.m] })),
            failedReplicas = data.Runs.Sum(r => r.Failed?.Count(f => f) ?? 0),
            framesSetBack = data.Lost.SetBack,
            framesAfterGivingUp = data.Lost.AfterGivingUp,
            leftOut = analysis.LeftOut,
            missing = data.Missing,
            postMortems = data.Runs.Sum(r => r.PostMortems.Count),
            firstPostMortems = data.Runs.SelectMany(r => r.PostMortems.Select(p => Prefix(r) + p)).Take(MostNames),
            events = data.Runs.SelectMany(r => r.Events.Select(e => (Run: r, Event: e))).OrderBy(e => e.Event.Split(' ')[0],
                StringComparer.Ordinal).TakeLast(MostEvents).Select(e => data.Tasks == 0 ? e.Event : $"{e.Event} [{e.Run.Name}]"),
            eventsLeftOut = Math.Max(0, data.Runs.Sum(r => r.Events.Count) - MostEvents),
        };
    }

    private static object Statistics(SimulationTrace trace, SimulationAnalysis a) => new
    {
        frames = a.Rows,
        independent = a.Chains.Ladders.Count,
        unit = trace.Unit,
        framesPerChain = a.Chains.Length,
        discardedPicoseconds = a.DiscardedPicoseconds,
        equilibrationDecidedBy = a.EquilibrationLimit,
        equilibrationAtLimit = a.Equilibration.AtLimit,
        candidatesPicoseconds = a.Equilibration.Candidates.Select(f => f * trace.FramePicoseconds),
        candidateEffectiveSizes = a.Equilibration.EffectiveSizes,
        weights = a.Samples.Weights,
        usesAllTemperatures = a.Samples.UsesAllRungs,
        errors = a.Samples.Errors,
        blockPicoseconds = a.Samples.BlockPicoseconds,
        thinnedTo = a.Chains.Stride,
    };

    private static object Quantity(QuantityDiagnostics d) => new { d.SplitRhat, d.EffectiveSampleSize, autocorrelationTimePicoseconds =
        d.AutocorrelationTime, autocorrelationResolved = d.Resolved };

    private static string Time(DateTime utc) => utc.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
