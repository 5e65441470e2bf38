using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Timewarp;
using MolSampling.Jobs.Timewarp.Benchmark;
using MolSampling.Sampling;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Effective samples a second of a peptide by dynamics, a ladder, and learned jumps, in one run.</summary>
internal static class TimewarpBenchmark
{
    /// <summary>Runs it and prints the table, or JSON.</summary>
    /// <param name="training">The peptide, and how the jump in time is learned.</param>
    /// <param name="proposal">Folder of one that was learned before; null to learn it.</param>
    /// <param name="seconds">For each way.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="cancellation">Ends early: the table has the ways that are complete.</param>
    public static int Run(TimewarpConfig training, string? proposal, double seconds, bool json, CancellationToken cancellation)
    {
        if (!(seconds > 0))
            throw new ArgumentException($"--seconds must be positive, not {seconds}");
        _ = training.Plan();
        LearnedJump? learned = proposal is null ? null : LearnedJump.Read(LearnedJump.Locate(proposal));
        var comparison = new TimewarpComparison(training, seconds);
        string folder = Directory.CreateTempSubdirectory("molsampling-timewarp-").FullName;
        var rows = new List<TimewarpRow>();
        string stage = "";
        try
        {
            foreach (TimewarpRow row in comparison.Run(learned, folder, p =>
            {
                if (p.Stage != stage)
                    Console.Error.WriteLine($"molsampling: {stage = p.Stage}");
            }, cancellation))
                rows.Add(row);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
        if (cancellation.IsCancellationRequested)
            rows = [.. rows.SkipLast(1)]; // what was cut short is no row
        double kelvin = training.System.Temperature, fastest = rows.Where(r => r.Way.StartsWith("dynamics", StringComparison.Ordinal))
            .Select(Rate).DefaultIfEmpty(double.NaN).Max();
        Estimate reference = comparison.Reference.FreeEnergy(kelvin);
        (double size, _) = comparison.Reference.EffectiveSize();
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "timewarp",
                machine = Machine.Describe(),
                peptide = training.System.Peptide,
                forceField = training.System.ForceField ?? "ff14SB",
                training.System.Solvent,
                temperatureK = kelvin,
                secondsPerWay = seconds,
                reference = new { effectiveSamples = size, phiPositive = comparison.Reference.PhiPositive(),
                    freeEnergyKjPerMol = reference },
                rows = rows.Select(r => new
                {
                    way = r.Way,
                    energyCallsPerSecond = r.EnergyCalls / r.Seconds,
                    r.Acceptance,
                    effectiveSamples = r.Chains.EffectiveSize().Size,
                    slowest = r.Chains.EffectiveSize().Slowest,
                    effectiveSamplesPerSecond = Rate(r),
                    overFastestDynamics = Rate(r) / fastest,
                    effectiveSamplesPerThousandEnergyCalls = 1e3 * r.Chains.EffectiveSize().Size / r.EnergyCalls,
                    statesMissed = r.Chains.Missed(comparison.Reference),
                    phiPositive = r.Chains.PhiPositive(),
                    freeEnergyKjPerMol = r.Chains.FreeEnergy(kelvin),
                    r.Seconds,
                    r.WallSeconds,
                    r.TrainingSeconds,
                }),
            }, JsonOutput.Options));
        else
        {
            Console.WriteLine($"{Machine.Line()}\n");
            string[] numbers = ["jumps accepted %", "effective samples / s", "over the fastest dynamics", "effective per 1000 energy calls",
                "states missed", "dF(phi > 0) kJ/mol", "off by", "training s"];
            Console.WriteLine($"| way | slowest | energy calls / s | {string.Join(" | ", numbers)} |");
            Console.WriteLine($"|---|---|--:|{string.Concat(numbers.Select(_ => "--:|"))}");
            foreach (TimewarpRow r in rows)
            {
                (double own, string slowest) = r.Chains.EffectiveSize();
                Estimate f = r.Chains.FreeEnergy(kelvin);
                string[] cells = [r.Way, slowest, Text(r.EnergyCalls / r.Seconds, "n0"), Text(100 * r.Acceptance, "f1"),
                    Text(Rate(r), "g3"), Text(Rate(r) / fastest, "g3"), Text(1e3 * own / r.EnergyCalls, "g3"),
                    $"{r.Chains.Missed(comparison.Reference)}",
                    $"{Text(f.Value, "f2")} ± {Text(f.StandardError, "f2")}", Text(f.Value - reference.Value, "f2"),
                    Text(r.TrainingSeconds, "f0")];
                Console.WriteLine($"| {string.Join(" | ", cells)} |");
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n- reference: a ladder of {size:n0} effective samples, ")
                + $"phi > 0 in {comparison.Reference.PhiPositive()}, dF {Text(reference.Value, "f2")} ± "
                + $"{Text(reference.StandardError, "f2")} kJ/mol\n"
                + $"- {Text(seconds, "g3")} s a way; a second is a processor second of every core");
        }
        return cancellation.IsCancellationRequested ? ExitCodes.CouldNotFinish : ExitCodes.Ok;
    }

    private static double Rate(TimewarpRow row) => row.Chains.EffectiveSize().Size / row.Seconds;

    private static string Text(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture)
        : "";
}
