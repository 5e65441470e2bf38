using System.Globalization;
using System.Text.Json;
using MolSampling.Cli.Output;
using MolSampling.Jobs.Running;
using MolSampling.Jobs.Solvation;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Systems;

namespace MolSampling.Cli.Commands;

/// <summary>Free energies of solvation of the molecules of a list, one after the other, each in a folder of its own that is a run like any
/// other; what is done stays done, and one that fails stops none behind it.</summary>
internal static class SolvationList
{
    private const string Command = "solvation list", Table = "results.csv";
    private const int LongestName = 40;

    private static readonly string[] s_columns = ["number", "name", "smiles", "status", "solvation_kcal_per_mol",
        "solvation_error", "charging", "charging_error", "lennard_jones", "lennard_jones_error", "to_1_bar", "reason"];

    /// <summary>The list that an input names; null for one molecule.</summary>
    public static MoleculeList? Open(string input)
    {
        string kind = SystemLoader.Kind(input);
        if (!MoleculeFile.IsName(input) || kind is "pdb" or "cif" || MoleculeFile.HasResidues(input))
            return null;
        var list = MoleculeList.Open(input);
        return kind == "sdf" && list.Count == 1 ? null : list; // the geometry of an SDF's only molecule is used
    }

    /// <summary>Runs it.</summary>
    /// <returns>An exit code.</returns>
    public static int Run(MoleculeList list, SolvationConfig config, double? target, string folder, int threads, bool overwrite,
        bool json, bool quiet, CancellationToken limited, CancellationToken stop)
    {
        config.ThrowIfWrong();
        ThrowIfOfAnother(Path.Combine(folder, Table), list);
        OutputFolder.Claim(folder, Command, [Table], overwrite: true); // a list's table is made anew; each molecule's run guards itself
        var rows = new List<object?[]>();
        int failed = 0, code = ExitCodes.Ok;
        var progress = new ListProgress(list.Count, 0, 0);
        foreach ((int number, MoleculeEntry entry) in list.Entries())
        {
            if (limited.IsCancellationRequested)
                break;
            string own = Path.Combine(folder, FolderOf(number, entry.Name));
            object?[] row;
            try
            {
                row = [number, entry.Name, .. One(entry, config, target, own, threads, overwrite,
                    new ProgressReporter(json || quiet, progress), limited, stop)];
            }
            catch (Exception e) when (e is MoleculeFormatException or ParameterizationException or ArgumentException
                or InvalidOperationException)
            {
                failed++;
                code = Math.Max(code, e is InvalidOperationException ? ExitCodes.CouldNotFinish : ExitCodes.BadInput);
                row = [number, entry.Name, entry.Input, "failed", null, null, null, null, null, null, null, Failure.OneLine(e.Message)];
            }
            catch (OperationCanceledException e)
            {
                row = [number, entry.Name, entry.Input, "stopped", null, null, null, null, null, null, null,
                    e is StoppedException ? e.Message : "stopped before its first frame; the same command goes on"];
            }
            rows.Add(row);
            progress.Finish((string?)row[3] == "failed");
            Write(folder, rows);
            if (!json && !quiet)
                Console.WriteLine(Line(row));
        }
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(rows.Select(r => s_columns.Zip(r).ToDictionary(p => p.First, p => p.Second)),
                JsonOutput.Options));
        else if (!quiet)
            Console.WriteLine($"{rows.Count} of {list.Count} molecules, {failed} failed: {TerminalText.Name(Path.Combine(folder, Table))}");
        return stop.IsCancellationRequested ? ExitCodes.Requeue : code;
    }

    /// <summary>A table that is there must be of this list, or of its beginning: another's would be lost.</summary>
    private static void ThrowIfOfAnother(string table, MoleculeList list)
    {
        if (!File.Exists(table))
            return;
        var beginnings = list.Entries().ToDictionary(e => e.Number.ToString(CultureInfo.InvariantCulture), e => CsvText.Row(e.Number,
            e.Entry.Name).TrimEnd('\n') + ",");
        foreach (string line in File.ReadLines(table).Skip(1))
            if (!beginnings.TryGetValue(line.Split(',')[0], out string? beginning) || !line.StartsWith(beginning, StringComparison.Ordinal))
                throw new ArgumentException(
                    $"'{table}' is the table of another list, with '{line.Split(',')[1]}': choose another --output");
    }

    /// <summary>One molecule's row from its SMILES on.</summary>
    private static object?[] One(MoleculeEntry entry, SolvationConfig config, double? target, string folder, int threads, bool overwrite,
        ProgressReporter reporter, CancellationToken limited, CancellationToken stop)
    {
        MoleculeRecord record = entry.Parse();
        using var molecule = record.Molecule ?? throw new MoleculeFormatException(record.Error!);
        SolvationConfig own = config with { Input = molecule.Molecule.Smiles };
        return Row(own, FinishedSolvation.Summary(own, target, entry.Name, folder, threads, overwrite, reporter, limited, stop));
    }

    private static object?[] Row(SolvationConfig config, JsonElement summary)
    {
        double Number(string part, string name) => summary.GetProperty(part).GetProperty(name).GetDouble();
        const string value = "kcalPerMol", error = "kcalPerMolError";
        return [config.Input, summary.GetProperty("status").GetString(), Number("solvation", value), Number("solvation", error),
            Number("charging", value), Number("charging", error), Number("lennardJones", value), Number("lennardJones", error),
            Number("toOneBar", value), summary.GetProperty("reason").GetString()];
    }

    private static void Write(string folder, IEnumerable<object?[]> rows)
    {
        using var file = new PendingFile(Path.Combine(folder, Table));
        using (var writer = new StreamWriter(file.Stream, leaveOpen: true))
        {
            writer.Write(CsvText.Row(s_columns));
            foreach (object?[] row in rows)
                writer.Write(CsvText.Row(row));
        }
        file.Keep();
    }

    private static string Line(object?[] row) => string.Create(CultureInfo.InvariantCulture, $"{row[0],5}  ") + TerminalText.Name((string)
        row[1]!) + ": " + (row[4] is double value ? string.Create(CultureInfo.InvariantCulture,
            $"{value:f2} +- {row[5]:f2} kcal/mol, {row[3]}") : $"{row[3]}: {row[11]}");

    /// <summary>"0012-benzoic_acid": what any file system takes.</summary>
    private static string FolderOf(int number, string name) => string.Create(CultureInfo.InvariantCulture, $"{number:d4}-")
        + new string([.. name.Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '+' ? c : '_')]);
}
