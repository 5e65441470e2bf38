using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Tests.Formats;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Tests.Jobs.FreeEnergies.Files;

/// <summary>Tables: ours come back to the bit, those of others are read in all their forms or refused by column.</summary>
public sealed class AlchemicalParquetTests : AlchemicalFolder
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tables_come_back_bit_for_bit_and_have_the_same_bytes(bool expanded)
    {
        AlchemicalFile file = XvgReader.Read(Put("a.xvg", expanded ? Expanded : Window(0.25, [0, 1, 2.5])));
        AlchemicalFile u = await Written(file, "u.parquet"), d = await Written(file, "d.parquet", true);
        foreach (AlchemicalFile back in new[] { u, d })
        {
            Assert.Equal(file.Times, back.Times);
            Assert.Equal(file.LambdaNames, back.LambdaNames);
            Assert.Equal(file.SampledStates, back.SampledStates);
            Assert.Equal(file.StateOfRow, back.StateOfRow);
            Assert.Equal(300, back.Temperature);
        }
        Assert.Equal(file.Columns, u.Columns);
        Assert.Equal(file.ReducedPotentials!, u.ReducedPotentials!);
        Assert.Null(u.Gradients);
        Assert.Equal(file.Gradients!, d.Gradients!);
        Assert.Null(d.ReducedPotentials);
        await Written(file, "again.parquet");
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "u.parquet")), File.ReadAllBytes(Path.Combine(Folder, "again.parquet")));
    }

    [Fact]
    public async Task Names_and_metadata_are_those_of_pandas()
    {
        await Written(XvgReader.Read(Put("a.xvg", Window(0.25, [0, 1]))), "one.parquet");
        await Written(XvgReader.Read(Put("e.xvg", Expanded)), "two.parquet");
        await Written(XvgReader.Read(Put("e.xvg", Expanded)), "dhdl.parquet", true);
        (string[] names, IReadOnlyDictionary<string, string> metadata) = await Header("one.parquet");
        Assert.Equal(["0.0", "0.25", "1.0", "time", "fep-lambda"], names);
        Assert.Equal("{\"temperature\":300,\"energy_unit\":\"kT\"}", metadata["PANDAS_ATTRS"]);
        Assert.Equal(Provenance.CurrentVersion, metadata["molsampling.version"]);
        Assert.StartsWith("{\"index_columns\":[\"time\",\"fep-lambda\"],"
            + "\"column_indexes\":[{\"name\":null,\"field_name\":null,\"pandas_type\":\"float64\",\"numpy_type\":\"float64\",\"metadata\":null}],"
            + "\"columns\":[{\"name\":\"0.0\",\"field_name\":\"0.0\",\"pandas_type\":\"float64\",\"numpy_type\":\"float64\",\"metadata\":null},", metadata["pandas"], StringComparison.Ordinal);
        Assert.Contains("{\"name\":\"time\",\"field_name\":\"time\",\"pandas_type\":\"float64\",\"numpy_type\":\"Float64\",\"metadata\":null}", metadata["pandas"], StringComparison.Ordinal);
        (names, metadata) = await Header("two.parquet");
        Assert.Equal(["('0.0', '0.0')", "('1.0', '0.0')", "('1.0', '1.0')", "time", "coul-lambda", "vdw-lambda"], names);
        using var pandas = System.Text.Json.JsonDocument.Parse(metadata["pandas"]);
        Assert.Equal("('1.0', '0.0')", pandas.RootElement.GetProperty("columns")[1].GetProperty("name").GetString());
        Assert.Equal("mixed", pandas.RootElement.GetProperty("column_indexes")[0].GetProperty("pandas_type").GetString());
        (names, _) = await Header("dhdl.parquet");
        Assert.Equal(["coul", "vdw", "time", "coul-lambda", "vdw-lambda"], names);
    }

    private async Task<(string[] Names, IReadOnlyDictionary<string, string> Metadata)> Header(string name)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(Path.Combine(Folder, name));
        return ([.. reader.Schema.GetDataFields().Select(f => f.Name)], reader.CustomMetadata);
    }

    /// <summary>Writes a table as others may: any types, columns that may hold nulls, any metadata.</summary>
    private async Task<string> Table(string name, Dictionary<string, string>? metadata, params (string Name, Array Values)[] columns)
    {
        string path = Path.Combine(Folder, name);
        DataField[] fields = [.. columns.Select(c => new DataField(c.Name, c.Values.GetType().GetElementType()!))];
        await using FileStream stream = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Snappy });
        if (metadata is not null)
            writer.CustomMetadata = metadata;
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        for (int c = 0; c < fields.Length; c++)
            await (columns[c].Values switch
            {
                double[] v => group.WriteAsync<double>(fields[c], v),
                double?[] v => group.WriteAsync<double>(fields[c], v),
                float[] v => group.WriteAsync<float>(fields[c], v),
                long[] v => group.WriteAsync<long>(fields[c], v),
                int[] v => group.WriteAsync<int>(fields[c], v),
                string[] v => group.WriteAsync(fields[c], v),
                _ => throw new NotSupportedException(),
            });
        group.CompleteValidate();
        return path;
    }

    private static Dictionary<string, string> Pandas(string index, string? attributes = null)
    {
        var result = new Dictionary<string, string>
        {
            ["pandas"] = $"{{\"index_columns\": [{index}], \"column_indexes\": [], \"columns\": [], \"creator\": {{\"library\": \"pyarrow\"}}}}",
            ["ARROW:schema"] = "AAAA",
        };
        if (attributes is not null)
            result["PANDAS_ATTRS"] = attributes;
        return result;
    }

    [Fact]
    public async Task Tables_of_others_in_all_their_forms()
    {
        double?[] time = [0, 1], u = [1.5, 2.5];
        // as pandas writes them: nullable; labels of either form
        foreach (string label in new[] { "('0.0', '0.5')", "(0.0, 0.5)", "(0, 0.5)" })
        {
            AlchemicalFile file = await AlchemicalParquet.ReadAsync(await Table("t.parquet",
                Pandas("\"time\", \"coul-lambda\", \"vdw-lambda\"", "{\"temperature\": 298.15, \"energy_unit\": \"kT\"}"),
                (label, u), ("(1.0, 1.0)", u), ("time", time), ("coul-lambda", new double?[] { 0, 0 }),
                    ("vdw-lambda", new double?[] { 0.5, 0.5 })));
            Assert.Equal([new LambdaState(0, 0.5), new LambdaState(1, 1)], file.Columns);
            Assert.Equal([1.5, 1.5, 2.5, 2.5], file.ReducedPotentials!);
            Assert.Equal(298.15, file.Temperature);
            Assert.Equal(new LambdaState(0, 0.5), Assert.Single(file.SampledStates));
        }
        // older pandas, no attributes: the temperature may stay unknown
        AlchemicalFile old = await AlchemicalParquet.ReadAsync(await Table("t.parquet", Pandas("\"time\", \"fep-lambda\""),
            ("0", u), ("1", u), ("time", new long[] { 0, 1 }), ("fep-lambda", new long[] { 1, 1 })));
        Assert.Null(old.Temperature);
        Assert.Equal(new LambdaState(1), old.StateAt(0));
        Assert.Contains("no file says the temperature", Error(() => AlchemicalData.Combine([old])), StringComparison.Ordinal);
        Assert.Equal(300, AlchemicalData.Combine([old], 300).Temperature);
        // another program, single precision: 0.1f is the lambda 0.1; the name of dH/dlambda is free for one lambda
        AlchemicalFile single = await AlchemicalParquet.ReadAsync(await Table("t.parquet", null,
            ("dHdl", new float[] { 1.5f, 2.5f }), ("time", new int[] { 0, 1 }), ("fep-lambda", new float[] { 0.1f, 0.1f })), 300);
        Assert.Equal(new LambdaState(0.1), single.StateAt(1));
        Assert.Equal([1.5, 2.5], single.Gradients!);
        // several dH/dlambda find their lambda by name, whatever their order
        AlchemicalFile two = await AlchemicalParquet.ReadAsync(await Table("t.parquet", null,
            ("vdw", new double[] { 1, 2 }), ("coul", new double[] { 3, 4 }), ("time", time), ("coul-lambda", time), ("vdw-lambda", time)));
        Assert.Equal([3, 1, 4, 2], two.Gradients!);
        // energies in other units
        foreach ((string unit, double kilojoule) in new[] { ("kJ/mol", 1.0), ("kcal/mol", 4.184) })
        {
            AlchemicalFile energies = await AlchemicalParquet.ReadAsync(await Table("t.parquet",
                Pandas("\"time\", \"fep-lambda\"", $"{{\"temperature\": 300, \"energy_unit\": \"{unit}\"}}"),
                ("fep", u), ("time", time), ("fep-lambda", time)));
            Assert.Equal(1.5 * kilojoule * Beta300, energies.Gradients![0], 1e-14);
        }
    }

    [Fact]
    public async Task Tables_that_are_something_else_are_refused_by_column()
    {
        double[] time = [0, 1], u = [1.5, 2.5];
        string path = Path.Combine(Folder, "t.parquet");
        async Task<string> Reread(Dictionary<string, string>? metadata, params (string, Array)[] columns) =>
            await ErrorAsync(async () => await AlchemicalParquet.ReadAsync(await Table("t.parquet", metadata, columns)));
        Assert.Equal($"{path}: no index column time (has 0.0, 1.0, fep-lambda): was it written without its index?",
            await Reread(null, ("0.0", u), ("1.0", u), ("fep-lambda", time)));
        Assert.Equal($"{path}: the index column fep-lambda is missing (has 0.0, time)", await Reread(Pandas("\"time\", \"fep-lambda\""),
            ("0.0", u), ("time", time)));
        Assert.Equal($"{path}: no index column for a lambda (has 0.0, time)", await Reread(null, ("0.0", u), ("time", time)));
        Assert.Equal($"{path}: only index columns (time, fep-lambda)", await Reread(null, ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: column note is not one of numbers", await Reread(null, ("0.0", u), ("note", new[] { "a", "b" }),
            ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: column energy is no lambda state, as other columns are: neither u_nk nor dHdl",
            await Reread(null, ("0.0", u), ("energy", u), ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: column (0.0, 1.0) is a state of 2 lambdas, but the index has 1 (fep-lambda)",
            await Reread(null, ("(0.0, 1.0)", u), ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: two columns for state 0", await Reread(null, ("0.0", u), ("0", u), ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: 2 columns of dH/dlambda (a, b) for 1 lambdas (fep-lambda)", await Reread(null, ("a", u), ("b", u),
            ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}, row 2: no finite number for state 0", await Reread(null, ("0.0", new double?[] { 1, null }), ("time", time),
            ("fep-lambda", time)));
        Assert.Equal($"{path}: column fep, row 1: not a finite number", await Reread(null, ("fep", new[] { double.NaN, 1 }), ("time", time),
            ("fep-lambda", time)));
        Assert.Equal($"{path}: row 2: a second row for time 0 ps of state 0.5: rows repeated after a restart?",
            await Reread(null, ("fep", u), ("time", new double[] { 0, 0 }), ("fep-lambda", new[] { 0.5, 0.5 })));
        Assert.Equal($"{path}: energies are in \"hartree\"; known are kT, kJ/mol and kcal/mol",
            await Reread(Pandas("\"time\", \"fep-lambda\"", "{\"energy_unit\": \"hartree\"}"), ("fep", u), ("time", time),
                ("fep-lambda", time)));
        Assert.Equal($"{path}: energies are in kJ/mol, but the file does not say its temperature and none was given",
            await Reread(Pandas("\"time\", \"fep-lambda\"", "{\"energy_unit\": \"kJ/mol\"}"), ("fep", u), ("time", time),
                ("fep-lambda", time)));
        Assert.Equal($"{path}: the attribute temperature is \"warm\", not a temperature in K",
            await Reread(Pandas("", "{\"temperature\": \"warm\"}"), ("fep", u), ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: its metadata \"pandas\" are not JSON (byte 1)", await Reread(new() { ["pandas"] = "{" }, ("fep", u),
            ("time", time), ("fep-lambda", time)));
        Assert.Equal($"{path}: its metadata \"pandas\" are not a JSON object", await Reread(new() { ["pandas"] = "[]" }, ("fep", u),
            ("time", time), ("fep-lambda", time)));
        string good = await Table("t.parquet", Pandas("\"time\", \"fep-lambda\"", "{\"temperature\": 300}"), ("fep", u), ("time", time),
            ("fep-lambda", time));
        Assert.Equal($"{path}: says 300 K, but 310 K was given", await ErrorAsync(() => AlchemicalParquet.ReadAsync(good, 310)));
        byte[] bytes = File.ReadAllBytes(good);
        File.WriteAllBytes(path, bytes[..^20]);
        Assert.Equal($"{path}: is a Parquet file that was cut off", await ErrorAsync(() => AlchemicalParquet.ReadAsync(path)));
        File.WriteAllText(path, "time,fep-lambda,fep\n0,0,1\n");
        Assert.Equal($"{path}: is not a Parquet file", await ErrorAsync(() => AlchemicalParquet.ReadAsync(path)));
        bytes.AsSpan(4, bytes.Length - 12).Fill(0x5a);
        File.WriteAllBytes(path, bytes);
        Assert.StartsWith($"{path}: is damaged, or a kind of Parquet that is not read here",
            await ErrorAsync(() => AlchemicalParquet.ReadAsync(path)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_cannot_be_written_leaves_nothing()
    {
        AlchemicalFile file = XvgReader.Read(PutWindow("a.xvg", 0.25));
        string path = Path.Combine(Folder, "u.parquet");
        AlchemicalFile wrong = new()
        {
            Source = "made",
            LambdaNames = ["fep-lambda"],
            Times = [0, 1],
            SampledStates = [new(0.25)],
            StateOfRow = [0, 0],
            Columns = file.Columns,
            ReducedPotentials = [1, 2, 3],
        };
        await Assert.ThrowsAnyAsync<Exception>(() => AlchemicalParquet.WriteReducedPotentialsAsync(path, wrong));
        await Assert.ThrowsAsync<ArgumentException>(() => AlchemicalParquet.WriteGradientsAsync(path, wrong));
        Assert.Equal(["a.xvg"], Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    /// <summary>An independent reader finds the names, types, numbers and metadata that were meant.</summary>
    [SkippableFact]
    public async Task DuckDB_reads_our_tables()
    {
        SlowTests.Require();
        DuckDb.Require();
        AlchemicalFile file = XvgReader.Read(Put("e.xvg", Expanded)), one = XvgReader.Read(PutWindow("a.xvg", 0.25));
        await Written(file, "u.parquet");
        await Written(one, "d.parquet", true);
        System.Text.Json.JsonElement u = DuckDb.Read(Path.Combine(Folder, "u.parquet")),
            d = DuckDb.Read(Path.Combine(Folder, "d.parquet"));
        Assert.Equal(["('0.0', '0.0')", "('1.0', '0.0')", "('1.0', '1.0')", "time", "coul-lambda", "vdw-lambda"],
            u.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.All(u.GetProperty("columns").EnumerateArray(), c => Assert.Equal("DOUBLE", c.GetProperty("type").GetString()));
        Assert.Equal("ZSTD", Assert.Single(u.GetProperty("codecs").EnumerateArray()).GetString());
        for (int row = 0; row < 3; row++)
        {
            double[] found = [.. u.GetProperty("rows")[row].EnumerateArray().Select(v => v.GetDouble())];
            Assert.Equal([.. file.ReducedPotentials!.AsSpan(3 * row, 3), file.Times[row], .. file.StateAt(row).Values], found);
        }
        Assert.Equal("{\"temperature\":300,\"energy_unit\":\"kT\"}", u.GetProperty("metadata").GetProperty("PANDAS_ATTRS").GetString());
        Assert.Equal(["fep", "time", "fep-lambda"], d.GetProperty("columns").EnumerateArray().Select(c =>
            c.GetProperty("name").GetString()));
        Assert.Equal(one.Gradients![1], d.GetProperty("rows")[1][0].GetDouble());
    }

    /// <summary>And we read what an independent writer makes of the same table: nullable columns, dictionaries, snappy, several row
    /// groups.</summary>
    [SkippableFact]
    public async Task We_read_tables_of_DuckDB()
    {
        SlowTests.Require();
        DuckDb.Require();
        string path = Path.Combine(Folder, "duck.parquet");
        DuckDb.Write(path, Pandas("\"time\", \"coul-lambda\", \"vdw-lambda\"")["pandas"]
            .Replace("\"columns\"", "\"attributes\": {\"temperature\": 298.15, \"energy_unit\": \"kT\"}, \"columns\"",
                StringComparison.Ordinal));
        AlchemicalFile file = await AlchemicalParquet.ReadAsync(path);
        Assert.Equal(300_000, file.RowCount);
        Assert.Equal([new LambdaState(0, 0), new LambdaState(0.5, 0), new LambdaState(1, 0.5)], file.Columns);
        Assert.Equal(298.15, file.Temperature);
        for (int r = 0; r < file.RowCount; r++)
        {
            Assert.Equal([0.5 * r, (double)r * r + 0.125, -r], file.ReducedPotentials.AsSpan(3 * r, 3).ToArray());
            Assert.Equal(0.2 * r, file.Times[r], 1e-9);
        }
    }
}
