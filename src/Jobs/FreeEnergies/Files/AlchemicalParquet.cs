using System.Globalization;
using System.IO.Compression;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// Reads and writes the u_nk and dHdl tables of alchemlyb (alchemlyb.parsing.parquet) as pandas stores them: data columns, then the index
/// columns "time" (ps) and one for each lambda.
/// </summary>
/// <remarks>
/// Labels. pandas names columns by text and keeps their type in its metadata: the label 0.25 becomes "0.25", the label (0.0, 0.25) becomes
/// "('0.0', '0.25')" (pyarrow, _column_name_to_strings); alchemlyb makes numbers of the latter again. For one lambda we say that labels are
/// float64, where pandas says "floating" kept as objects: pyarrow restores numbers from both, other readers (fastparquet) from the former
/// only. Energies are in kT; the attributes temperature and energy_unit are stored as pandas 2.1 does.
/// </remarks>
public static class AlchemicalParquet
{
    internal const string TimeColumn = "time";

    /// <summary>Rows are buffered by this many, so that memory does not grow with the number of columns.</summary>
    private const int RowGroupRows = 1_000_000;

    /// <summary>Writes u_nk.</summary>
    /// <param name="path">Appears whole or not at all.</param>
    /// <param name="file">What to write.</param>
    /// <param name="provenance">More entries for the file's metadata, for example <see cref="Provenance.ToMetadata"/>; null for the version
    /// alone.</param>
    /// <exception cref="ArgumentException">The file has no reduced potentials.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static Task WriteReducedPotentialsAsync(string path, AlchemicalFile file, IReadOnlyDictionary<string, string>? provenance = null)
    {
        double[] values = file.ReducedPotentials ?? throw new ArgumentException($"{file.Source} has no reduced potentials", nameof(file));
        bool single = file.LambdaNames.Count == 1;
        return WriteAsync(path, file, [.. file.Columns.Select(Label)], values, single ? PandasLabels.Numbers : PandasLabels.Tuples,
            provenance);
    }

    /// <summary>Writes dHdl.</summary>
    /// <inheritdoc cref="WriteReducedPotentialsAsync"/>
    /// <exception cref="ArgumentException">The file has no dH/dlambda.</exception>
    public static Task WriteGradientsAsync(string path, AlchemicalFile file, IReadOnlyDictionary<string, string>? provenance = null)
    {
        double[] values = file.Gradients ?? throw new ArgumentException($"{file.Source} has no dH/dlambda", nameof(file));
        return WriteAsync(path, file, GradientNames(file.LambdaNames), values, PandasLabels.Names, provenance);
    }

    /// <summary>Names of dH/dlambda columns: "coul" for "coul-lambda", as alchemlyb has it; the index keeps the whole name.</summary>
    internal static string[] GradientNames(IReadOnlyList<string> lambdas)
    {
        string[] names = [.. lambdas.Select(n => n.Split('-')[0])];
        bool clear = names.Distinct().Count() == names.Length && !names.Any(n => n.Length == 0 || n == TimeColumn || lambdas.Contains(n));
        return clear ? names : lambdas.Count == 1 ? ["dHdl"] : [.. lambdas.Select(n => "dHdl-" + n)];
    }

    /// <summary>As Python writes it: "0.25", or "('0.0', '0.25')".</summary>
    internal static string Label(LambdaState state)
    {
        string[] texts = [.. state.Values.Select(PythonText)];
        return texts.Length == 1 ? texts[0] : $"({string.Join(", ", texts.Select(t => $"'{t}'"))})";
    }

    private static string PythonText(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return text.AsSpan().IndexOfAny('.', 'e') < 0 ? text + ".0" : text;
    }

    private static async Task WriteAsync(string path, AlchemicalFile file, string[] labels, double[] values, PandasLabels kind,
        IReadOnlyDictionary<string, string>? provenance)
    {
        string[] index = [TimeColumn, .. file.LambdaNames];
        if (labels.Concat(index).Distinct().Count() < labels.Length + index.Length)
            throw new ArgumentException($"{file.Source}: two columns of its table would have the same name ({string.Join(", ", labels.Concat(index))})", nameof(file));
        DataField[] fields = [.. labels.Concat(index).Select(n => new DataField<double>(n))];
        using var pending = new PendingFile(path);
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal };
        ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), pending.Stream, options).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            Dictionary<string, string> metadata = PandasMetadata.Write(labels, index, kind, file.Temperature);
            metadata["molsampling.version"] = Provenance.CurrentVersion;
            foreach ((string key, string value) in provenance ?? new Dictionary<string, string>())
                metadata[key] = value;
            metadata["molsampling.units"] = kind == PandasLabels.Names ? "time ps, dH/dlambda kT" : "time ps, reduced potentials kT";
            writer.CustomMetadata = metadata;
            double[] buffer = new double[Math.Min(RowGroupRows, file.RowCount)];
            for (int start = 0; start < file.RowCount; start += RowGroupRows)
            {
                int count = Math.Min(RowGroupRows, file.RowCount - start);
                Memory<double> part = buffer.AsMemory(0, count);
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                for (int c = 0; c < fields.Length; c++)
                {
                    for (int row = 0; row < count; row++)
                        buffer[row] = c < labels.Length ? values[(long)(start + row) * labels.Length + c]
                            : c == labels.Length ? file.Times[start + row]
                            : file.StateAt(start + row).Values[c - labels.Length - 1];
                    await group.WriteAsync<double>(fields[c], part).ConfigureAwait(false);
                }
                group.CompleteValidate();
            }
        }
        pending.Keep();
    }

    /// <summary>Reads either table: labels that are numbers make it u_nk, names make it dHdl.</summary>
    /// <param name="path">As alchemlyb's frames are written by to_parquet(index=True), or as written here.</param>
    /// <param name="temperature">K; must not contradict the file; needed if energies are not in kT and the file does not say it.</param>
    /// <returns>A file with either <see cref="AlchemicalFile.ReducedPotentials"/> or <see cref="AlchemicalFile.Gradients"/>.</returns>
    /// <exception cref="InvalidDataException">The file is not such a table; the message names file, column and row (1-based).</exception>
    /// <exception cref="ArgumentException">The temperature is not positive.</exception>
    /// <exception cref="IOException">The file is not there, or the disk fails.</exception>
    public static async Task<AlchemicalFile> ReadAsync(string path, double? temperature = null)
    {
        StatedTemperature.Check(temperature);
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        await using (stream.ConfigureAwait(false))
        {
            CheckMagic(path, stream);
            try
            {
                return await ReadAsync(path, stream, temperature).ConfigureAwait(false);
            }
            // the library throws whatever its parser meets
            catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException))
            {
                throw new InvalidDataException($"{path}: is damaged, or a kind of Parquet that is not read here ({e.Message.ReplaceLineEndings(" ")})", e);
            }
        }
    }

    private static void CheckMagic(string path, FileStream stream)
    {
        Span<byte> magic = stackalloc byte[4];
        if (stream.Length < 12 || stream.ReadAtLeast(magic, 4, false) < 4 || !magic.SequenceEqual("PAR1"u8))
            throw new InvalidDataException($"{path}: is not a Parquet file");
        stream.Seek(-4, SeekOrigin.End);
        if (stream.ReadAtLeast(magic, 4, false) < 4 || !magic.SequenceEqual("PAR1"u8))
            throw new InvalidDataException($"{path}: is a Parquet file that was cut off");
        stream.Position = 0;
    }

    private static async Task<AlchemicalFile> ReadAsync(string path, FileStream stream, double? given)
    {
        ParquetReader reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            PandasMetadata pandas = PandasMetadata.Read(path, reader.CustomMetadata);
            double? temperature = StatedTemperature.Agree(path, pandas.Temperature, given);
            double unit = InKT(path, pandas.EnergyUnit, temperature);
            DataField[] fields = reader.Schema.GetDataFields();
            if (fields.FirstOrDefault(f => f.ClrType != typeof(double) && f.ClrType != typeof(float) && f.ClrType != typeof(long)
                && f.ClrType != typeof(int) || f.IsArray || f.Path.Length > 1) is { } odd)
                throw new InvalidDataException($"{path}: column {odd.Name} is not one of numbers");
            string[] names = [.. fields.Select(f => f.Name)];
            bool isLong = ReducedPotentialTable.Looks(names);
            AlchemicalTable.Layout? layout = isLong ? null : AlchemicalTable.Columns(path, names, pandas.IndexColumns);
            int rows = checked((int)reader.RowGroups.Sum(g => g.RowCount));
            if (rows == 0)
                throw new InvalidDataException($"{path}: has no rows");
            double[][] columns = [.. fields.Select(_ => new double[rows])];
            int start = 0;
            for (int g = 0; g < reader.RowGroupCount; g++)
            {
                using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
                for (int c = 0; c < fields.Length; c++)
                    if (isLong || layout!.Uses(c))
                        await ReadColumn(group, fields[c], columns[c].AsMemory(start),
                            isLong || layout!.Lambdas.Contains(c)).ConfigureAwait(false);
                start += (int)group.RowCount;
            }
            var table = new NumberTable(names, columns, row => $"row {row + 1}");
            foreach (int c in Enumerable.Range(0, names.Length).Where(c => unit != 1
                && (isLong ? names[c].StartsWith("u_", StringComparison.Ordinal) : layout!.Data.Contains(c))))
                for (int row = 0; row < rows; row++)
                    columns[c][row] *= unit;
            return isLong ? ReducedPotentialTable.Make(path, table, temperature) : AlchemicalTable.Make(path, table, layout!, temperature);
        }
    }

    /// <summary>What a value is to be multiplied with.</summary>
    private static double InKT(string path, string? energyUnit, double? temperature)
    {
        double kilojoule = energyUnit switch
        {
            null or "kT" => 0,
            "kJ/mol" => 1,
            "kcal/mol" => Units.KilojoulePerKilocalorie,
            _ => throw new InvalidDataException($"{path}: energies are in \"{energyUnit}\"; known are kT, kJ/mol and kcal/mol"),
        };
        if (kilojoule == 0)
            return 1;
        double kelvin = temperature ?? throw new InvalidDataException($"{path}: energies are in {energyUnit}, but the file does not say its temperature and none was given");
        return kilojoule / (Units.GasConstant * kelvin);
    }

    private static async Task ReadColumn(ParquetRowGroupReader group, DataField field, Memory<double> target, bool isLambda)
    {
        int rows = (int)group.RowCount;
        double[] values = field.ClrType == typeof(double) ? await Numbers<double>(group, field, rows, v => v).ConfigureAwait(false)
            : field.ClrType == typeof(float) && !isLambda ? await Numbers<float>(group, field, rows, v => v).ConfigureAwait(false)
            : field.ClrType == typeof(float) ? await Numbers<float>(group, field, rows, ByItsText).ConfigureAwait(false)
            : field.ClrType == typeof(long) ? await Numbers<long>(group, field, rows, v => v).ConfigureAwait(false)
            : await Numbers<int>(group, field, rows, v => v).ConfigureAwait(false);
        values.CopyTo(target);
    }

    /// <summary>0.1f is meant to be the lambda 0.1.</summary>
    private static double ByItsText(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture),
        CultureInfo.InvariantCulture);

    /// <summary>A column; missing values as NaN.</summary>
    private static async Task<double[]> Numbers<T>(ParquetRowGroupReader group, DataField field, int rows, Func<T, double> convert)
        where T : struct
    {
        double[] result = new double[rows];
        if (field.IsNullable)
        {
            var values = new T?[rows];
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            for (int row = 0; row < rows; row++)
                result[row] = values[row] is { } value ? convert(value) : double.NaN;
        }
        else
        {
            var values = new T[rows];
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            for (int row = 0; row < rows; row++)
                result[row] = convert(values[row]);
        }
        return result;
    }
}
