using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Simulation;

/// <summary>Averages over the replicas at one moment.</summary>
/// <param name="KineticTemperature">K.</param>
/// <param name="PotentialEnergy">kJ/mol.</param>
/// <param name="SwapAcceptances">Between neighbouring temperatures since the beginning.</param>
/// <param name="Restarts">After replicas blew up.</param>
/// <param name="FailedReplicas">Given up.</param>
/// <param name="Moves">Of the dynamics and what goes with it; empty where nothing does.</param>
internal sealed record SimulationSummary(double KineticTemperature, double PotentialEnergy, IReadOnlyList<double> SwapAcceptances,
    int Restarts, int FailedReplicas, IReadOnlyList<MoveCount> Moves)
{
    /// <summary>nm^3; null at constant volume.</summary>
    public double? Volume { get; init; }

    /// <summary>g/cm^3; null at constant volume.</summary>
    public double? Density { get; init; }
}

/// <summary>Tells how a simulation goes: status.json and metrics.csv, each replaced in one step, so that a reader never sees half of
/// it.</summary>
internal sealed class SimulationMonitor(RunDirectory directory, SimulationPlan plan, int replicas)
{
    private static readonly TimeSpan s_statusInterval = TimeSpan.FromSeconds(2);
    private const string Header =
        "step,time_ps,percent,nanoseconds_per_day,kinetic_temperature_K,potential_energy_kJ_per_mol,swap_acceptance,restarts,failed_replicas";

    private readonly Stopwatch _clock = new();
    private readonly List<string> _metrics = [];
    private TimeSpan _nextStatus;
    private long _firstStep;

    /// <summary>Starts the clock; rows of metrics.csv up to here are kept.</summary>
    public void Begin(long step)
    {
        _firstStep = step;
        string path = Path.Combine(directory.Path, "metrics.csv");
        if (File.Exists(path))
            _metrics.AddRange(File.ReadLines(path).Skip(1).Where(line => long.TryParse(line.Split(',')[0], NumberStyles.Integer,
                CultureInfo.InvariantCulture, out long s) && s <= step));
        _clock.Start();
    }

    /// <summary>Simulated time of all replicas together a day, ns.</summary>
    public double NanosecondsPerDay(long step) => (step - _firstStep) * plan.StepSize * 1e-3 * replicas / _clock.Elapsed.TotalDays;

    /// <summary>Until the end at the present rate, s.</summary>
    public double SecondsLeft(long step) => step == _firstStep ? double.NaN
        : _clock.Elapsed.TotalSeconds * (plan.Steps - step) / (step - _firstStep);

    /// <summary>For people.</summary>
    public string Line(long step) => string.Create(CultureInfo.InvariantCulture,
        $"{step * plan.StepSize * 1e-3:g4} of {plan.Steps * plan.StepSize * 1e-3:g4} ns × {replicas}, {Rate(NanosecondsPerDay(step))}");

    /// <summary>"4.2 µs/day".</summary>
    public static string Rate(double nanosecondsPerDay) => nanosecondsPerDay switch
    {
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{nanosecondsPerDay / 1e6:g3} ms/day"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{nanosecondsPerDay / 1e3:g3} µs/day"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanosecondsPerDay:g3} ns/day"),
    };

    /// <summary>Adds a row.</summary>
    public void AddMetrics(long step, SimulationSummary s)
    {
        double[] swaps = [.. s.SwapAcceptances.Where(double.IsFinite)];
        string accepted = swaps.Length == 0 ? "" : swaps.Average().ToString("f4", CultureInfo.InvariantCulture);
        _metrics.Add(string.Create(CultureInfo.InvariantCulture,
            $"{step},{step * plan.StepSize:g10},{100.0 * step / plan.Steps:f3},{NanosecondsPerDay(step):f1},{s.KineticTemperature:f3},")
            + string.Create(CultureInfo.InvariantCulture, $"{s.PotentialEnergy:f4},{accepted},{s.Restarts},{s.FailedReplicas}")
            + (s.Volume is null ? "" : string.Create(CultureInfo.InvariantCulture, $",{s.Volume:f6},{s.Density:f6}")));
        string header = s.Volume is null ? Header : Header + ",volume_nm3,density_g_per_cm3";
        directory.WriteText("metrics.csv", $"{header}\n{string.Join('\n', _metrics)}\n");
    }

    /// <summary>Writes status.json, every two seconds or when forced.</summary>
    public void WriteStatus(long step, SimulationSummary s, string state, bool force)
    {
        if (!force && _clock.Elapsed < _nextStatus)
            return;
        _nextStatus = _clock.Elapsed + s_statusInterval;
        directory.WriteText("status.json", new JsonObject
        {
            ["state"] = state is "stopped" ? "running" : state,
            ["stepsDone"] = step,
            ["stepsTotal"] = plan.Steps,
            ["stepsSafe"] = directory.Manifest.Steps,
            ["percent"] = Math.Round(100.0 * step / plan.Steps, 3),
            ["replicas"] = replicas,
            ["nanosecondsPerDay"] = Number(NanosecondsPerDay(step), 1),
            ["secondsLeft"] = Number(SecondsLeft(step), 1),
            ["kineticTemperature"] = Number(s.KineticTemperature, 3),
            ["potentialEnergy"] = Number(s.PotentialEnergy, 4),
            ["swapAcceptances"] = new JsonArray([.. s.SwapAcceptances.Select(a => (JsonNode?)Number(a, 4))]),
            ["volume"] = s.Volume is { } v ? Number(v, 6) : null,
            ["density"] = s.Density is { } d ? Number(d, 6) : null,
            ["moves"] = s.Moves.Count == 0 ? null : new JsonArray([.. s.Moves.Select(m => (JsonNode?)new JsonObject
            {
                ["name"] = m.Name,
                ["proposed"] = m.Proposed,
                ["acceptance"] = Number((double)m.Accepted / m.Proposed, 5),
                ["outsideSupport"] = m.OutsideSupport,
                ["nonFinite"] = m.NonFinite,
            })]),
            ["restarts"] = s.Restarts,
            ["failedReplicas"] = s.FailedReplicas,
            ["updated"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        }.ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    private static JsonValue? Number(double value, int digits) => double.IsFinite(value) ? JsonValue.Create(Math.Round(value, digits))
        : null;
}
