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
    ReadOnlyMemory<float> Positions);

/// <summary>
/// Ensembles as Parquet: columns molecule, sample, basin, log_weight, potential_energy, positions (list of float); provenance in the file's
/// metadata. pandas, polars and DuckDB read it. Row groups of about 16 MB, zstd.
/// </summary>
public static class EnsembleFile
{
    private const int RowGroupFloats = 4_000_000;

    private static readonly DataField s_molecule = new DataField<string>("molecule", false), s_sample = new DataField<int>("sample"),
        s_basin = new DataField<int>("basin"),
        s_logWeight = new DataField<double>("log_weight"), s_energy = new DataField<double>("potential_energy"),
            s_element = new DataField<float>("element");

    private static readonly ParquetSchema s_schema = new(s_molecule, s_sample, s_basin, s_logWeight, s_energy,
        new ListField("positions", s_element));

    /// <summary>Writes a file.</summary>
    public static async Task WriteAsync(Stream stream, IEnumerable<EnsembleRow> rows, Provenance provenance)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal };
        ParquetWriter writer = await ParquetWriter.CreateAsync(s_schema, stream, options).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = provenance.ToMetadata();
            var group = new List<EnsembleRow>();
            int floats = 0;
            foreach (EnsembleRow row in rows)
            {
                group.Add(row);
                floats += row.Positions.Length;
                if (floats < RowGroupFloats)
                    continue;
                await WriteGroup(writer, group).ConfigureAwait(false);
                group.Clear();
                floats = 0;
            }
            if (group.Count > 0)
                await WriteGroup(writer, group).ConfigureAwait(false);
        }
    }

    private static async Task WriteGroup(ParquetWriter writer, List<EnsembleRow> rows)
    {
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync(s_molecule, rows.Select(r => r.Molecule).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<int>(s_sample, rows.Select(r => r.Sample).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<int>(s_basin, rows.Select(r => r.Basin).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<double>(s_logWeight, rows.Select(r => r.LogWeight).ToArray()).ConfigureAwait(false);
        await group.WriteAsync<double>(s_energy, rows.Select(r => r.PotentialEnergy).ToArray()).ConfigureAwait(false);
        int total = rows.Sum(r => r.Positions.Length);
        float[] values = new float[total];
        int[] definitions = new int[total], repetitions = new int[total];
        Array.Fill(definitions, s_element.MaxDefinitionLevel);
        Array.Fill(repetitions, 1);
        int offset = 0;
        foreach (EnsembleRow row in rows)
        {
            row.Positions.Span.CopyTo(values.AsSpan(offset));
            repetitions[offset] = 0; // a new list begins
            offset += row.Positions.Length;
        }
        await group.WriteAllPartsAsync<float>(s_element, values, definitions, repetitions, default).ConfigureAwait(false);
        group.CompleteValidate();
    }

    /// <summary>Reads a file back, with its metadata.</summary>
    public static async Task<(IReadOnlyList<EnsembleRow> Rows, IReadOnlyDictionary<string, string> Metadata)> ReadAsync(Stream stream)
    {
        ParquetReader reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var rows = new List<EnsembleRow>();
            DataField element = reader.Schema.GetDataFields()[^1];
            for (int g = 0; g < reader.RowGroupCount; g++)
            {
                using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
                int count = (int)group.RowCount;
                string?[] molecule = new string?[count];
                int[] sample = new int[count], basin = new int[count];
                double[] logWeight = new double[count], energy = new double[count];
                await group.ReadAsync(s_molecule, molecule.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<int>(s_sample, sample.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<int>(s_basin, basin.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<double>(s_logWeight, logWeight.AsMemory()).ConfigureAwait(false);
                await group.ReadAsync<double>(s_energy, energy.AsMemory()).ConfigureAwait(false);
                int total = (int)group.GetMetadata(element)!.MetaData!.NumValues;
                float[] values = new float[total];
                int[] definitions = new int[total], repetitions = new int[total];
                await group.ReadRawAsync<float>(element, values.AsMemory(), definitions.AsMemory(),
                    repetitions.AsMemory()).ConfigureAwait(false);
                for (int row = 0, start = 0; row < count; row++)
                {
                    int end = start + 1;
                    while (end < total && repetitions[end] != 0)
                        end++;
                    rows.Add(new(molecule[row]!, sample[row], basin[row], logWeight[row], energy[row],
                        values.AsMemory(start, end - start)));
                    start = end;
                }
            }
            return (rows, reader.CustomMetadata);
        }
    }
}
