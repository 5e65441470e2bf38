using System.Text.Json;
using MolSampling.Molecular.Conformers;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Reports;

/// <summary>report.html: one file that opens offline, with the 3D viewer inside where it was built in.</summary>
public static class HtmlReport
{
    private const int MostMolecules = 200; // some 100 kB each: a browser must open it

    /// <summary>Whether the 3D viewer was embedded when the program was built (npm was there).</summary>
    public static bool HasViewer => typeof(HtmlReport).Assembly.GetManifestResourceInfo("viewer.js") is not null;

    /// <summary>Writes the report of one or more molecules, of a longer list the first ones.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="molecules">Each from <see cref="MoleculeJson"/>.</param>
    /// <param name="entries">In the whole list.</param>
    /// <param name="provenance">What was run.</param>
    public static void Write(TextWriter writer, IEnumerable<string> molecules, int entries, Provenance provenance)
    {
        string run = JsonSerializer.Serialize(new
        {
            version = provenance.Version,
            seed = provenance.Seed,
            forceField = provenance.ForceField,
            temperatureK = provenance.Temperature,
            entries,
        }, ReportJson.Options);
        string data = $"{run[..^1]},\"molecules\":[{string.Join(',', molecules.Take(MostMolecules))}]}}";
        string viewer = (ReportTemplate.Resource("viewer.js") ?? "").Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
        ReportTemplate.Write(writer, "report.html", ("STYLE", ReportTemplate.Resource("report.css")!), ("DATA", data), ("VIEWER", viewer));
    }

    /// <summary>One molecule's object.</summary>
    /// <param name="result">Finished, partial or failed.</param>
    /// <param name="drawing">SVG, or null.</param>
    public static string MoleculeJson(ConformerResult result, string? drawing) => JsonSerializer.Serialize(Molecule(result, drawing), ReportJson.Options);

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
        maps = r.Maps.Select(m => new { first = m.First, second = m.Second, information = m.MutualInformation, density = m.Density.Select(v => Math.Round(v, 6)).ToArray() }).ToArray(),
        method = r.Method,
        diagnostics = r.Diagnostics,
        wallSeconds = r.WallSeconds,
    };
}
