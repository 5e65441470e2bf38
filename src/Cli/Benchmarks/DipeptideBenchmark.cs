using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Benchmark;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Uncapped dipeptides, ff14SB and OBC I at 310 K, the systems on which transferable generators are judged: effective samples with
/// everything learned in the run, against a ladder of temperatures that has learned nothing.</summary>
internal static class DipeptideBenchmark
{
    private const ulong ReferenceSeed = 1_000_003; // shares no random number with the runs
    private const double Temperature = 310;

    private static readonly ConformerOptions s_options = new()
    {
        Temperature = Temperature, ForceField = "ff14SB", Solvent = "obc1", Samples = 4000,
    };

    /// <summary>One method on one molecule.</summary>
    private sealed record Row(string Name, int Atoms, int Rotors, string Method, ConformerResult Result, ConformerResult Ladder,
        EnsembleAgreement? Agreement)
    {
        public double Size => Result.Diagnostics?.EffectiveSampleSize ?? 0;

        public double Rate => Size / Result.WallSeconds;

        /// <summary>Of draws, which are independent; NaN of chains.</summary>
        public double Fraction => Result.Diagnostics?.Weights?.EffectiveFraction ?? double.NaN;

        public bool IsOk => Result.Status == ConformerStatus.Ok;
    }

    /// <summary>Runs it and prints two tables, or JSON.</summary>
    /// <param name="count">Molecules, from the beginning of <see cref="DipeptideSuite"/>.</param>
    /// <param name="methods">In the order of the rows.</param>
    /// <param name="limit">Of a run; null for none.</param>
    /// <param name="ladderLimit">Of the ladder.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="cancellation">Ends early: the tables are of the molecules that are complete.</param>
    public static int Run(int count, IReadOnlyList<(string Key, ConformerMethod Method)> methods, TimeSpan? limit, TimeSpan ladderLimit,
        bool json, CancellationToken cancellation)
    {
        var rows = new List<Row>();
        var clock = Stopwatch.StartNew();
        string[] sequences = [.. DipeptideSuite.Sequences.Take(count)];
        for (int n = 0; n < sequences.Length && !cancellation.IsCancellationRequested; n++)
        {
            using RDKitMolecule molecule = ResidueChemistry.Molecule(PeptideBuilder.Build(sequences[n]), sequences[n]);
            ConformerResult Sample(ConformerMethod method, ulong seed, TimeSpan? most) => new ConformerSampler(s_options with
                { Method = method, Seed = seed, TimeLimit = most }).Run(molecule, sequences[n], null, cancellation);
            ConformerResult ladder = Sample(ConformerMethod.ReplicaExchange, ReferenceSeed, ladderLimit);
            var own = new List<Row>();
            foreach ((string key, ConformerMethod method) in methods)
            {
                ConformerResult result = Sample(method, 1, limit);
                own.Add(new(sequences[n], molecule.Molecule.Atoms.Count, result.RotatableBonds, key, result, ladder,
                    result.Status == ConformerStatus.Failed || ladder.Status == ConformerStatus.Failed ? null
                    : EnsembleAgreement.Of(result, ladder, Phi(molecule.Residues!))));
            }
            if (cancellation.IsCancellationRequested)
                break; // half a molecule is no row
            rows.AddRange(own);
            double left = clock.Elapsed.TotalMinutes / (n + 1) * (sequences.Length - n - 1);
            Console.Error.WriteLine($"molsampling: {n + 1} of {sequences.Length} dipeptides ({sequences[n]}), "
                + string.Create(CultureInfo.InvariantCulture, $"about {left:f0} min left"));
        }
        if (json)
            PrintJson(rows, methods);
        else if (rows.Count > 0)
            PrintTables(rows, methods);
        return cancellation.IsCancellationRequested ? ExitCodes.CouldNotFinish : ExitCodes.Ok;
    }

    /// <summary>Of the second residue.</summary>
    private static int[] Phi(Topology topology)
    {
        int Atom(int residue, string name) => Enumerable.Range(0, topology.Atoms.Count).First(a =>
            topology.Atoms[a].ResidueIndex == residue && topology.Atoms[a].Name == name);
        return [Atom(0, "C"), Atom(1, "N"), Atom(1, "CA"), Atom(1, "C")];
    }

    private static void PrintTables(List<Row> rows, IReadOnlyList<(string Key, ConformerMethod Method)> methods)
    {
        Console.WriteLine($"{Machine.Line()}\n");
        Head("| method |", "---|", ["ok / partial / failed", "effective samples", "of draws %", "s", "effective / s", "z of <U>, rms",
            "z of torsions, rms", "z of phi > 0, rms"]);
        foreach ((string key, _) in methods)
        {
            Row[] own = [.. rows.Where(r => r.Method == key)];
            // what both sides call converged is what is promised
            EnsembleAgreement[] agreed = [.. own.Where(r => r.IsOk && r.Ladder.Status == ConformerStatus.Ok).Select(r => r.Agreement!)];
            string Rms(Func<EnsembleAgreement, double> z) => agreed.Length == 0 ? ""
                : Number(Math.Sqrt(agreed.Select(z).Where(double.IsFinite).Average(v => v * v)), "f2");
            Line(key, string.Join(" / ", Enum.GetValues<ConformerStatus>().Select(s => own.Count(r => r.Result.Status == s))),
                Median(own, r => r.Size, "f0"), Median(own, r => 100 * r.Fraction, "f1"), Median(own, r => r.Result.WallSeconds, "f1"),
                Median(own, r => r.Rate, "f0"), Rms(a => a.EnergyZ), Rms(a => a.TorsionZ), Rms(a => a.PhiZ));
        }
        Console.WriteLine();
        Head("| dipeptide | method | status | ladder |", "---|---|---|---|", ["atoms", "rotors", "effective", "of draws %", "s",
            "effective / s", "z of <U>", "z of torsions, rms", "largest", "dF(phi > 0) kJ/mol", "by the ladder"]);
        foreach (Row r in rows)
        {
            (double one, double other) = r.Agreement?.FreeEnergies(Units.GasConstant * Temperature) ?? (double.NaN, double.NaN);
            string ladder = $"{Status(r.Ladder)}, {Number(r.Ladder.WallSeconds, "f0")} s";
            Line(r.Name, r.Method, Status(r.Result), ladder, $"{r.Atoms}", $"{r.Rotors}",
                Number(r.Size, "f0"), Number(100 * r.Fraction, "f1"), Number(r.Result.WallSeconds, "f1"), Number(r.Rate, "f0"),
                Number(r.Agreement?.EnergyZ, "f1"), Number(r.Agreement?.TorsionZ, "f2"), Number(r.Agreement?.WorstZ, "f1"),
                Number(one, "f1"), Number(other, "f1"));
        }
    }

    private static void Head(string words, string lines, string[] numbers) => Console.WriteLine(
        $"{words} {string.Join(" | ", numbers)} |\n|{lines}{string.Concat(numbers.Select(_ => "--:|"))}");

    private static void Line(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    private static string Status(ConformerResult result) => result.Status.ToString().ToLowerInvariant();

    private static string Median(Row[] rows, Func<Row, double> value, string format) => Number(ScoreSummary.Median(rows, value), format);

    private static string Number(double? value, string format) => value is { } v && double.IsFinite(v)
        ? v.ToString(format, CultureInfo.InvariantCulture) : "";

    private static void PrintJson(List<Row> rows, IReadOnlyList<(string Key, ConformerMethod Method)> methods) =>
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "dipeptides",
            machine = Machine.Describe(),
            methods = methods.Select(m => m.Key),
            rows = rows.Select(r => new
            {
                dipeptide = r.Name,
                atoms = r.Atoms,
                rotors = r.Rotors,
                method = r.Method,
                status = Status(r.Result),
                reason = r.Result.Reason,
                effectiveSamples = r.Size,
                effectiveFraction = r.Fraction,
                seconds = r.Result.WallSeconds,
                ladderStatus = Status(r.Ladder),
                ladderSeconds = r.Ladder.WallSeconds,
                energyZ = r.Agreement?.EnergyZ,
                torsionZ = r.Agreement?.TorsionZ,
                worstZ = r.Agreement?.WorstZ,
                phiPositive = r.Agreement?.PhiPositive.One,
                phiPositiveByLadder = r.Agreement?.PhiPositive.Other,
            }),
        }, JsonOutput.Options));
}
