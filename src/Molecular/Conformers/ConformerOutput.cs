using System.Globalization;
using System.Text;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;
using MolSampling.Molecular.Reports;

namespace MolSampling.Molecular.Conformers;

/// <summary>What was written.</summary>
/// <param name="Names">File names inside the folder.</param>
/// <param name="SummaryJson">The text of summary.json.</param>
public sealed record OutputFiles(IReadOnlyList<string> Names, string SummaryJson);

/// <summary>
/// The folder that a conformer run leaves behind: ensemble.parquet, conformers.sdf, report.html, summary.json. Files appear only when all are whole.
/// </summary>
public sealed class ConformerOutput
{
    private readonly string _folder;
    private readonly Provenance _provenance;
    private readonly List<(ConformerResult Result, string? Drawing)> _results = [];

    /// <summary>Makes sure that the folder can be written, before any work is done.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    public ConformerOutput(string folder, ConformerOptions options)
    {
        _folder = folder;
        _provenance = new(Provenance.CurrentVersion, options.Seed, options.ForceFieldName, options.Temperature);
        try
        {
            Directory.CreateDirectory(folder);
            using var probe = new PendingFile(Path.Combine(folder, "summary.json"));
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the output folder '{folder}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Takes one molecule's result.</summary>
    /// <param name="result">Finished, partial or failed.</param>
    /// <param name="molecule">For the drawing; null if it could not be read.</param>
    public void Add(ConformerResult result, RDKitMolecule? molecule) => _results.Add((result, molecule?.DrawSvg()));

    /// <summary>Writes everything; nothing if no molecule gave an ensemble.</summary>
    /// <exception cref="IOException">A disk that is full, for example; nothing half-written stays.</exception>
    public OutputFiles Complete()
    {
        var names = new Dictionary<string, string> { ["ensemble"] = "ensemble.parquet", ["conformers"] = "conformers.sdf", ["report"] = "report.html", ["summary"] = "summary.json" };
        ConformerResult[] results = [.. _results.Select(r => r.Result)];
        if (results.All(r => r.Status == ConformerStatus.Failed))
            return new([], SummaryJson.Write(results, _provenance, new Dictionary<string, string>())); // earlier results in the folder stay
        string summary = SummaryJson.Write(results, _provenance, names);
        try
        {
            using var ensemble = new PendingFile(Path.Combine(_folder, names["ensemble"]));
            using var conformers = new PendingFile(Path.Combine(_folder, names["conformers"]));
            using var report = new PendingFile(Path.Combine(_folder, names["report"]));
            using var json = new PendingFile(Path.Combine(_folder, names["summary"]));
            EnsembleFile.WriteAsync(ensemble.Stream, Rows(results), _provenance).GetAwaiter().GetResult();
            WriteText(conformers, writer => WriteConformers(writer, results));
            WriteText(report, writer => HtmlReport.Write(writer, _results, _provenance));
            WriteText(json, writer => writer.Write(summary + "\n"));
            foreach (PendingFile file in new[] { ensemble, conformers, report, json })
                file.Keep();
        }
        catch (Exception e) when (PendingFile.IsWriteFailure(e))
        {
            throw new IOException($"the results could not be written to '{_folder}': {e.Message}", e);
        }
        return new([.. names.Values], summary);
    }

    private static IEnumerable<EnsembleRow> Rows(IEnumerable<ConformerResult> results)
    {
        foreach (ConformerResult r in results)
        {
            int size = 3 * r.Samples.AtomCount;
            for (int s = 0; s < r.Samples.Count; s++)
                yield return new(r.Name, s, r.Samples.Basins[s], r.Samples.LogWeights[s], r.Samples.Energies[s], r.Samples.Positions.AsMemory(s * size, size));
        }
    }

    private static void WriteConformers(TextWriter writer, IEnumerable<ConformerResult> results)
    {
        static string Text(double value) => value.ToString("g8", CultureInfo.InvariantCulture);
        foreach (ConformerResult r in results)
        {
            for (int b = 0; b < r.Basins.Count; b++)
            {
                Basin basin = r.Basins[b];
                SdfWriter.Write(writer, r.Molecule!, basin.Representative,
                [
                    ("basin", b.ToString(CultureInfo.InvariantCulture)), ("population", Text(basin.Population)), ("population_standard_error", Text(basin.PopulationError)),
                    ("free_energy_kJ_per_mol", Text(basin.FreeEnergy)), ("free_energy_standard_error_kJ_per_mol", Text(basin.FreeEnergyError)),
                    ("energy_kJ_per_mol", Text(basin.RepresentativeEnergy)), ("torsion_state", basin.State), ("status", r.Status.ToString().ToLowerInvariant()),
                ]);
            }
        }
    }

    private static void WriteText(PendingFile file, Action<TextWriter> write)
    {
        using var writer = new StreamWriter(file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    }
}
