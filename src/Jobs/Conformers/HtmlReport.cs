using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Jobs.Reports;
using MolSampling.Jobs.Running;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Jobs.Conformers;

/// <summary>
/// report.html: one file that opens offline, with the 3D viewer inside where it was built in. One molecule stands in it as JSON. A list has
/// a row for each molecule, which a browser shows at once, and the rest of each compressed at the end of the file, which it opens when the
/// molecule is looked at.
/// </summary>
public static class HtmlReport
{
    private static readonly TimeSpan s_longestDrawing = TimeSpan.FromSeconds(5);

    // for lists: a browser opens a file of this size in seconds
    private const int MostDetailBytes = 96 << 20, ShortList = 100, ConformersInLongLists = 20;

    /// <summary>Whether the 3D viewer was embedded when the program was built (npm was there).</summary>
    public static bool HasViewer => typeof(HtmlReport).Assembly.GetManifestResourceInfo("viewer.js") is not null;

    /// <summary>Writes the report of one or more molecules.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="rows">Each from <see cref="Row"/>.</param>
    /// <param name="molecules">As many, each from <see cref="MoleculeJson"/>; read one after the other.</param>
    /// <param name="entries">In the whole list.</param>
    /// <param name="provenance">What was run.</param>
    /// <param name="energyUnit">That energies are in when the page opens: kJ/mol or kcal/mol.</param>
    public static void Write(TextWriter writer, IEnumerable<JsonArray> rows, IEnumerable<string> molecules, int entries,
        Provenance provenance, string energyUnit = EnergyUnit.Usual)
    {
        JsonArray[] listed = [.. rows];
        bool isList = entries > 1;
        string run = JsonSerializer.Serialize(new
        {
            version = provenance.Version,
            seed = provenance.Seed.ToString(CultureInfo.InvariantCulture), // 64 bits: a number of JSON holds 53
            forceField = provenance.ForceField,
            temperatureK = provenance.Temperature,
            entries,
            energyUnit,
            rows = isList ? listed : null,
        }, ReportJson.Options);
        string data = isList ? run : $"{run[..^1]},\"molecules\":[{string.Join(',', molecules)}]}}";
        string viewer = (ReportTemplate.Resource("viewer.js") ?? "").Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
        string page = ReportTemplate.Resource("moleculelist.js")! + ReportTemplate.Resource("molecule.js")
            + ReportTemplate.Resource("conformers.js");
        ReportTemplate.Write(writer, "report.html", ("STYLE", ReportTemplate.Style), ("DATA", data), ("SHARED", ReportTemplate.Scripts),
            ("PAGE", page), ("VIEWER", viewer));
        if (!isList)
            return;
        int place = 0, left = MostDetailBytes;
        foreach (string molecule in molecules)
        {
            string detail = Compressed(listed.Length > ShortList ? Shortened(molecule) : molecule);
            if ((left -= detail.Length) < 0)
                return; // the page says that these are in summary.json alone
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"<script type=\"text/plain\" id=\"m{place++}\">{detail}</script>\n"));
        }
    }

    /// <summary>A molecule's row in the list: [number, line, name, SMILES, status, reason, atoms, rotatable bonds, conformers, largest
    /// population, ESS, seconds]; null where there is nothing.</summary>
    /// <param name="outcome">How it ended.</param>
    /// <param name="summary">Its object in summary.json.</param>
    public static JsonArray Row(MoleculeOutcome outcome, JsonNode summary)
    {
        JsonArray basins = summary["basins"]!.AsArray();
        JsonNode? Copy(JsonNode? node) => node?.DeepClone();
        return
        [
            outcome.Number, outcome.Line == 0 ? null : outcome.Line, outcome.Name, Copy(summary["smiles"]), Copy(summary["status"]),
                outcome.Reason, Copy(summary["atoms"]), Copy(summary["rotatableBonds"]),
            basins.Count, basins.Count == 0 ? null : Copy(basins[0]!["population"]), Copy(summary["diagnostics"]?["effectiveSampleSize"]),
                Copy(summary["wallSeconds"]),
        ];
    }

    /// <summary>One molecule's object.</summary>
    /// <param name="result">Finished, partial or failed.</param>
    /// <param name="molecule">For the drawing, or null.</param>
    public static string MoleculeJson(ConformerResult result, RDKitMolecule? molecule) =>
        JsonSerializer.Serialize(Molecule(result, molecule), ReportJson.Options);

    /// <summary>RDKit's drawing does not look at the clock; a report without one is better than none.</summary>
    private static MoleculeDrawing? Drawing(RDKitMolecule? molecule, int[] hydrogens) =>
        molecule is not null && HardLimit.TryRun(() => molecule.Draw(hydrogens), s_longestDrawing, out MoleculeDrawing? drawing) ? drawing
            : null;

    private static object Molecule(ConformerResult r, RDKitMolecule? molecule)
    {
        // rotors always, rings and nitrogens where they are seen to move
        (StateCoordinate State, int? Profile)[] coordinates =
            [.. r.Coordinates.Select((c, n) => (c, n < r.Torsions.Count ? n : (int?)null)).Where(c => c.Item2 is not null
            || c.c.Letters.Count > 1)];
        int[] hydrogens = [.. coordinates.SelectMany(c => Atoms(c.State.Torsion)).Distinct().Where(a =>
            r.Molecule!.Atoms[a].AtomicNumber == 1)];
        double kT = r.Diagnostics is { } d ? Units.GasConstant * d.Temperatures[0] : double.NaN;
        return new
        {
            name = r.Name,
            smiles = r.Molecule?.Smiles ?? r.InputSmiles,
            status = r.Status.ToString().ToLowerInvariant(),
            reason = r.Reason,
            notes = r.Notes,
            drawing = Drawing(molecule, hydrogens) is { } drawn ? new { drawn.Svg, drawn.Width, drawn.Height, drawn.Atoms,
                positions = drawn.Positions.Select(p => Math.Round(p, 1)) } : null,
            elements = r.Molecule?.Atoms.Select(a => a.Symbol).ToArray() ?? [],
            bonds = r.Molecule?.Bonds.SelectMany(b => new[] { b.Begin, b.End, b.Order }).ToArray() ?? [],
            rotatableBonds = r.RotatableBonds,
            samples = r.Samples.Count,
            averages = r.Averages.Select(a => new { a.Name, a.Unit, a.Value, a.Error }),
            coordinates = coordinates.Select(c => new
            {
                kind = c.State.Torsion.Kind.ToString().ToLowerInvariant(),
                label = c.Profile is { } p ? r.Torsions[p].Label
                    : string.Join('-', Atoms(c.State.Torsion).Select(a => $"{r.Molecule!.Atoms[a].Symbol}{a + 1}")),
                atoms = Atoms(c.State.Torsion),
                fold = c.State.Torsion.Fold,
                states = c.State.Letters.Select(l => new { l.Word, angle = Math.Round(l.Angle) }),
                density = c.Profile is { } q ? r.Torsions[q].Density.Select(v => Math.Round(v, 6)) : null,
                error = c.Profile is { } e ? r.Torsions[e].DensityError.Select(v => Math.Round(v, 6)) : null,
            }),
            basins = r.Basins.Select(b => new
            {
                population = b.Population,
                error = b.PopulationError,
                below = b.Below,
                model = b.ModelError,
                freeEnergy = b.FreeEnergy,
                freeEnergyError = b.FreeEnergyError,
                energy = b.RepresentativeEnergy,
                state = b.State,
                angles = coordinates.Select(c => Math.Round(c.State.Torsion.Angle(b.Representative) / c.State.Torsion.Fold * 180 / Math.PI,
                    1)),
                positions = b.Representative.Select(x => Math.Round(x / Units.NanometrePerAngstrom, 3)),
            }),
            maps = r.Maps.Select(m => new { m.First, m.Second, information = m.MutualInformation, freeEnergiesKjPerMol =
                FreeEnergies(m.Density, kT) }),
            method = r.Method,
            diagnostics = r.Diagnostics,
            wallSeconds = r.WallSeconds,
        };
    }

    private static int[] Atoms(TorsionCoordinate c) => [c.I, c.J, c.K, c.L];

    /// <summary>-RT ln p, lowest cell 0, the first torsion running fastest; NaN where no sample fell.</summary>
    private static IEnumerable<double> FreeEnergies(double[] density, double kT)
    {
        int bins = (int)Math.Round(Math.Sqrt(density.Length));
        double top = density.Max();
        return Enumerable.Range(0, density.Length).Select(k => density[k % bins * bins + k / bins]).Select(p =>
            p > 0 ? Math.Round(-kT * Math.Log(p / top), 2) : double.NaN);
    }

    /// <summary>Without coordinates but of the most populated conformers: conformers.sdf has them all.</summary>
    private static string Shortened(string molecule)
    {
        JsonNode node = JsonNode.Parse(molecule)!;
        foreach (JsonNode? basin in node["basins"]!.AsArray().Skip(ConformersInLongLists))
            basin!["positions"] = null;
        return node.ToJsonString(ReportJson.Options);
    }

    private static string Compressed(string text)
    {
        using var memory = new MemoryStream();
        using (var zlib = new ZLibStream(memory, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(Encoding.UTF8.GetBytes(text));
        return Convert.ToBase64String(memory.GetBuffer(), 0, (int)memory.Length);
    }
}
