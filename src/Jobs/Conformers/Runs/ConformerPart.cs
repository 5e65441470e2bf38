using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ICSharpCode.SharpZipLib.Checksum;
using MolSampling.Jobs.Reports;
using MolSampling.Molecular;
using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Conformers.Runs;

/// <summary>
/// What one molecule leaves until all are done: a zip file with its rows (Parquet), its pieces of the text files (SDF and others), its
/// objects for the summary and the report, and how it ended. It appears by rename: a part that is there is whole.
/// </summary>
internal sealed class ConformerPart : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);
    private static readonly UTF8Encoding s_text = new(false);

    private readonly ZipArchive _archive;

    private ConformerPart(ZipArchive archive) => _archive = archive;

    /// <summary>Writes one.</summary>
    /// <exception cref="IOException">A full disk, for example.</exception>
    public static void Write(string path, MoleculeOutcome outcome, ConformerResult result, ConformerTexts? texts,
        RDKitMolecule? molecule, Provenance provenance)
    {
        using var file = new PendingFile(path);
        using (var archive = new ZipArchive(file.Stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "outcome.json", s_text.GetBytes(JsonSerializer.Serialize(outcome, s_json)));
            Add(archive, "summary.json", s_text.GetBytes(SummaryJson.Molecule(result).ToJsonString()));
            Add(archive, "report.json", s_text.GetBytes(HtmlReport.MoleculeJson(result, molecule)));
            if (result.Status != ConformerStatus.Failed)
            {
                foreach ((string name, string text) in texts!.Files)
                    Add(archive, name, s_text.GetBytes(text));
                using var rows = new MemoryStream();
                EnsembleFile.WriteAsync(rows, Rows(result), provenance, [.. result.Samples.Columns.Select(c => new EnsembleColumn(c.Name,
                    c.Unit))]).GetAwaiter().GetResult();
                Add(archive, "ensemble.parquet", rows.ToArray());
            }
        }
        file.Keep();
    }

    /// <summary>Opens one.</summary>
    /// <exception cref="InvalidDataException">It was damaged after it was written.</exception>
    public static ConformerPart Open(string path)
    {
        try
        {
            return new(ZipFile.OpenRead(path));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is damaged: give the same command again, it samples this molecule anew", e);
        }
    }

    /// <summary>Whether a part has the bytes that were written, by the checksums of its archive, and says what a part says.</summary>
    public static bool IsWhole(string path)
    {
        try
        {
            using ConformerPart part = Open(path);
            foreach (ZipArchiveEntry entry in part._archive.Entries)
            {
                var sum = new Crc32(); // .NET does not look at it
                sum.Update(part.Bytes(entry.FullName));
                if (sum.Value != entry.Crc32)
                    return false;
            }
            MoleculeOutcome outcome = part.Outcome();
            part.Summary();
            JsonDocument.Parse(part.ReportJson()).Dispose();
            part.Rows();
            return outcome is { Name: not null, Number: > 0 } && Enum.IsDefined(outcome.Status);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or NullReferenceException or InvalidOperationException or NotSupportedException or IOException
            or ArgumentException or FormatException or OverflowException)
        {
            return false; // whatever a damaged Parquet file makes its reader throw
        }
    }

    /// <summary>How the molecule ended.</summary>
    public MoleculeOutcome Outcome() => JsonSerializer.Deserialize<MoleculeOutcome>(Bytes("outcome.json"), s_json)!;

    /// <summary>Its object for summary.json.</summary>
    public JsonNode Summary() => JsonNode.Parse(Bytes("summary.json"))!;

    /// <summary>Its object for the report.</summary>
    public string ReportJson() => s_text.GetString(Bytes("report.json"));

    /// <summary>Its piece of a text file; empty for a failure.</summary>
    public string Text(string file) => s_text.GetString(Bytes(file));

    /// <summary>Its samples; empty for a failure.</summary>
    /// <param name="columns">Of which they give values; null for the molecule's own.</param>
    public IEnumerable<EnsembleRow> Rows(IReadOnlyList<EnsembleColumn>? columns = null)
    {
        byte[] bytes = Bytes("ensemble.parquet");
        if (bytes.Length == 0)
            return [];
        IReadOnlyList<EnsembleRow> rows = EnsembleFile.ReadAsync(new MemoryStream(bytes)).GetAwaiter().GetResult().Rows;
        if (columns is null)
            return rows;
        string[] own = [.. Columns().Select(c => c.Name)];
        int[] places = [.. columns.Select(c => Array.IndexOf(own, c.Name))];
        return rows.Select(r => r with { Values = [.. places.Select(p => p < 0 ? null : r.Values[p])] });
    }

    /// <summary>The columns of its samples' properties; empty for a failure.</summary>
    public IReadOnlyList<EnsembleColumn> Columns()
    {
        byte[] bytes = Bytes("ensemble.parquet");
        return bytes.Length == 0 ? [] : EnsembleFile.ReadColumnsAsync(new MemoryStream(bytes)).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();

    private byte[] Bytes(string name)
    {
        using var memory = new MemoryStream();
        using Stream? stream = _archive.GetEntry(name)?.Open();
        stream?.CopyTo(memory);
        return memory.ToArray();
    }

    private static void Add(ZipArchive archive, string name, byte[] bytes)
    {
        using Stream stream = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
        stream.Write(bytes);
    }

    private static IEnumerable<EnsembleRow> Rows(ConformerResult r)
    {
        int size = 3 * r.Samples.AtomCount;
        for (int s = 0; s < r.Samples.Count; s++)
            yield return new(r.Name, s, r.Samples.Basins[s], r.Samples.LogWeights[s], r.Samples.Energies[s],
                r.Samples.Positions.AsMemory(s * size, size)) { Values = [.. r.Samples.Columns.Select(c => (double?)c.Values[s])] };
    }
}
