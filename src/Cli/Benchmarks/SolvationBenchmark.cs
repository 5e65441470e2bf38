using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Commands;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling;

namespace MolSampling.Cli.Benchmarks;

/// <summary>Free energies of hydration beside those that FreeSolv's authors computed, and beside experiment: each row a run of
/// <c>solvation</c>.</summary>
internal static class SolvationBenchmark
{
    /// <summary>The twelve of the usual table.</summary>
    public const string Usual =
        "methane,ethane,neopentane,methanol,ethanol,benzene,toluene,phenol,acetone,acetamide,pyridine,chloroform";

    private const int Resamples = 10_000;

    // minutes are of processor time, all cores; null where a run was read or went on
    private sealed record Row(FreeSolvMolecule Molecule, JsonElement Summary, double? Minutes)
    {
        public (double Value, double Error) Part(string name) => (Summary.GetProperty(name).GetProperty("kcalPerMol").GetDouble(),
            Summary.GetProperty(name).GetProperty("kcalPerMolError").GetDouble());

        public string Status => Summary.GetProperty("status").GetString()!;
        public double Difference => Part("solvation").Value - Molecule.Computed;
        public double Error => double.Hypot(Part("solvation").Error, Molecule.ComputedError);
    }

    /// <summary>Runs what is not done yet and prints a table, or JSON.</summary>
    /// <param name="database">FreeSolv.</param>
    /// <param name="molecules">Names, or a number.</param>
    /// <param name="forceField">Of the molecules' SMILES; null for FreeSolv's own prmtops (GAFF).</param>
    /// <param name="usual">Settings of every run.</param>
    /// <param name="target">Error that is asked for, kJ/mol; null for none.</param>
    /// <param name="folder">Of the runs; a row whose run is there is read.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="json">Whether JSON is asked for.</param>
    /// <param name="stop">Ends; the same command goes on.</param>
    public static int Run(FreeSolvDatabase database, string molecules, string? forceField, SolvationConfig usual, double? target,
        string folder, int threads, bool json, CancellationToken stop)
    {
        IReadOnlyList<FreeSolvMolecule> chosen = database.Choose(molecules);
        var rows = new List<Row>();
        var failed = new List<(FreeSolvMolecule Molecule, string Reason)>();
        var progress = new ListProgress(chosen.Count, 0, 0);
        string inputs = Path.Combine(folder, "inputs");
        if (forceField is null)
            database.Unpack(chosen, inputs);
        foreach (FreeSolvMolecule molecule in chosen)
        {
            string own = Path.Combine(folder, molecule.Id);
            (string Prmtop, string Coordinates) files = FreeSolvDatabase.Files(molecule, inputs);
            SolvationConfig config = forceField is null ? usual with { Input = files.Prmtop, Coordinates = files.Coordinates }
                : usual with { Input = molecule.Smiles, ForceField = forceField };
            bool isBegun = Directory.Exists(own);
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            try
            {
                JsonElement summary = FinishedSolvation.Summary(config, target, molecule.Name, own, threads, overwrite: false,
                    new ProgressReporter(json, progress), stop, stop);
                double minutes = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMinutes;
                rows.Add(new(molecule, summary, isBegun ? null : minutes));
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or ParameterizationException
                && e is not OperationCanceledException)
            {
                failed.Add((molecule, Failure.OneLine(e.Message)));
            }
            progress.Finish(failed.Exists(f => f.Molecule == molecule));
        }
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "solvation",
                machine = Machine.Describe(),
                rows = rows.Select(r => new { r.Molecule, r.Difference, r.Error, processorMinutes = r.Minutes, r.Summary }),
                failed = failed.Select(f => new { f.Molecule, f.Reason }),
            }, JsonOutput.Options));
        else
            Print(rows, failed, forceField);
        return failed.Count == 0 ? ExitCodes.Ok : ExitCodes.BadInput;
    }

    private static void Print(List<Row> rows, List<(FreeSolvMolecule Molecule, string Reason)> failed, string? forceField)
    {
        Console.WriteLine($"{Machine.Line()}; {forceField ?? "GAFF, AM1-BCC (FreeSolv's prmtops)"}, kcal/mol\n");
        Console.WriteLine("""
            | | measured | FreeSolv's GAFF | ours | off by | in errors | charges | Lennard-Jones | to 1 bar | status | processor minutes |
            |---|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|
            """);
        foreach (Row r in rows)
        {
            string Part(string name) => Text($"{r.Part(name).Value:f2} ± {r.Part(name).Error:f2}");
            Console.WriteLine(Text($"| {r.Molecule.Name} | {r.Molecule.Measured:f2} ")
                + Text($"| {r.Molecule.Computed:f2} ± {r.Molecule.ComputedError:f2} ")
                + Text($"| {Part("solvation")} | {r.Difference:+0.00;-0.00} | {r.Difference / r.Error:+0.0;-0.0} | {Part("charging")} ")
                + Text($"| {Part("lennardJones")} | {Part("toOneBar")} | {r.Status} | {r.Minutes:f0} |"));
        }
        foreach ((FreeSolvMolecule molecule, string reason) in failed)
            Console.WriteLine($"{molecule.Name}: {reason}");
        if (rows.Count < 2)
            return;
        double[] difference = [.. rows.Select(r => r.Difference)], ours = [.. rows.Select(r => r.Part("solvation").Value
            - r.Molecule.Measured)], theirs = [.. rows.Select(r => r.Molecule.Computed - r.Molecule.Measured)];
        Console.WriteLine($"\nours less FreeSolv's: {Errors(difference)}\nours less measured: {Errors(ours)}"
            + $"\nFreeSolv's GAFF less measured: {Errors(theirs)}");
    }

    /// <summary>Mean and root mean square with the 95 % intervals of a bootstrap over molecules.</summary>
    private static string Errors(double[] errors)
    {
        var random = new RandomSource(1);
        double[] means = new double[Resamples], squares = new double[Resamples];
        for (int k = 0; k < Resamples; k++)
        {
            double[] drawn = [.. errors.Select(_ => errors[random.NextInt(errors.Length)])];
            (means[k], squares[k]) = (drawn.Average(), RootMeanSquare(drawn));
        }
        Array.Sort(means);
        Array.Sort(squares);
        string Interval(double[] sorted) => Text($"[{sorted[Resamples / 40]:f2}, {sorted[Resamples - 1 - Resamples / 40]:f2}]");
        return Text($"mean {errors.Average():f2} {Interval(means)}, root mean square {RootMeanSquare(errors):f2} {Interval(squares)}");
    }

    private static double RootMeanSquare(double[] errors) => Math.Sqrt(errors.Average(e => e * e));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
