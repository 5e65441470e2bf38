using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Flows;
using MolSampling.Jobs.Generators;
using MolSampling.Sampling;
using Spectre.Console;
using TorchSharp;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Flows of rigid molecules against quadrature (one molecule), MBAR over a ladder of the same crystal, and published free
/// energies.</summary>
internal static class RigidBodiesBenchmark
{
    private const double Highest = 250;
    private const int Draws = 20_000;

    // J. Koehler, M. Invernizzi, P. de Haan, F. Noe, ICML 2023: values of the authors' repository, f(T) - f(250 K), kT
    private static readonly Dictionary<string, (double Value, double Error)> s_published = new()
    {
        ["ice-xi-16-100k"] = (-669.711, 0.054),
        ["ice-xi-16-50k"] = (-1828.023, 0.056),
    };

    private sealed record Row(string Target, double EffectivePercent, double ForwardPercent, long TrainingCalls, Estimate OneSided,
        Estimate TwoSided, Estimate? Reference, (double Value, double Error)? Published);

    /// <summary>Runs all rows and prints them.</summary>
    /// <param name="directories">Of trained flows.</param>
    /// <param name="ladders">Of the reference.</param>
    /// <param name="samples">Of a ladder and rung.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="stop">Throws.</param>
    public static void Run(IReadOnlyList<string> directories, int ladders, int samples, bool json, CancellationToken stop)
    {
        var rows = new List<Row>();
        List<TrainedFlow> opened = [.. directories.Select(TrainedFlow.Open)];
        try
        {
            foreach (TrainedFlow trained in opened.Where(t => t.Target.LogZ is not null))
                rows.Add(Alone(trained));
            foreach (IGrouping<string, TrainedFlow> crystal in opened.Where(t => MolecularTargets.Crystal(t.Target.Name) is not null)
                .GroupBy(t => MolecularTargets.Crystal(t.Target.Name)!.Crystal.Name))
                rows.AddRange(Crystal([.. crystal], ladders, samples, json, stop));
            foreach (TrainedFlow other in opened.Where(t => t.Target.LogZ is null && MolecularTargets.Crystal(t.Target.Name) is null))
                throw new ArgumentException($"{other.Target.Name} is neither a crystal of rigid molecules nor a target of known norm");
        }
        finally
        {
            opened.ForEach(t => t.Dispose());
        }
        Print(rows, json);
    }

    /// <summary>-ln Z against the known one.</summary>
    private static Row Alone(TrainedFlow trained)
    {
        trained.Flow.To(torch.ScalarType.Float64);
        RandomSource random = new RandomSource(1).Split("rigid");
        using torch.Tensor? exact = trained.Target.Sample(Draws, random.Split("exact"));
        FlowEvaluation judged = FlowEvaluation.Of(trained.Flow, trained.Target.LogDensity, Draws, random.Split("flow"), exact);
        double[] forward = [.. judged.Reverse.LogWeights.ToArray().Select(w => -w)],
            backward = judged.Forward is { } f ? f.LogWeights.ToArray() : [];
        var bar = Sampling.Estimators.Bar.Solve(forward, backward);
        var lfep = Sampling.Estimators.ExponentialAverage.Forward(forward);
        return new(trained.Target.Name, 100 * judged.Reverse.EffectiveFraction,
            100 * (judged.Forward?.EffectiveFraction.Value ?? double.NaN), trained.EnergyCalls, new(lfep.Difference.Value,
            lfep.Difference.StandardError), new(bar.Difference.Value, bar.Difference.StandardError), new(-trained.Target.LogZ!.Value, 0),
            null);
    }

    private static IEnumerable<Row> Crystal(IReadOnlyList<TrainedFlow> flows, int ladders, int samples, bool json, CancellationToken stop)
    {
        TargetCrystal[] crystals = [.. flows.Select(t => MolecularTargets.Crystal(t.Target.Name)!)];
        double lowest = Math.Min(crystals.Min(c => c.Temperature), Highest / 2);
        double[] temperatures = Temperatures(lowest, [.. crystals.Select(c => c.Temperature)], crystals[0].Potential.Dimension);
        var clock = Stopwatch.StartNew();
        using CrystalFreeEnergies ladder = new ProgressReporter(json).Show(crystals[0].Crystal.Name, progress => CrystalFreeEnergies.Of(
            crystals[0], temperatures, new(ladders, samples, Stride: 4), new RandomSource(1).Split("ladder"), progress, stop));
        double seconds = clock.Elapsed.TotalSeconds;
        IReadOnlyList<Estimate> reference = ladder.AgainstHighest();
        if (!json)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{crystals[0].Crystal.Title}: ladder of {temperatures.Length} temperatures, {ladders} copies, {ladder.EnergyCalls:n0} "
                + $"energies in {seconds:f0} s, least swap acceptance {ladder.SwapAcceptances.Min():f2}\n"));
        var found = new List<(TrainedFlow Flow, int Rung, FlowFreeEnergy Energy)>();
        for (int k = 0; k < flows.Count; k++)
        {
            int rung = Array.IndexOf(temperatures, crystals[k].Temperature);
            found.Add((flows[k], rung, ladder.OfFlow(flows[k].Flow, rung, Draws, new RandomSource(1).Split($"flow {k}"))));
        }
        FlowFreeEnergy? top = found.Find(f => temperatures[f.Rung] == Highest).Energy;
        foreach ((TrainedFlow flow, int rung, FlowFreeEnergy energy) in found)
        {
            bool isTop = temperatures[rung] == Highest || top is null;
            Estimate Against(Estimate own, Estimate? of) => of is { } o ? new(own.Value - o.Value, Math.Sqrt(own.StandardError
                * own.StandardError + o.StandardError * o.StandardError)) : own;
            yield return new(flow.Target.Name, 100 * energy.EffectiveFraction, 100 * energy.ForwardFraction, flow.EnergyCalls,
                isTop ? energy.OneSided : Against(energy.OneSided, top!.OneSided),
                isTop ? energy.TwoSided : Against(energy.TwoSided, top!.TwoSided), isTop ? null : reference[rung],
                !isTop && s_published.TryGetValue(flow.Target.Name, out (double, double) p) ? p : null);
        }
    }

    /// <summary>From the lowest to the highest, those of the flows among them, others between as close as swaps need.</summary>
    private static double[] Temperatures(double lowest, double[] wanted, int dimension)
    {
        double[] marks = [.. wanted.Append(lowest).Append(Highest).Distinct().Order()];
        var all = new List<double>();
        for (int k = 0; k + 1 < marks.Length; k++)
            all.AddRange(Sampling.Samplers.Ladder.Geometric(marks[k], marks[k + 1], dimension).Temperatures.SkipLast(1));
        return [.. all, marks[^1]];
    }

    private static void Print(List<Row> rows, bool json)
    {
        static object? Number(Estimate? e) => e is { } x ? new { value = x.Value, error = x.StandardError } : null;
        if (json)
        {
            var lines = rows.Select(r => new
            {
                r.Target, r.EffectivePercent, r.ForwardPercent, r.TrainingCalls, oneSided = Number(r.OneSided),
                twoSided = Number(r.TwoSided), reference = Number(r.Reference),
                published = r.Published is { } p ? new { value = p.Value, error = p.Error } : null,
            });
            Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "rigid", machine = Machine.Describe(), rows = lines },
                JsonOutput.Options));
            return;
        }
        static string Text(double value, double error) => string.Create(CultureInfo.InvariantCulture, $"{value:f3} ± {error:f3}");
        Console.WriteLine($"{Machine.Line()}\n\n| target | effective samples | at the target's samples | training energies | LFEP, kT "
            + "| BAR, kT | reference, kT | published, kT |\n|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (Row r in rows)
        {
            string reference = r.Reference is { } e ? Text(e.Value, e.StandardError) : "-",
                published = r.Published is { } p ? Text(p.Value, p.Error) : "-";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {r.Target} | {r.EffectivePercent:f1} % | {r.ForwardPercent:g2} % | {r.TrainingCalls:n0} ")
                + $"| {Text(r.OneSided.Value, r.OneSided.StandardError)} "
                + $"| {Text(r.TwoSided.Value, r.TwoSided.StandardError)} | {reference} | {published} |");
        }
    }
}
