using System.IO.Compression;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Molecular.Formats;

/// <summary>One row of an ensemble file.</summary>
/// <param name="Molecule">Name.</param>
/// <param name="Sample">Number within the molecule.</param>
/// <param name="Basin">Index, 0 for the most populated; -1 if not listed.</param>
/// <param name="LogWeight">Normalised within the molecule.</param>
/// <param name="PotentialEnergy">kJ/mol.</param>
/// <param name="Positions">[N * 3] nm.</param>
public sealed record EnsembleRow(string Molecule, int Sample, int Basin, double LogWeight, double PotentialEnergy,
    ReadOnlyMemory<float> Positions)
{
    /// <summary>Values of properties, in the order of the file's columns; null where the molecule does not have one.</summary>
    public IReadOnlyList<double?> Values { get; init; } = [];
}

/// <summary>A column of an ensemble file beyond those that all have.</summary>
/// <param name="Name">As it was asked for: "distance:1-5".</param>
/// <param name="Unit">Of its values; empty for none.</param>
public sealed record EnsembleColumn(string Name, string Unit);

/// <summary>
/// Ensembles as Parquet: columns molecule, sample, basin, log_weight, potential_energy, one for each property (double, may be null),
/// positions (list of float); provenance and units in the file's metadata. pandas, polars and DuckDB read it. Row groups of about 16 MB,
/// zstd.
/// </summary>
public static class EnsembleFile
{
    private const int RowGroupFloats = 4_000_000;

    private static readonly string[] s_first = ["molecule", "sample", "basin", "log_weight", "potential_energy"];

    /// <summary>Fields of a schema of their own: a field knows the schema that it stands in.</summary>
    private static DataField[] Fields(IEnumerable<EnsembleColumn> columns) =>
    [
        new DataField<string>(s_first[0], false), new DataField<int>(s_first[1]), new DataField<int>(s_first[2]),
        new DataField<double>(s_first[3]), new DataField<double>(s_first[4]), .. columns.Select(c => new DataField<double?>(c.Name)),
        new DataField<float>("element"),
    ];

    /// <summary>Names of the columns of a file, in their order.</summary>
    /// <param name="columns">Those of properties.</param>
    public static IReadOnlyList<string> ColumnNames(IEnumerable<EnsembleColumn> columns) =>
        [.. s_first, .. columns.Select(c => c.Name), "positions"];

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="rows">Each with a value for every column.</param>
    /// <param name="provenance">Where they come from.</param>
    /// <param name="columns">Of properties, no two of one name; null for none.</param>
    public static async Task WriteAsync(Stream stream, IEnumerable<EnsembleRow> rows, Provenance provenance,
        IReadOnlyList<EnsembleColumn>? columns = null)
    {
        columns ??= [];
        DataField[] fields = Fields(columns);
        var schema = new ParquetSchema([.. fields[..^1], new ListField("positions", fields[^1])]);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal };
        ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, options).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = provenance.ToMetadata(columns);
            var group = new List<EnsembleRow>();
            int floats = 0;
            foreach (EnsembleRow row in rows)
            {
                group.Add(row);
                floats += row.Positions.Length;
                if (floats < RowGroupFloats)
                    continue;
                await WriteGroup(writer, group, fields).ConfigureAwait(false);
                group.Clear();
                floats = 0;
            }
            if (group.Count > 0)
                await WriteGroup(writer, group, fields).ConfigureAwait(false);
        }
    }

    private static async Task WriteGroup(ParquetWriter writer, List<EnsembleRow> rows, DataField[] fields)
    {
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync(fields[0], rows.Select(r => r.Molecule).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<int>(fields[1], rows.Select(r => r.Sample).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<int>(fields[2], rows.Select(r => r.Basin).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<double>(fields[3], rows.Select(r => r.LogWeight).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<double>(fields[4], rows.Select(r => r.PotentialEnergy).ToArray()).ConfigureAwait(false);
        for (int f = s_first.Length; f < fields.Length - 1; f++)
            await group.WriteAsync<double>(fields[f], rows.Select(r => r.Values[f - s_first.Length]).ToArray()).ConfigureAwait(false);
        int total = rows.Sum(r => r.Positions.Length);
        float[] values = new float[total];
        int[] definitions = new int[total], repetitions = new int[total];
        Array.Fill(definitions, fields[^1].MaxDefinitionLevel);
        Array.Fill(repetitions, 1);
        int offset = 0;
        foreach (EnsembleRow row in rows)
        {
            row.Positions.Span.CopyTo(values.AsSpan(offset));
            repetitions[offset] = 0; // a new list begins
            offset += row.Positions.Length;
        }
        await group.WriteAllPartsAsync<float>(fields[^1], values, definitions, repetitions, default).ConfigureAwait(false);
        group.CompleteValidate();
    }

    /// <summary>The columns of properties of a file.</summary>
    public static async Task<IReadOnlyList<EnsembleColumn>> ReadColumnsAsync(Stream stream)
    {
        ParquetReader reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
            return [.. Properties(reader).Select(f => new EnsembleColumn(f.Name, Provenance.UnitOf(reader.CustomMetadata, f.Name)))];
    }

    private static DataField[] Properties(ParquetReader reader) => reader.Schema.GetDataFields()[s_first.Length..^1];

    /// <summary>Reads a file back, with its metadata.</summary>
    public static async Task<(IReadOnlyList<EnsembleRow> Rows, IReadOnlyDictionary<string, string> Metadata)> ReadAsync(Stream stream)
    {
        ParquetReader reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var rows = new List<EnsembleRow>();
            DataField[] fields = reader.Schema.GetDataFields(), properties = Properties(reader);
            for (int g = 0; g < reader.RowGroupCount; g++)
            {
                using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
                int count = (int)group.RowCount;
                string?[] molecule = new string?[count];
                int[] sample = new int[count], basin = new int[count];
                double[] logWeight = new double[count], energy = new double[count];
                await group.ReadAsync(fields[0], molecule.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<int>(fields[1], sample.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<int>(fields[2], basin.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<double>(fields[3], logWeight.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<double>(fields[4], energy.AsMemory()).ConfigureAwait(false);
                double?[][] columns = [.. properties.Select(_ => new double?[count])];
                for (int p = 0; p < columns.Length; p++)
                    await group.ReadAsync<double>(properties[p], columns[p].AsMemory()).ConfigureAwait(false);
                int total = (int)group.GetMetadata(fields[^1])!.MetaData!.NumValues;
                float[] values = new float[total];
                int[] definitions = new int[total], repetitions = new int[total];
                await group.ReadRawAsync<float>(fields[^1], values.AsMemory(), definitions.AsMemory(),
                    repetitions.AsMemory()).ConfigureAwait(false);
                for (int row = 0, start = 0; row < count; row++)
                {
                    int end = start + 1;
                    while (end < total && repetitions[end] != 0)
                        end++;
                    rows.Add(new(molecule[row]!, sample[row], basin[row], logWeight[row], energy[row], values.AsMemory(start, end - start))
                    {
                        Values = [.. columns.Select(c => c[row])],
                    });
                    start = end;
                }
            }
            return (rows, reader.CustomMetadata);
        }
    }
}
