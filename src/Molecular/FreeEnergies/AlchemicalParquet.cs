using System.Globalization;
using System.IO.Compression;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Molecular.FreeEnergies;

/// <summary>
/// Reads and writes the u_nk and dHdl tables of alchemlyb (alchemlyb.parsing.parquet) as pandas stores them: data columns, then the index columns "time" (ps) and one for each lambda.
/// </summary>
/// <remarks>
/// Labels. pandas names columns by text and keeps their type in its metadata: the label 0.25 becomes "0.25", the label (0.0, 0.25) becomes "('0.0', '0.25')" (pyarrow, _column_name_to_strings);
/// alchemlyb makes numbers of the latter again. For one lambda we say that labels are float64, where pandas says "floating" kept as objects: pyarrow restores numbers from both, other readers
/// (fastparquet) from the former only.
/// Energies are in kT; the attributes temperature and energy_unit are stored as pandas 2.1 does.
/// </remarks>
public static class AlchemicalParquet
{
    internal const string TimeColumn = "time";

    /// <summary>Rows are buffered by this many, so that memory does not grow with the number of columns.</summary>
    private const int RowGroupRows = 1_000_000;

    /// <summary>Writes u_nk.</summary>
    /// <param name="path">Appears whole or not at all.</param>
    /// <param name="file">What to write.</param>
    /// <param name="provenance">More entries for the file's metadata, for example <see cref="Provenance.ToMetadata"/>; null for the version alone.</param>
    /// <exception cref="ArgumentException">The file has no reduced potentials.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static Task WriteReducedPotentialsAsync(string path, AlchemicalFile file, IReadOnlyDictionary<string, string>? provenance = null)
    {
        double[] values = file.ReducedPotentials ?? throw new ArgumentException($"{file.Source} has no reduced potentials", nameof(file));
        bool single = file.LambdaNames.Count == 1;
        return WriteAsync(path, file, [.. file.Columns.Select(Label)], values, single ? PandasLabels.Numbers : PandasLabels.Tuples, provenance);
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

    private static async Task WriteAsync(string path, AlchemicalFile file, string[] labels, double[] values, PandasLabels kind, IReadOnlyDictionary<string, string>? provenance)
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
            catch (Exception e) when (e is not (InvalidDataException or OutOfMemoryException)) // the library throws whatever its parser meets
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
            Table table = Columns(path, reader, pandas);
            int rows = checked((int)reader.RowGroups.Sum(g => g.RowCount));
            if (rows == 0)
                throw new InvalidDataException($"{path}: has no rows");
            double[] times = new double[rows], lambdas = new double[(long)rows * table.Lambdas.Length], values = new double[(long)rows * table.Data.Length];
            int start = 0;
            for (int g = 0; g < reader.RowGroupCount; g++)
            {
                using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
                await ReadColumn(path, group, table.Time, start, times, 0, 1, false).ConfigureAwait(false);
                for (int l = 0; l < table.Lambdas.Length; l++)
                    await ReadColumn(path, group, table.Lambdas[l], start, lambdas, l, table.Lambdas.Length, true).ConfigureAwait(false);
                for (int c = 0; c < table.Data.Length; c++)
                    await ReadColumn(path, group, table.Data[c], start, values, c, table.Data.Length, false).ConfigureAwait(false);
                start += (int)group.RowCount;
            }
            if (unit != 1)
                for (int i = 0; i < values.Length; i++)
                    values[i] *= unit;
            (List<LambdaState> sampled, int[] stateOfRow) = States(lambdas, table.Lambdas.Length, rows);
            return new()
            {
                Source = path,
                LambdaNames = [.. table.Lambdas.Select(f => f.Name)],
                Temperature = temperature,
                Times = times,
                SampledStates = sampled,
                StateOfRow = stateOfRow,
                Columns = table.States,
                ReducedPotentials = table.States.Length > 0 ? values : null,
                Gradients = table.States.Length > 0 ? null : values,
                Warnings = [.. CheckTimes(path, times, stateOfRow, sampled)],
            };
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

    private sealed record Table(DataField Time, DataField[] Lambdas, DataField[] Data, LambdaState[] States);

    private static Table Columns(string path, ParquetReader reader, PandasMetadata pandas)
    {
        DataField[] fields = reader.Schema.GetDataFields();
        if (fields.FirstOrDefault(f => f.ClrType != typeof(double) && f.ClrType != typeof(float) && f.ClrType != typeof(long) && f.ClrType != typeof(int) || f.IsArray || f.Path.Length > 1) is { } odd)
            throw new InvalidDataException($"{path}: column {odd.Name} is not one of numbers");
        string[] index = pandas.IndexColumns.Count > 0 ? [.. pandas.IndexColumns]
            : [.. fields.Select(f => f.Name).Where(n => n == TimeColumn || n.Contains("lambda", StringComparison.Ordinal))]; // written by another program than pandas
        DataField Index(string name) => fields.FirstOrDefault(f => f.Name == name) ?? throw new InvalidDataException($"{path}: the index column {name} is missing (has {Names(fields)})");
        if (!index.Contains(TimeColumn))
            throw new InvalidDataException($"{path}: no index column {TimeColumn} (has {Names(fields)}): was it written without its index?");
        DataField[] lambdas = [.. index.Where(n => n != TimeColumn).Select(Index)], data = [.. fields.Where(f => !index.Contains(f.Name))];
        if (lambdas.Length == 0)
            throw new InvalidDataException($"{path}: no index column for a lambda (has {Names(fields)})");
        if (lambdas.FirstOrDefault(f => f.Name.StartsWith("__index_level", StringComparison.Ordinal)) is not null)
            throw new InvalidDataException($"{path}: a level of the index has no name, where that of a lambda was expected");
        if (data.Length == 0)
            throw new InvalidDataException($"{path}: only index columns ({Names(fields)})");
        LambdaState?[] states = [.. data.Select(f => ParseLabel(f.Name))];
        if (states.All(s => s is null))
            return new(Index(TimeColumn), lambdas, GradientsInOrder(path, lambdas, data), []);
        for (int c = 0; c < data.Length; c++)
            if (states[c] is null)
                throw new InvalidDataException($"{path}: column {data[c].Name} is no lambda state, as other columns are: neither u_nk nor dHdl");
            else if (states[c]!.Values.Count != lambdas.Length)
                throw new InvalidDataException($"{path}: column {data[c].Name} is a state of {states[c]!.Values.Count} lambdas, but the index has {lambdas.Length} ({Names(lambdas)})");
            else if (Array.IndexOf(states, states[c]) < c)
                throw new InvalidDataException($"{path}: two columns for state {states[c]}");
        return new(Index(TimeColumn), lambdas, data, states!);
    }

    /// <summary>In the order of the lambdas, if their names tell.</summary>
    private static DataField[] GradientsInOrder(string path, DataField[] lambdas, DataField[] data)
    {
        if (data.Length != lambdas.Length)
            throw new InvalidDataException($"{path}: {data.Length} columns of dH/dlambda ({Names(data)}) for {lambdas.Length} lambdas ({Names(lambdas)})");
        string[] expected = GradientNames([.. lambdas.Select(f => f.Name)]);
        DataField?[] ordered = [.. expected.Select(name => data.FirstOrDefault(f => f.Name == name))];
        if (data.Length > 1 && ordered.Any(f => f is null))
            throw new InvalidDataException($"{path}: columns {Names(data)} where dH/dlambda of {string.Join(", ", expected)} were expected");
        return data.Length == 1 ? data : [.. ordered.Select(f => f!)];
    }

    private static string Names(IEnumerable<DataField> fields) => string.Join(", ", fields.Select(f => f.Name));

    /// <summary>"0.25", "(0.0, 0.25)" or "('0.0', '0.25')"; null for a name.</summary>
    private static LambdaState? ParseLabel(string label)
    {
        bool tuple = label.StartsWith('(') && label.EndsWith(')');
        string[] words = tuple ? label[1..^1].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [label];
        double[] values = new double[words.Length];
        for (int l = 0; l < words.Length; l++)
            if (!double.TryParse(words[l].Trim('\'', '"'), NumberStyles.Float, CultureInfo.InvariantCulture, out values[l]) || !double.IsFinite(values[l]))
                return null;
        return values.Length > 0 ? new(values) : null;
    }

    private static async Task ReadColumn(string path, ParquetRowGroupReader group, DataField field, int start, double[] target, int offset, int stride, bool isLambda)
    {
        int rows = (int)group.RowCount;
        double[] values = field.ClrType == typeof(double) ? await Numbers<double>(group, field, rows, v => v).ConfigureAwait(false)
            : field.ClrType == typeof(float) && !isLambda ? await Numbers<float>(group, field, rows, v => v).ConfigureAwait(false)
            : field.ClrType == typeof(float) ? await Numbers<float>(group, field, rows, ByItsText).ConfigureAwait(false)
            : field.ClrType == typeof(long) ? await Numbers<long>(group, field, rows, v => v).ConfigureAwait(false)
            : await Numbers<int>(group, field, rows, v => v).ConfigureAwait(false);
        for (int row = 0; row < rows; row++)
        {
            if (!double.IsFinite(values[row]))
                throw new InvalidDataException($"{path}: column {field.Name}, row {start + row + 1}: not a finite number");
            target[(long)(start + row) * stride + offset] = values[row];
        }
    }

    /// <summary>0.1f is meant to be the lambda 0.1.</summary>
    private static double ByItsText(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

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

    private static (List<LambdaState> Sampled, int[] StateOfRow) States(double[] lambdas, int width, int rows)
    {
        var sampled = new List<LambdaState>();
        var known = new Dictionary<LambdaState, int>();
        int[] stateOfRow = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> vector = lambdas.AsSpan(row * width, width); // rows of the index fit an array, so this does not overflow
            if (row > 0 && vector.SequenceEqual(lambdas.AsSpan((row - 1) * width, width)))
            {
                stateOfRow[row] = stateOfRow[row - 1];
                continue;
            }
            var state = new LambdaState(vector);
            if (!known.TryGetValue(state, out int number))
            {
                known[state] = number = sampled.Count;
                sampled.Add(state);
            }
            stateOfRow[row] = number;
        }
        return (sampled, stateOfRow);
    }

    /// <summary>A file may hold several windows, and several runs of one: in each, times increase.</summary>
    private static IEnumerable<string> CheckTimes(string path, double[] times, int[] stateOfRow, List<LambdaState> sampled)
    {
        double[] last = new double[sampled.Count];
        Array.Fill(last, double.NegativeInfinity);
        for (int row = 0; row < times.Length; row++)
        {
            int state = stateOfRow[row];
            if (times[row] == last[state])
                throw new InvalidDataException(FormattableString.Invariant($"{path}: row {row + 1}: a second row for time {times[row]} ps of state {sampled[state]}: rows repeated after a restart?"));
            if (times[row] < last[state])
                yield return FormattableString.Invariant($"{path}: row {row + 1}: time goes back from {last[state]} to {times[row]} ps: taken as another run of state {sampled[state]}");
            last[state] = times[row];
        }
    }
}
