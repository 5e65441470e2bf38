using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using static MolSampling.Cli.Benchmarks.ScoreSummary;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Conformer generators against reference ensembles: coverage and average minimum RMSD, all methods on the same molecules in one
/// run.</summary>
internal static class CrestBenchmark
{
    private sealed record Case(string Name, RDKitMolecule Molecule, Stereoisomer Isomer, ReferenceEnsemble References);

    private sealed record Entry(string Name, int References, int OtherBonds, int OtherStereo, IReadOnlyList<CoverageScore> Scores);

    /// <summary>Runs it and prints one table.</summary>
    /// <param name="list">Molecules, a SMILES and the name of its xyz file a line.</param>
    /// <param name="crest">A folder of xyz files, or a tar archive of them.</param>
    /// <param name="methods">In the order of the rows.</param>
    /// <param name="most">Molecules taken, from the list's beginning.</param>
    /// <param name="jobs">Molecules at a time.</param>
    /// <param name="seed">Everything random follows from it.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="cancellation">Ends early: the table is of the molecules that are complete.</param>
    public static int Run(string list, string crest, IReadOnlyList<IConformerMethod> methods, int most, int jobs, ulong seed, bool json,
        CancellationToken cancellation)
    {
        XyzArchive archive = XyzArchive.Open(crest);
        var cases = new List<Case>();
        var leftOut = new List<string>();
        foreach (MoleculeRecord record in MoleculeInput.Read(list).Take(most))
        {
            try
            {
                cases.Add(Prepare(record, archive));
            }
            catch (MoleculeFormatException e)
            {
                leftOut.Add(e.Message);
                Console.Error.WriteLine($"molsampling: left out: {e.Message}");
            }
        }
        Entry[] entries = Judge(cases, methods, jobs, seed, cancellation);
        cases.ForEach(c => c.Molecule.Dispose());
        if (cases.Count == 0)
            throw new MoleculeFormatException(list, 0, "none of its molecules could be judged");
        if (entries.Length > 0 && json)
            PrintJson(entries, methods, leftOut);
        else if (entries.Length > 0)
            PrintTable(entries, methods, leftOut);
        if (cancellation.IsCancellationRequested)
            Console.Error.WriteLine($"molsampling: interrupted; {entries.Length} of {cases.Count} molecules are complete");
        return cancellation.IsCancellationRequested ? ExitCodes.CouldNotFinish : leftOut.Count > 0 ? ExitCodes.BadInput : ExitCodes.Ok;
    }

    private static Case Prepare(MoleculeRecord record, XyzArchive archive)
    {
        RDKitMolecule molecule = record.Molecule ?? throw new MoleculeFormatException(record.Error!);
        string name = record.Name.Split((char[]?)null)[0]; // lists have more columns
        Stereoisomer isomer = GivenStereo.Of(molecule);
        return new(name, molecule, isomer, ReferenceEnsemble.Match(molecule.Molecule, isomer, archive.Read(name), name + ".xyz"));
    }

    /// <summary>Those with most references first, which keeps all jobs busy to the end; the result has the list's order.</summary>
    private static Entry[] Judge(IReadOnlyList<Case> cases, IReadOnlyList<IConformerMethod> methods, int jobs, ulong seed,
        CancellationToken cancellation)
    {
        var entries = new Entry?[cases.Count];
        int[] order = [.. Enumerable.Range(0, cases.Count).OrderByDescending(n => cases[n].References.Geometries.Count)];
        double work = cases.Sum(c => c.References.Geometries.Count), done = 0;
        int molecules = 0;
        var clock = Stopwatch.StartNew();
        var counting = new Lock();
        Parallel.ForEach(Partitioner.Create(order, EnumerablePartitionerOptions.NoBuffering),
            ParallelWork.Options(jobs, CancellationToken.None), n =>
        {
            Case c = cases[n];
            var rmsd = new HeavyAtomRmsd(c.Molecule);
            var scores = new List<CoverageScore>();
            foreach (IConformerMethod method in methods)
                if (!cancellation.IsCancellationRequested)
                    scores.Add(CoverageScore.Of(method, c.Molecule, c.Isomer, c.References, rmsd, seed, cancellation));
            if (cancellation.IsCancellationRequested)
                return; // what was cut short is no result
            int references = c.References.Geometries.Count;
            entries[n] = new(c.Name, references, c.References.OtherBonds, c.References.OtherStereo, scores);
            lock (counting)
            {
                done += references;
                double left = clock.Elapsed.TotalMinutes * (work - done) / done;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"molsampling: {++molecules} of {cases.Count} molecules ({c.Name}, {references} references), about {left:f0} min left"));
            }
        });
        return [.. entries.OfType<Entry>()];
    }

    private static void PrintTable(Entry[] entries, IReadOnlyList<IConformerMethod> methods, IReadOnlyList<string> leftOut)
    {
        Console.WriteLine($"{Machine.Line()}\n\n| method | COV-R % (0.75) | AMR-R | COV-P % (0.75) | AMR-P | COV-R % (1.0) | COV-P % (1.0) | conformers | stereo errors | s/conformer |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (int m = 0; m < methods.Count; m++)
        {
            CoverageScore[] scores = [.. entries.Select(e => e.Scores[m])];
            string Both(Func<CoverageScore, double> value, string format) => ScoreSummary.Both(scores, value, format);
            Console.WriteLine($"| {methods[m].Name} | {Both(s => 100 * s.Near.CoverageRecall, "f1")} | {Both(s => s.Near.AmrRecall, "f3")} | {Both(s => 100 * s.Near.CoveragePrecision, "f1")} | {Both(s => s.Near.AmrPrecision, "f3")}"
                + $" | {Both(s => 100 * s.Wide.CoverageRecall, "f1")} | {Both(s => 100 * s.Wide.CoveragePrecision, "f1")} | {scores.Sum(s => s.Conformers)} | {scores.Sum(s => s.StereoErrors)} | {Both(SecondsPerConformer, "g3")} |");
        }
        Console.WriteLine($"\nMean / median over {entries.Length} molecules with {entries.Sum(e => e.References)} references; 2K conformers asked for K references; AMR in Angstrom.");
        Console.WriteLine($"- references of another stereo than the SMILES, kept: {entries.Sum(e => e.OtherStereo)}; bonded otherwise, left out: {entries.Sum(e => e.OtherBonds)}");
        foreach (IGrouping<(string Method, string Reason),
            Entry> g in entries.SelectMany(e => e.Scores.Where(s => s.Reason is not null).Select(s => (Entry: e, Score: s))).GroupBy(p =>
            (p.Score.Method, p.Score.Reason!), p => p.Entry))
            Console.WriteLine($"- {g.Key.Method}: {g.Key.Reason}: {string.Join(", ", g.Select(e => e.Name))}");
        foreach (string reason in leftOut)
            Console.WriteLine($"- left out: {reason}");
    }

    private static void PrintJson(Entry[] entries, IReadOnlyList<IConformerMethod> methods, IReadOnlyList<string> leftOut)
    {
        var rows = methods.Select((method, m) =>
        {
            CoverageScore[] scores = [.. entries.Select(e => e.Scores[m])];
            return new
            {
                method = method.Name,
                coverageRecall = Mean(scores, s => s.Near.CoverageRecall),
                amrRecall = Mean(scores, s => s.Near.AmrRecall),
                coveragePrecision = Mean(scores, s => s.Near.CoveragePrecision),
                amrPrecision = Mean(scores, s => s.Near.AmrPrecision),
                coverageRecallMedian = Median(scores, s => s.Near.CoverageRecall),
                amrRecallMedian = Median(scores, s => s.Near.AmrRecall),
                coveragePrecisionMedian = Median(scores, s => s.Near.CoveragePrecision),
                amrPrecisionMedian = Median(scores, s => s.Near.AmrPrecision),
                coverageRecallWide = Mean(scores, s => s.Wide.CoverageRecall),
                coveragePrecisionWide = Mean(scores, s => s.Wide.CoveragePrecision),
                conformers = scores.Sum(s => s.Conformers),
                failures = scores.Sum(s => s.Failures),
                stereoErrors = scores.Sum(s => s.StereoErrors),
                secondsPerConformer = Mean(scores, SecondsPerConformer),
                secondsPerConformerMedian = Median(scores, SecondsPerConformer),
            };
        });
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "conformers",
            machine = Machine.Describe(),
            thresholdsAngstrom = new { coverage = 0.75, wide = 1.0 },
            rows,
            molecules = entries,
            leftOut,
        }, JsonOutput.Options));
    }

    private static double SecondsPerConformer(CoverageScore score) => score.Conformers > 0 ? score.Seconds / score.Conformers : double.NaN;
}
