using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Runs;

namespace MolSampling.Tests.Molecular;

/// <summary>The report of conformers: a page whose data are true, whole and inert, for one molecule and for five thousand.</summary>
public sealed partial class ConformerReportTests
{
    private const string Hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
    private static readonly Provenance s_run = new("1.0", ulong.MaxValue, "MMFF94s", 300);

    [Fact]
    public void States_in_words_name_the_torsions_of_the_conformers_that_are_drawn()
    {
        // the phenyl ring and the isopropyl group have images: without renumbering some states belonged to other atoms than those drawn
        using var molecule = RDKitMolecule.FromSmiles("CC(C)Cc1ccc(cc1)CCO");
        ConformerResult result = new ConformerSampler(new ConformerOptions { Method = ConformerMethod.Etkdg, Samples = 300,
            Seed = 3 }).Run(molecule,
            "CC(C)Cc1ccc(cc1)CCO");
        int[] lettered = [.. Enumerable.Range(0, result.Coordinates.Count).Where(c => result.Coordinates[c].Letters.Count > 1)];
        Assert.NotEmpty(lettered);
        int agree = 0;
        foreach (Basin basin in result.Basins)
        {
            string[] words = basin.State.Split(' ');
            Assert.Equal(lettered.Length, words.Length);
            bool isNamed = lettered.Zip(words).All(p =>
            {
                TorsionCoordinate t = result.Coordinates[p.First].Torsion;
                double degrees = t.Angle(basin.Representative) / t.Fold * 180 / Math.PI;
                return result.Coordinates[p.First].Letters.MinBy(l =>
                    Math.Abs(Math.IEEERemainder(l.Angle - degrees, 360.0 / t.Fold)))!.Word == p.Second;
            });
            agree += isNamed ? 1 : 0;
        }
        Assert.InRange(agree, 0.8 * result.Basins.Count, result.Basins.Count); // a minimisation may leave its state, rarely
        // and the document has one angle for each torsion and conformer, with the drawing's place for each of their atoms
        using JsonDocument json = JsonDocument.Parse(HtmlReport.MoleculeJson(result, molecule));
        JsonElement root = json.RootElement;
        int[] drawn = [.. root.GetProperty("drawing").GetProperty("atoms").EnumerateArray().Select(a => a.GetInt32())];
        Assert.Equal(2 * drawn.Length, root.GetProperty("drawing").GetProperty("positions").GetArrayLength());
        foreach (JsonElement coordinate in root.GetProperty("coordinates").EnumerateArray())
            Assert.All(coordinate.GetProperty("atoms").EnumerateArray(), a => Assert.Contains(a.GetInt32(), drawn));
        foreach (JsonElement basin in root.GetProperty("basins").EnumerateArray())
            Assert.Equal(root.GetProperty("coordinates").GetArrayLength(), basin.GetProperty("angles").GetArrayLength());
        Assert.Equal(root.GetProperty("maps").GetArrayLength() > 0, result.Maps.Count > 0);
    }

    [Fact]
    public void Drawings_bear_numbers_and_no_text_of_strangers()
    {
        using var labelled = RDKitMolecule.FromSmiles("CC(=O)O |$<script>alert(1)</script>;stranger;;$|");
        MoleculeDrawing drawing = labelled.Draw([7]);
        Assert.DoesNotContain("script", drawing.Svg, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("stranger", drawing.Svg, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2, 3, 7], drawing.Atoms);
        Assert.All(drawing.Positions, p => Assert.InRange(p, 0, drawing.Width));
        Assert.Equal("<svg><g><path d=\"M0 0\" />kept</g></svg>",
            MoleculeDrawing.Harmless("<svg onload=\"x()\"><script>1</script><g onclick=\"y()\"><path d=\"M0 0\"/><a href=\"javascript:z()\">gone</a>kept</g></svg>"));
    }

    [Fact]
    public void Names_from_files_are_inert_in_the_page()
    {
        string single = Page(1, (Hostile, ConformerStatus.Failed)), list = Page(3, (Hostile, ConformerStatus.Failed),
            ("fine", ConformerStatus.Failed));
        foreach (string page in new[] { single, list })
        {
            Assert.DoesNotContain("alert(1)</script>", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
            Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
            Assert.DoesNotMatch("(src|href)=[\"']https?://", page);
        }
        JsonNode data = JsonNode.Parse(DataScript().Match(single).Groups[1].Value)!;
        Assert.Equal(Hostile, (string?)data["molecules"]![0]!["name"]);
        Assert.Equal("18446744073709551615", (string?)data["seed"]);
        Assert.Equal(Hostile, (string?)JsonNode.Parse(DataScript().Match(list).Groups[1].Value)!["rows"]![0]![2]);
        Assert.Equal(Hostile, (string?)JsonNode.Parse(Detail(list, 0))!["name"]);
    }

    [Fact]
    public void A_list_of_five_thousand_has_all_rows_and_all_details_in_a_file_that_a_browser_opens()
    {
        string page = Page(5000,
            [.. Enumerable.Range(0, 5000).Select(n => ($"molecule {n}", n % 7 == 0 ? ConformerStatus.Failed : ConformerStatus.Partial))]);
        JsonArray rows = JsonNode.Parse(DataScript().Match(page).Groups[1].Value)!["rows"]!.AsArray();
        Assert.Equal(5000, rows.Count);
        Assert.Equal("molecule 4321", (string?)rows[4321]![2]);
        Assert.Equal("failed", (string?)rows[4900]![4]);
        Assert.Equal("molecule 4999", (string?)JsonNode.Parse(Detail(page, 4999))!["name"]);
        // the table is there before the details are read
        Assert.True(page.IndexOf("id=\"m0\"", StringComparison.Ordinal) > page.LastIndexOf("begin();", StringComparison.Ordinal));
        Assert.InRange(page.Length, 0, 5_000_000);
    }

    [Fact]
    public void A_list_gives_coordinates_of_all_conformers_if_short_and_of_the_first_if_long()
    {
        string molecule = new JsonObject { ["basins"] =
            new JsonArray([.. Enumerable.Range(0, 30).Select(_ => new JsonObject { ["positions"] = new JsonArray(0.5) })]) }.ToJsonString();
        int With(int entries) =>
            JsonNode.Parse(Detail(PageOf(entries, Enumerable.Repeat(new JsonArray(1), entries), Enumerable.Repeat(molecule, entries)),
            0))!["basins"]!.AsArray().Count(b => b!["positions"] is not null);
        Assert.Equal(30, With(2));
        Assert.Equal(20, With(200));
    }

    private static string Page(int entries, params (string Name, ConformerStatus Status)[] molecules)
    {
        ConformerResult[] results = [.. molecules.Select(m => new ConformerResult { Name = m.Name, InputSmiles = m.Name, Status = m.Status,
            Reason = $"because of {m.Name}", Notes = [m.Name] })];
        return PageOf(entries, results.Select((r, n) => HtmlReport.Row(new(n + 1, n + 1, r.Name, r.Status, r.Reason, true),
            SummaryJson.Molecule(r))), results.Select(r => HtmlReport.MoleculeJson(r, null)));
    }

    private static string PageOf(int entries, IEnumerable<JsonArray> rows, IEnumerable<string> molecules)
    {
        using var page = new StringWriter();
        HtmlReport.Write(page, rows, molecules, entries, s_run);
        return page.ToString();
    }

    private static string Detail(string page, int place)
    {
        string mark = $"id=\"m{place}\">";
        int from = page.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(page[from..page.IndexOf('<', from)])), CompressionMode.Decompress);
        return new StreamReader(zlib).ReadToEnd();
    }

    [GeneratedRegex("<script id=\"data\" type=\"application/json\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex DataScript();
}
