using System.Text.Json;
using MolSampling.Molecular.Conformers;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Reports;

/// <summary>report.html: one file that opens offline, with the 3D viewer inside where it was built in.</summary>
public static class HtmlReport
{
    /// <summary>Whether the 3D viewer was embedded when the program was built (npm was there).</summary>
    public static bool HasViewer => typeof(HtmlReport).Assembly.GetManifestResourceInfo("viewer.js") is not null;

    /// <summary>Writes the report of one or more molecules.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="results">Results with an SVG drawing each, or null.</param>
    /// <param name="provenance">What was run.</param>
    public static void Write(TextWriter writer, IEnumerable<(ConformerResult Result, string? Drawing)> results, Provenance provenance)
    {
        string data = JsonSerializer.Serialize(new
        {
            version = provenance.Version,
            seed = provenance.Seed,
            forceField = provenance.ForceField,
            temperatureK = provenance.Temperature,
            molecules = results.Select(r => Molecule(r.Result, r.Drawing)).ToArray(),
        }, ReportJson.Options);
        string viewer = (ReportTemplate.Resource("viewer.js") ?? "").Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
        ReportTemplate.Write(writer, "report.html", ("STYLE", ReportTemplate.Resource("report.css")!), ("DATA", data), ("VIEWER", viewer));
    }

    private static object Molecule(ConformerResult r, string? drawing) => new
    {
        name = r.Name,
        smiles = r.Molecule?.Smiles ?? r.InputSmiles,
        status = r.Status.ToString().ToLowerInvariant(),
        reason = r.Reason,
        notes = r.Notes,
        drawing = drawing is null ? null : drawing[Math.Max(0, drawing.IndexOf("<svg", StringComparison.Ordinal))..],
        elements = r.Molecule?.Atoms.Select(a => a.Symbol).ToArray() ?? [],
        bonds = r.Molecule?.Bonds.SelectMany(b => new[] { b.Begin, b.End, b.Order }).ToArray() ?? [],
        rotatableBonds = r.RotatableBonds,
        samples = r.Samples.Count,
        basins = r.Basins.Select(b => new
        {
            population = b.Population,
            error = b.PopulationError,
            freeEnergy = b.FreeEnergy,
            freeEnergyError = b.FreeEnergyError,
            energy = b.RepresentativeEnergy,
            state = b.State,
            positions = b.Representative.Select(x => Math.Round(x / Units.NanometrePerAngstrom, 4)).ToArray(),
        }).ToArray(),
        torsions = r.Torsions.Select(t => new { label = t.Label, density = t.Density, error = t.DensityError }).ToArray(),
        diagnostics = r.Diagnostics,
        wallSeconds = r.WallSeconds,
    };
}
