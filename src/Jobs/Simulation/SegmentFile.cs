using MolSampling.Molecular;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Jobs.Simulation;

/// <summary>One replica in one frame.</summary>
/// <param name="Step">Integration steps done.</param>
/// <param name="TimePicoseconds">ps.</param>
/// <param name="Replica">Number; follows a continuous trajectory.</param>
/// <param name="Rung">Of the ladder; 0 without one.</param>
/// <param name="Temperature">The bath's, K.</param>
/// <param name="PotentialEnergy">U of the target, unscaled whatever the rung, kJ/mol.</param>
/// <param name="KineticEnergy">kJ/mol.</param>
/// <param name="Positions">[3N] nm.</param>
/// <param name="ScaledEnergy">U_1, the unscaled energy of the terms that a Hamiltonian ladder scales, kJ/mol; 0 without one. Rung k sampled
/// U - (1 - lambda_k) U_1.</param>
/// <param name="Volume">Of the replica's box at constant pressure, a cube, nm^3; 0 at constant volume.</param>
/// <param name="Density">g/cm^3; 0 likewise.</param>
internal sealed record FrameRow(long Step, double TimePicoseconds, int Replica, int Rung, double Temperature, double PotentialEnergy,
    double KineticEnergy, ReadOnlyMemory<float> Positions, double ScaledEnergy = 0, double Volume = 0, double Density = 0);

/// <summary>
/// A segment of a simulation's trajectory as Parquet: columns step, time_ps, replica, rung, temperature_K, potential_energy, kinetic_energy
/// (kJ/mol), positions (list of float, nm); with a Hamiltonian ladder also scaled_energy (kJ/mol), at constant pressure volume (nm^3) and
/// density (g/cm^3), before the positions. A segment is
/// closed when it appears, so pandas, polars and DuckDB read a simulation while it runs: read_parquet('segments/*.parquet').
/// </summary>
internal static class SegmentFile
{
    private static readonly DataField s_step = new DataField<long>("step"), s_time = new DataField<double>("time_ps"),
        s_replica = new DataField<int>("replica"), s_rung = new DataField<int>("rung"),
        s_temperature = new DataField<double>("temperature_K"), s_potential = new DataField<double>("potential_energy"),
            s_kinetic = new DataField<double>("kinetic_energy"), s_scaled = new DataField<double>("scaled_energy"),
            s_volume = new DataField<double>("volume"), s_density = new DataField<double>("density"),
            s_element = new DataField<float>("element");

    private static readonly Field[] s_numbers = [s_step, s_time, s_replica, s_rung, s_temperature, s_potential, s_kinetic];
    private static readonly ListField s_positions = new("positions", s_element);
    private static readonly ParquetSchema s_schema = new([.. s_numbers, s_positions]), s_scaledSchema =
        new([.. s_numbers, s_scaled, s_positions]), s_volumeSchema = new([.. s_numbers, s_volume, s_density, s_positions]);

    /// <summary>Writes one row group.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="rows">Frames.</param>
    /// <param name="metadata">Of the file.</param>
    /// <param name="withScaledEnergies">Whether the file has that column: the same for all segments of a run.</param>
    /// <param name="withVolumes">Whether it has those; not with the other.</param>
    public static async Task WriteAsync(Stream stream, IReadOnlyList<FrameRow> rows, IReadOnlyDictionary<string, string> metadata,
        bool withScaledEnergies = false, bool withVolumes = false)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel =
            System.IO.Compression.CompressionLevel.Fastest };
        ParquetWriter writer = await ParquetWriter.CreateAsync(withScaledEnergies ? s_scaledSchema
            : withVolumes ? s_volumeSchema : s_schema, stream,
            options).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            writer.CustomMetadata = metadata.ToDictionary(m => m.Key, m => m.Value);
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<long>(s_step, rows.Select(r => r.Step).ToArray()).ConfigureAwait(false);
            await group.WriteAsync<double>(s_time, rows.Select(r => r.TimePicoseconds).ToArray()).ConfigureAwait(false);
            await group.WriteAsync<int>(s_replica, rows.Select(r => r.Replica).ToArray()).ConfigureAwait(false);
            await group.WriteAsync<int>(s_rung, rows.Select(r => r.Rung).ToArray()).ConfigureAwait(false);
            await group.WriteAsync<double>(s_temperature, rows.Select(r => r.Temperature).ToArray()).ConfigureAwait(false);
            await group.WriteAsync<double>(s_potential, rows.Select(r => r.PotentialEnergy).ToArray()).ConfigureAwait(false);
            await group.WriteAsync<double>(s_kinetic, rows.Select(r => r.KineticEnergy).ToArray()).ConfigureAwait(false);
            if (withScaledEnergies)
                await group.WriteAsync<double>(s_scaled, rows.Select(r => r.ScaledEnergy).ToArray()).ConfigureAwait(false);
            if (withVolumes)
            {
                await group.WriteAsync<double>(s_volume, rows.Select(r => r.Volume).ToArray()).ConfigureAwait(false);
                await group.WriteAsync<double>(s_density, rows.Select(r => r.Density).ToArray()).ConfigureAwait(false);
            }
            int total = rows.Sum(r => r.Positions.Length), offset = 0;
            float[] values = new float[total];
            int[] definitions = new int[total], repetitions = new int[total];
            Array.Fill(definitions, s_element.MaxDefinitionLevel);
            Array.Fill(repetitions, 1);
            foreach (FrameRow row in rows)
            {
                row.Positions.Span.CopyTo(values.AsSpan(offset));
                repetitions[offset] = 0; // a new list begins
                offset += row.Positions.Length;
            }
            await group.WriteAllPartsAsync<float>(s_element, values, definitions, repetitions, default).ConfigureAwait(false);
            group.CompleteValidate();
        }
    }

    /// <summary>Reads a segment.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atomCount">N, to cut positions into frames.</param>
    /// <param name="withPositions">False leaves positions empty and is many times faster.</param>
    /// <exception cref="MoleculeFormatException">It is damaged.</exception>
    public static async Task<IReadOnlyList<FrameRow>> ReadAsync(string path, int atomCount, bool withPositions = true)
    {
        try
        {
            FileStream stream = File.OpenRead(path);
            await using (stream.ConfigureAwait(false))
            {
                ParquetReader reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    var rows = new List<FrameRow>();
                    DataField[] fields = reader.Schema.GetDataFields();
                    DataField element = fields[^1];
                    bool hasScaled = fields.Any(f => f.Name == s_scaled.Name), hasVolumes = fields.Any(f => f.Name == s_volume.Name);
                    for (int g = 0; g < reader.RowGroupCount; g++)
                    {
                        using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
                        int count = (int)group.RowCount;
                        long[] step = new long[count];
                        int[] replica = new int[count], rung = new int[count];
                        double[] time = new double[count], temperature = new double[count], potential = new double[count],
                            kinetic = new double[count], scaled = new double[count], volume = new double[count],
                            density = new double[count];
                        await group.ReadAsync<long>(s_step, step.AsMemory()).ConfigureAwait(false);
                        await group.ReadAsync<double>(s_time, time.AsMemory()).ConfigureAwait(false);
                        await group.ReadAsync<int>(s_replica, replica.AsMemory()).ConfigureAwait(false);
                        await group.ReadAsync<int>(s_rung, rung.AsMemory()).ConfigureAwait(false);
                        await group.ReadAsync<double>(s_temperature, temperature.AsMemory()).ConfigureAwait(false);
                        await group.ReadAsync<double>(s_potential, potential.AsMemory()).ConfigureAwait(false);
                        await group.ReadAsync<double>(s_kinetic, kinetic.AsMemory()).ConfigureAwait(false);
                        if (hasScaled)
                            await group.ReadAsync<double>(s_scaled, scaled.AsMemory()).ConfigureAwait(false);
                        if (hasVolumes)
                        {
                            await group.ReadAsync<double>(s_volume, volume.AsMemory()).ConfigureAwait(false);
                            await group.ReadAsync<double>(s_density, density.AsMemory()).ConfigureAwait(false);
                        }
                        float[] values = [];
                        if (withPositions)
                        {
                            values = new float[count * 3 * atomCount];
                            int[] definitions = new int[values.Length], repetitions = new int[values.Length];
                            await group.ReadRawAsync<float>(element, values.AsMemory(), definitions.AsMemory(),
                                repetitions.AsMemory()).ConfigureAwait(false);
                        }
                        for (int row = 0; row < count; row++)
                            rows.Add(new(step[row], time[row], replica[row], rung[row], temperature[row], potential[row], kinetic[row],
                                withPositions ? values.AsMemory(3 * atomCount * row, 3 * atomCount) : default, scaled[row], volume[row],
                                density[row]));
                    }
                    return rows;
                }
            }
        }
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or OperationCanceledException))
        {
            throw new MoleculeFormatException(Path.GetFileName(path), 0, $"the segment is damaged: {e.Message}");
        }
    }
}
