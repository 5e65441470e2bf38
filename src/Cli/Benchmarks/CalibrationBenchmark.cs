using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Sampling;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Whether `ok` is true: populations that independent seeds print, against partition functions of single basins.</summary>
internal static class CalibrationBenchmark
{
    private const ulong ReferenceSeed = 1_000_003; // shares no random number with the runs

    private sealed record Entry(string Name, int Atoms, BasinReference Reference, IReadOnlyList<Runs> Methods);

    /// <summary>All seeds of a method on a molecule.</summary>
    private sealed record Runs(string Method, int Ok, int Partial, int Failed, IReadOnlyList<double> Seconds,
        IReadOnlyList<CalibrationPoint> Points, double LargestUnmatched);

    /// <summary>Runs it and prints two tables, or JSON.</summary>
    /// <param name="list">A list or a SMILES; null for the built-in suite.</param>
    /// <param name="target">Temperature and energy.</param>
    /// <param name="methods">In the order of the rows.</param>
    /// <param name="seeds">Runs each.</param>
    /// <param name="most">Molecules taken, from the beginning.</param>
    /// <param name="samples">Of each run.</param>
    /// <param name="limit">Of a run; null for none.</param>
    /// <param name="referenceLimit">Of the exploratory run.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="cancellation">Ends early: the tables are of the molecules that are complete.</param>
    public static int Run(string? list, ConformerOptions target,
        IReadOnlyList<(string Key, ConformerMethod Method)> methods, int seeds, int most, int samples,
        TimeSpan? limit, TimeSpan referenceLimit, bool json, CancellationToken cancellation)
    {
        (string Name, RDKitMolecule? Molecule, string? Error)[] molecules = [.. Molecules(list).Take(most)];
        var entries = new List<Entry>();
        var leftOut = new List<string>();
        var clock = Stopwatch.StartNew();
        int done = 0, work = molecules.Length * (methods.Count * seeds + 1);
        void Told(string what, int units)
        {
            done += units;
            double left = clock.Elapsed.TotalMinutes * (work - done) / done;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"molsampling: {what}, about {left:f0} min left"));
        }
        try
        {
            for (int n = 0; n < molecules.Length; n++)
            {
                (string name, RDKitMolecule? molecule, string? obstacle) = molecules[n];
                string position = $"{n + 1} of {molecules.Length} molecules ({name})";
                BasinReference? reference = null;
                if (molecule is not null)
                    (reference, obstacle) = BasinReference.Of(molecule, target with { Seed = ReferenceSeed, TimeLimit = referenceLimit },
                        cancellation);
                if (reference is { Basins.Count: 1 })
                    (reference, obstacle) = (null, "it has one basin");
                if (reference is null)
                {
                    leftOut.Add($"{name}: {obstacle}");
                    Told($"left out: {name}: {obstacle}", methods.Count * seeds + 1);
                    continue;
                }
                Told($"{position}: reference of {reference.Basins.Count} basins", 1);
                var judge = new CalibrationJudge(molecule!, name, reference);
                var runs = new List<Runs>();
                foreach ((string key, ConformerMethod method) in methods)
                {
                    runs.Add(Repeat(molecule!, judge, key, target with { Method = method, Samples = samples, TimeLimit = limit }, seeds,
                        cancellation));
                    Told($"{position}: {key}", seeds);
                }
                entries.Add(new(name, molecule!.Molecule.Atoms.Count, reference, runs));
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // what was cut short is no result
        }
        finally
        {
            foreach ((_, RDKitMolecule? molecule, _) in molecules)
                molecule?.Dispose();
        }
        if (entries.Count == 0 && !cancellation.IsCancellationRequested)
            throw new MoleculeFormatException(list ?? "the suite", 0,
                $"none of its molecules could be judged: {string.Join("; ", leftOut)}");
        if (json)
            PrintJson(entries, methods, seeds, samples, leftOut);
        else if (entries.Count > 0)
            PrintTables(entries, methods, seeds, samples, leftOut);
        return cancellation.IsCancellationRequested ? ExitCodes.CouldNotFinish : leftOut.Count > 0 ? ExitCodes.BadInput : ExitCodes.Ok;
    }

    private static IEnumerable<(string Name, RDKitMolecule? Molecule, string? Error)> Molecules(string? list) => list is null
        ? CalibrationSuite.Molecules().Select(m => (m.Name, (RDKitMolecule?)RDKitMolecule.FromSmiles(m.Smiles), (string?)null))
        : MoleculeInput.Read(list).Select(r => (r.Name.Split((char[]?)null)[0], r.Molecule, r.Error));

    private static Runs Repeat(RDKitMolecule molecule, CalibrationJudge judge, string key, ConformerOptions options, int seeds,
        CancellationToken cancellation)
    {
        int[] counts = new int[3];
        var points = new List<CalibrationPoint>();
        double[] seconds = new double[seeds];
        double unmatched = 0;
        for (int s = 0; s < seeds; s++)
        {
            ConformerOptions seeded = options with { Seed = (ulong)s + 1 };
            ConformerResult result = new ConformerSampler(seeded).Run(molecule, molecule.Molecule.Smiles, null, cancellation);
            cancellation.ThrowIfCancellationRequested();
            counts[(int)result.Status]++;
            seconds[s] = result.WallSeconds;
            if (result.Status != ConformerStatus.Ok)
                continue;
            (IReadOnlyList<CalibrationPoint> own, double rest) = judge.Points(result, (ulong)s + 1);
            points.AddRange(own);
            unmatched = Math.Max(unmatched, rest);
        }
        return new(key, counts[(int)ConformerStatus.Ok], counts[(int)ConformerStatus.Partial], counts[(int)ConformerStatus.Failed], seconds,
            points, unmatched);
    }

    private static void PrintTables(List<Entry> entries, IReadOnlyList<(string Key, ConformerMethod Method)> methods, int seeds,
        int samples, List<string> leftOut)
    {
        string[] columns = ["ok / partial / failed %", "populations", "within 2 %", "within 3 %", "mean z", "bias of a basin", "rms z",
            "not listed", "standard", "s/run"];
        string head = string.Join(" | ", columns), lines = string.Concat(columns.Select(c => c == "standard" ? "---|" : "--:|"));
        Console.WriteLine($"{Machine.Line()}\n\n| method | {head} |\n|---|{lines}");
        for (int m = 0; m < methods.Count; m++)
            Console.WriteLine($"| {methods[m].Key} | {Row([.. entries.Select(e => e.Methods[m])])} |");
        Console.WriteLine($"\n| molecule | method | {head} |\n|---|---|{lines}");
        foreach (Entry e in entries)
            foreach (Runs runs in e.Methods)
                Console.WriteLine($"| {e.Name} | {runs.Method} | {Row([runs])} |");
        ReferenceBasin[] basins = [.. entries.SelectMany(e => e.Reference.Basins)];
        double error = 100 * ScoreSummary.Median(basins, b => b.Population.StandardError / b.Population.Value);
        Console.WriteLine($"\n{entries.Count} molecules with {basins.Length} basins, seeds 1 to {seeds}, {samples} samples a run; "
            + string.Create(CultureInfo.InvariantCulture, $"median error of a reference {error:f1} % of it."));
        foreach (string reason in leftOut)
            Console.WriteLine($"- left out: {reason}");
    }

    private static string Row(IReadOnlyList<Runs> runs)
    {
        var score = CalibrationScore.Of([.. runs.SelectMany(r => r.Points)]);
        double all = runs.Sum(r => r.Seconds.Count) / 100.0;
        string With(Estimate e, int factor, string format) => double.IsNaN(e.Value) ? ""
            : $"{Number(factor * e.Value, format)} ± {Number(factor * e.StandardError, format)}";
        string ended = string.Join(" / ", new[] { runs.Sum(r => r.Ok), runs.Sum(r => r.Partial), runs.Sum(r => r.Failed) }.Select(n =>
            Number(n / all, "f0")));
        return string.Join(" | ", ended, score.Points,
            With(score.WithinTwo, 100, "f1"), With(score.WithinThree, 100, "f1"), With(score.MeanZ, 1, "f2"),
            With(score.BasinBias, 1, "f2"), Number(score.RmsZ, "f2"), score.NotListed, Word(score),
            Number(ScoreSummary.Median(runs.SelectMany(r => r.Seconds), s => s), "f1"));
    }

    private static string Number(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format,
        CultureInfo.InvariantCulture);

    private static string Word(CalibrationScore score) => score.Points == 0 ? "" : score.Verdict switch
    {
        CalibrationVerdict.Meets => "met",
        CalibrationVerdict.Misses => "**missed**",
        _ => "open",
    };

    private static void PrintJson(List<Entry> entries, IReadOnlyList<(string Key, ConformerMethod Method)> methods, int seeds, int samples,
        List<string> leftOut)
    {
        static object Figures(string method, IReadOnlyList<Runs> runs) => new
        {
            method,
            ok = runs.Sum(r => r.Ok),
            partial = runs.Sum(r => r.Partial),
            failed = runs.Sum(r => r.Failed),
            secondsMedian = ScoreSummary.Median(runs.SelectMany(r => r.Seconds), s => s),
            largestUnmatched = runs.Max(r => r.LargestUnmatched),
            score = CalibrationScore.Of([.. runs.SelectMany(r => r.Points)]),
        };
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "calibration",
            machine = Machine.Describe(),
            seeds,
            samples,
            rows = methods.Select((m, n) => Figures(m.Key, [.. entries.Select(e => e.Methods[n])])),
            molecules = entries.Select(e => new
            {
                name = e.Name,
                atoms = e.Atoms,
                referenceSeconds = e.Reference.Seconds,
                mass = e.Reference.Mass,
                basins = e.Reference.Basins.Select((b, n) => new
                {
                    state = b.State,
                    population = b.Population,
                    explored = b.Explored,
                    images = b.Images,
                    minima = b.Minima.Count,
                    energy = b.Energy,
                    logZ = b.Integral.LogZ,
                    overlap = b.Integral.Overlap,
                    rhat = b.Integral.Rhat,
                    printed = e.Methods.Select(r => new { method = r.Method, values = r.Points.Where(p => p.Basin == n).Select(p => new
                        { p.Seed, p.Printed.Value, Error = p.Printed.StandardError, p.Z, Listed = p.IsListed }) }),
                }),
                rows = e.Methods.Select(r => Figures(r.Method, [r])),
            }),
            leftOut,
        }, JsonOutput.Options));
    }
}
