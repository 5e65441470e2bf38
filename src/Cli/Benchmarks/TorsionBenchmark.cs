using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using static MolSampling.Cli.Benchmarks.ScoreSummary;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Distributions of torsions against long replica exchange in the same force field, and effective samples of weighted draws: all
/// methods on the same molecules in one run.</summary>
internal static class TorsionBenchmark
{
    private const double Temperature = 300;

    private sealed record Entry(string Name, int Atoms, int Rotors, int Tops, ConformerStatus Reference, double ReferenceSeconds,
        IReadOnlyList<TorsionScore> Scores);

    /// <summary>Runs it and prints one table.</summary>
    /// <param name="list">Molecules.</param>
    /// <param name="methods">In the order of the rows.</param>
    /// <param name="most">Molecules taken, from the list's beginning.</param>
    /// <param name="count">Conformers of each method.</param>
    /// <param name="limit">Of the reference, for one molecule.</param>
    /// <param name="jobs">Molecules at a time.</param>
    /// <param name="seed">Everything random follows from it.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="cancellation">Ends early: the table is of the molecules that are complete.</param>
    public static int Run(string list, IReadOnlyList<IConformerMethod> methods, int most, int count, TimeSpan limit, int jobs, ulong seed,
        bool json, CancellationToken cancellation)
    {
        MoleculeRecord[] records = [.. MoleculeInput.Read(list).Take(most)];
        var entries = new Entry?[records.Length];
        var leftOut = new List<string>();
        var counting = new Lock();
        var clock = Stopwatch.StartNew();
        int done = 0;
        Parallel.For(0, records.Length, ParallelWork.Options(jobs, CancellationToken.None), n =>
        {
            if (cancellation.IsCancellationRequested)
                return;
            string? obstacle;
            try
            {
                (entries[n], obstacle) = Judge(records[n], methods, count, limit, seed, cancellation);
            }
            catch (MoleculeFormatException e)
            {
                obstacle = e.Message;
            }
            lock (counting)
            {
                if (obstacle is not null)
                {
                    leftOut.Add($"{records[n].Name}: {obstacle}");
                    Console.Error.WriteLine($"molsampling: left out: {records[n].Name}: {obstacle}");
                }
                double left = clock.Elapsed.TotalMinutes * (records.Length - ++done) / done;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"molsampling: {done} of {records.Length} molecules ({records[n].Name}), about {left:f0} min left"));
            }
        });
        foreach (MoleculeRecord record in records)
            record.Molecule?.Dispose();
        Entry[] complete = [.. entries.OfType<Entry>()];
        if (complete.Length == 0 && !cancellation.IsCancellationRequested)
            throw new MoleculeFormatException(list, 0, "none of its molecules could be judged");
        if (json)
            PrintJson(complete, methods, count, leftOut);
        else if (complete.Length > 0)
            PrintTable(complete, methods, count, limit, leftOut);
        return cancellation.IsCancellationRequested ? ExitCodes.CouldNotFinish : leftOut.Count > 0 ? ExitCodes.BadInput : ExitCodes.Ok;
    }

    private static (Entry?, string?) Judge(MoleculeRecord record, IReadOnlyList<IConformerMethod> methods, int count, TimeSpan limit,
        ulong seed, CancellationToken cancellation)
    {
        if (record.Molecule is not { } molecule)
            return (null, record.Error);
        var tree = new RotorTree(molecule.Molecule);
        if (tree.Rotors.Count == 0)
            return (null, "no bond turns");
        // a seed of its own: the reference shares no random number with the methods
        var options = new ConformerOptions { Temperature = Temperature, Method = ConformerMethod.ReplicaExchange, Samples = 4 * count,
            Seed = seed + 1_000_003, TimeLimit = limit, Threads = 1 };
        ConformerResult reference = new ConformerSampler(options).Run(molecule, molecule.Molecule.Smiles, null, cancellation);
        if (reference.Status == ConformerStatus.Failed)
            return (null, $"no reference: {reference.Reason}");
        int size = 3 * reference.Samples.AtomCount;
        var samples = new MethodResult([.. reference.Samples.Positions.Chunk(size)], reference.Samples.LogWeights, reference.WallSeconds, 0,
            null);
        var judge = new TorsionReference(molecule, samples, Temperature);
        Stereoisomer isomer = GivenStereo.Of(molecule);
        var scores = new List<TorsionScore>();
        foreach (IConformerMethod method in methods)
        {
            scores.Add(judge.Score(method.Name, method.Generate(molecule, count, seed, cancellation), isomer));
            if (cancellation.IsCancellationRequested)
                return (null, null); // what was cut short is no result
        }
        return (new(record.Name.Split((char[]?)null)[0], molecule.Molecule.Atoms.Count, tree.Rotors.Count, tree.Rotors.Count(r => r.IsTop),
            reference.Status, reference.WallSeconds, scores), null);
    }

    private static void PrintTable(Entry[] entries, IReadOnlyList<IConformerMethod> methods, int count, TimeSpan limit,
        IReadOnlyList<string> leftOut)
    {
        Console.WriteLine($"{Machine.Line()}\n\n| method | ESS/N % | KL | JS | pair JS | W, degrees | states, kJ/mol | stereo errors | clashes | s/conformer |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (int m = 0; m < methods.Count; m++)
        {
            TorsionScore[] scores = [.. entries.Select(e => e.Scores[m])];
            string Both(Func<TorsionScore, double> value, string format) => ScoreSummary.Both(scores, value, format);
            Console.WriteLine($"| {methods[m].Name} | {Both(s => 100 * s.EffectiveFraction, "f1")} | {Both(s => s.Kl, "f2")} | {Both(s => s.Js, "f3")} | {Both(s => s.PairJs, "f3")} | {Both(s => s.Wasserstein, "f1")} | {Both(s => s.StateError, "f2")}"
                + $" | {scores.Sum(s => s.StereoErrors)} | {scores.Sum(s => s.Clashes)} | {Both(s => s.SecondsPerConformer, "g3")} |");
        }
        Console.WriteLine($"\nMean / median over {entries.Length} molecules, {count} conformers a method; references of {4 * count} samples by replica exchange within {limit.TotalSeconds:f0} s, {entries.Count(e => e.Reference == ConformerStatus.Ok)} of them converged.");
        foreach (IGrouping<(string Method, string Reason),
            Entry> g in entries.SelectMany(e => e.Scores.Where(s => s.Reason is not null).Select(s => (Entry: e, Score: s))).GroupBy(p =>
            (p.Score.Method, p.Score.Reason!), p => p.Entry))
            Console.WriteLine($"- {g.Key.Method}: {g.Key.Reason}: {string.Join(", ", g.Select(e => e.Name))}");
        foreach (string reason in leftOut)
            Console.WriteLine($"- left out: {reason}");
    }

    private static void PrintJson(Entry[] entries, IReadOnlyList<IConformerMethod> methods, int count, IReadOnlyList<string> leftOut)
    {
        var rows = methods.Select((method, m) =>
        {
            TorsionScore[] scores = [.. entries.Select(e => e.Scores[m])];
            return new
            {
                method = method.Name,
                klMean = Mean(scores, s => s.Kl),
                jsMean = Mean(scores, s => s.Js),
                pairJsMean = Mean(scores, s => s.PairJs),
                wassersteinMeanDegrees = Mean(scores, s => s.Wasserstein),
                stateErrorMeanKjPerMol = Mean(scores, s => s.StateError),
                essFraction = Mean(scores, s => s.EffectiveFraction),
                essFractionMedian = Median(scores, s => s.EffectiveFraction),
                secondsPerConformer = Mean(scores, s => s.SecondsPerConformer),
                stereoErrors = scores.Sum(s => s.StereoErrors),
                clashes = scores.Sum(s => s.Clashes),
            };
        });
        Console.WriteLine(JsonSerializer.Serialize(new { benchmark = "conformers", machine = Machine.Describe(), conformers = count, rows,
            molecules = entries, leftOut }, JsonOutput.Options));
    }
}
