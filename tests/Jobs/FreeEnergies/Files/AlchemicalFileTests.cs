using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib.BZip2;
using MolSampling.Jobs.FreeEnergies;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Tests.Formats;
using Parquet;
using Parquet.Schema;

namespace MolSampling.Tests.Jobs.FreeEnergies.Files;

public sealed class AlchemicalFileTests : IDisposable
{
    private const double Beta300 = 1 / (8.31446261815324e-3 * 300);

    private readonly string _folder = Directory.CreateTempSubdirectory("alchemical-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Put(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A file like GROMACS' with one lambda: U(lambda) linear in lambda, so that the difference to k is dH/dl (k -
    /// lambda).</summary>
    private static string Window(double lambda, double[] times, double temperature = 300, double[]? columns = null,
        string name = "fep-lambda", double shift = 0)
    {
        columns ??= [0, 0.25, 1];
        var text = new StringBuilder();
        text.Append("# This file was created by hand\n@    title \"dH/d\\xl\\f{} and \\xD\\f{}H\"\n@    xaxis  label \"Time (ps)\"\n@TYPE xy\n");
        text.Append(FormattableString.Invariant($"@ subtitle \"T = {temperature} (K) \\xl\\f{{}} state 1: {name} = {lambda:F4}\"\n@ view 0.15, 0.15, 0.75, 0.85\n@ legend on\n"));
        text.Append(FormattableString.Invariant($"@ s0 legend \"dH/d\\xl\\f{{}} {name} = {lambda:F4}\"\n"));
        for (int c = 0; c < columns.Length; c++)
            text.Append(FormattableString.Invariant($"@ s{c + 1} legend \"\\xD\\f{{}}H \\xl\\f{{}} to {columns[c]:F4}\"\n"));
        text.Append(FormattableString.Invariant($"@ s{columns.Length + 1} legend \"pV (kJ/mol)\"\n"));
        foreach (double t in times)
        {
            double slope = 4 + t % 7 - 0.125 * t + shift;
            text.Append(FormattableString.Invariant($"{t:F4}  {slope}"));
            foreach (double to in columns)
                text.Append(FormattableString.Invariant($" {slope * (to - lambda)}"));
            text.Append(" 0.75\n");
        }
        return text.ToString();
    }

    private string PutWindow(string file, double lambda, double[]? times = null, double shift = 0) =>
        Put(file, Window(lambda, times ?? [0, 1, 2], shift: shift));

    private static string Line(string path, int number) => $"{path}, line {number}: ";

    private const int FirstRow = 13;

    [SkippableFact]
    public void The_benzene_windows_of_GROMACS_5()
    {
        string[] names = ["0000", "0250", "0500", "0750", "1000"];
        AlchemicalFile[] files = [.. names.Select(n => XvgReader.Read(SharedData.Require($"alchemtest-benzene-coulomb/{n}.xvg.bz2")))];
        for (int k = 0; k < 5; k++)
        {
            Assert.Equal(4001, files[k].RowCount);
            Assert.Equal(["fep-lambda"], files[k].LambdaNames);
            Assert.Equal(300, files[k].Temperature);
            Assert.Equal([0, 0.25, 0.5, 0.75, 1], files[k].Columns.Select(c => c.Values[0]));
            Assert.Equal(new LambdaState(0.25 * k), Assert.Single(files[k].SampledStates));
            Assert.Empty(files[k].Warnings);
        }
        // the last line of 0250: 40000.0000  17.810612 -4.4526529 0.0000000 4.4526529 8.9053059 13.357959 0.76210839
        Assert.Equal(40000, files[1].Times[^1]);
        Assert.Equal(17.810612 * Beta300, files[1].Gradients![^1], 1e-12);
        double[] expected = [-4.4526529, 0, 4.4526529, 8.9053059, 13.357959];
        for (int k = 0; k < 5; k++)
            Assert.Equal((expected[k] + 0.76210839) * Beta300, files[1].ReducedPotentials![^(5 - k)], 1e-12);
        var data = AlchemicalData.Combine([files[3], files[0], files[4], files[2], files[1]]);
        Assert.Equal([4001, 4001, 4001, 4001, 4001], data.Counts);
        Assert.Equal([0, 0.25, 0.5, 0.75, 1], data.States.Select(s => s.Values[0]));
        Assert.Equal(files[1].ReducedPotentials![7 * 5 + 3], data.ReducedPotentials![3 * data.RowCount + 4001 + 7]);
        Assert.Equal(files[2].Gradients!, data.GradientsOf(2).ToArray());
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void Rows_hold_the_reduced_potentials_of_the_text()
    {
        AlchemicalFile file = XvgReader.Read(Put("a.xvg", Window(0.25, [0, 2.5]).Replace("\n", "\r\n", StringComparison.Ordinal)));
        Assert.Equal([0, 2.5], file.Times);
        double slope = 4 + 2.5 - 0.3125;
        Assert.Equal(slope * Beta300, file.Gradients![1], 1e-14);
        Assert.Equal((-0.25 * slope + 0.75) * Beta300, file.ReducedPotentials![3], 1e-14);
        Assert.Equal((0.75 * slope + 0.75) * Beta300, file.ReducedPotentials[5], 1e-14);
    }

    [Fact]
    public void Several_lambdas_and_the_potential_energy()
    {
        string path = Put("v.xvg", """
            @    xaxis  label "Time (ps)"
            @ subtitle "T = 310 (K) \xl\f{} state 7: (coul-lambda, vdw-lambda) = (0.5000, 0.0000)"
            @ s0 legend "Potential Energy (kJ/mol)"
            @ s1 legend "dH/d\xl\f{} coul-lambda = 0.5000"
            @ s2 legend "dH/d\xl\f{} vdw-lambda = 0.0000"
            @ s3 legend "\xD\f{}H \xl\f{} to (0.5000, 0.0000)"
            @ s4 legend "\xD\f{}H \xl\f{} to (1.0000, 0.0000)"
            @ s5 legend "\xD\f{}H \xl\f{} to (1.0000, 0.5000)"
            @ s6 legend "pV (kJ/mol)"
            0.0000 -4000.5 10.5 -3 0.0 5.25 9 0.5
            0.2000 -4001.5 11 -4 0.0 5.5 8 0.5

            """);
        AlchemicalFile file = XvgReader.Read(path);
        double beta = 1 / (8.31446261815324e-3 * 310);
        Assert.Equal(["coul-lambda", "vdw-lambda"], file.LambdaNames);
        Assert.Equal(new LambdaState(0.5, 0), file.StateAt(1));
        Assert.Equal(new LambdaState(1, 0.5), file.Columns[2]);
        Assert.Equal(beta * (8 + 0.5 - 4001.5), file.ReducedPotentials![5], 1e-11);
        Assert.Equal([beta * 10.5, beta * -3, beta * 11, beta * -4], file.Gradients!);
    }

    private const string Expanded = """
        @    xaxis  label "Time (ps)"
        @ subtitle "T = 300 (K) "
        @ s0 legend "Thermodynamic state"
        @ s1 legend "dH/d\xl\f{} coul-lambda = 0.0000"
        @ s2 legend "dH/d\xl\f{} vdw-lambda = 0.0000"
        @ s3 legend "\xD\f{}H \xl\f{} to (0.0000, 0.0000)"
        @ s4 legend "\xD\f{}H \xl\f{} to (1.0000, 0.0000)"
        @ s5 legend "\xD\f{}H \xl\f{} to (1.0000, 1.0000)"
        0.0 0 1 2 0.0 3 4
        0.2 2 1 2 -3 -1 0.0
        0.4 0 1 2 0.0 3.5 4.5

        """;

    [Fact]
    public void An_expanded_ensemble_tells_the_state_row_by_row()
    {
        AlchemicalFile file = XvgReader.Read(Put("e.xvg", Expanded));
        Assert.Equal([new LambdaState(0, 0), new LambdaState(1, 1)], file.SampledStates);
        Assert.Equal([0, 1, 0], file.StateOfRow);
        var data = AlchemicalData.Combine([file]);
        Assert.Equal([2, 0, 1], data.Counts);
        Assert.Equal([0, 0.4, 0.2], data.Times);
        Assert.Equal(Beta300 * 4.5, data.ReducedPotentials![2 * 3 + 1], 1e-14);
        Assert.Equal(2, data.Blocks.Count);

        string path = Put("bad.xvg", Expanded.Replace("0.2 2 ", "0.2 3 ", StringComparison.Ordinal));
        Assert.Equal(Line(path, 10) + "thermodynamic state 3 of 3", Error(() => XvgReader.Read(path)));
    }

    [Fact]
    public void Replica_exchange_tells_the_state_in_the_legends()
    {
        string text = Expanded.Replace("@ s0 legend \"Thermodynamic state\"", "@ s0 legend \"Pressure (bar)\"", StringComparison.Ordinal)
            .Replace("0.2 2 1 2 -3 -1 0.0", "0.2 2 1 2 0.0 -1 2", StringComparison.Ordinal);
        string path = Put("r.xvg", text);
        AlchemicalFile file = XvgReader.Read(path);
        Assert.Equal(new LambdaState(0, 0), Assert.Single(file.SampledStates));
        Assert.Equal(Line(path, 3) + "the column \"Pressure (bar)\" is not used", Assert.Single(file.Warnings));
    }

    [Fact]
    public void A_state_that_is_twice_in_the_schedule_is_one_column()
    {
        string text = Window(0.25, [0, 1], columns: [0, 0.25, 0.25, 1]);
        Assert.Equal(3, XvgReader.Read(Put("a.xvg", text)).Columns.Count);
        string[] lines = text.Split('\n');
        lines[FirstRow] = lines[FirstRow].Replace(" 0 0 ", " 0 0.5 ", StringComparison.Ordinal);
        string path = Put("b.xvg", string.Join('\n', lines));
        Assert.Equal(Line(path, FirstRow + 1) + "two columns lead to state 0.25, with different numbers",
            Error(() => XvgReader.Read(path)));
    }

    private static byte[] Compress(string text, bool bz2)
    {
        var target = new MemoryStream();
        using (Stream stream = bz2 ? new BZip2OutputStream(target, 1) { IsStreamOwner = false } : new GZipStream(target, CompressionLevel.Optimal, true))
            stream.Write(Encoding.UTF8.GetBytes(text));
        return target.ToArray();
    }

    [Theory]
    [InlineData("gz")]
    [InlineData("bz2")]
    public void Compressed_files_read_the_same_and_must_be_whole(string kind)
    {
        string text = Window(0.25, [.. Enumerable.Range(0, 2000).Select(i => 0.5 * i)]);
        AlchemicalFile plain = XvgReader.Read(Put("a.xvg", text));
        byte[] bytes = Compress(text, kind == "bz2");
        string path = Path.Combine(_folder, "a.xvg." + kind);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(plain.ReducedPotentials!, XvgReader.Read(path).ReducedPotentials!);

        // several members, as parallel compressors write them
        int half = text.IndexOf('\n', text.Length / 2) + 1;
        File.WriteAllBytes(path, [.. Compress(text[..half], kind == "bz2"), .. Compress(text[half..], kind == "bz2")]);
        Assert.Equal(plain.ReducedPotentials!, XvgReader.Read(path).ReducedPotentials!);

        foreach (int length in new[] { bytes.Length - 1, bytes.Length - 9, bytes.Length / 2, 20, 3, 0 })
        {
            File.WriteAllBytes(path, bytes[..length]);
            string message = Error(() => XvgReader.Read(path));
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.True(message.Contains("damaged or cut off", StringComparison.Ordinal) || length == 0, message);
        }
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(path, bytes);
        Assert.StartsWith(path, Error(() => XvgReader.Read(path)), StringComparison.Ordinal);
        File.WriteAllText(path, text);
        Assert.Contains("damaged or cut off", Error(() => XvgReader.Read(path)), StringComparison.Ordinal);
    }

    private static string Error(Action action)
    {
        string message = Assert.Throws<InvalidDataException>(action).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static async Task<string> ErrorAsync(Func<Task> action)
    {
        string message = (await Assert.ThrowsAsync<InvalidDataException>(action)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    public static TheoryData<string, string, int, string> Damages => new()
    {
        { "2.0000  ", "2.0000  1 ", FirstRow + 2, "7 columns, but the header describes 6 (time and 5 more)" },
        { " 0.75\n2.0000", "\n2.0000", FirstRow + 1, "5 columns, but the header describes 6 (time and 5 more)" },
        { "1.0000  ", "1.0000  1.2.3 ", FirstRow + 1, "column 2: \"1.2.3\" is not a number" },
        { "1.0000  4.875", "1.0000  nan", FirstRow + 1, "column 2: \"nan\" is not a finite number" },
        { "1.0000  4.875", "1.0000  -inf", FirstRow + 1, "column 2: \"-inf\" is not a finite number" },
        { "1.0000  4.875", "1.0000  1e999", FirstRow + 1, "column 2: \"1e999\" is not a finite number" },
        { "2.0000  ", "1.0000  ", FirstRow + 2,
            "time 1 ps does not come after 1 ps: rows repeated after a restart, or files joined? Keep one of each" },
        { "2.0000  ", "@ s0 legend \"dH/d\\xl\\f{} fep-lambda = 0.2500\"\n2.0000  ", FirstRow + 3,
            "the header before this line is not that of the first rows: are these several files, joined? Give them one by one" },
        { "state 1: fep-lambda = 0.2500", "state 1: fep-lambda = 1.0000", 8,
            "dH/dl at fep-lambda = 0.25, but the subtitle (line 5) says that the state is 1" },
        { "fep-lambda = 0.2500", "fep-lambda = 1.0000", FirstRow,
            "the difference to the row's own state 1 is 3 kJ/mol, not 0: the stated lambda is not the one that was sampled" },
        { "state 1: fep-lambda = 0.2500", "state 1", 5, "the lambda state in \"T = 300 (K) \\xl\\f{} state 1\" cannot be read" },
        { "T = 300 ", "T = -3 ", 5, "a temperature of -3 K" },
        { "to 0.2500", "to (0.2500, 1)", FirstRow, "a difference leads to (0.25, 1), but there are 1 lambdas (fep-lambda)" },
        { "s3 legend", "s4 legend", 11, "the legend of column s4 where that of s3 was expected" },
        { "Time (ps)", "Time (ns)", 3, "the horizontal axis is \"Time (ns)\", not a time in ps" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damage_is_named_by_line(string old, string replacement, int line, string message)
    {
        string text = Window(0.25, [0, 1, 2]);
        Assert.Contains(old, text, StringComparison.Ordinal);
        string path = Put("d.xvg", text.Replace(old, replacement, StringComparison.Ordinal));
        Assert.Equal(Line(path, line) + message, Error(() => XvgReader.Read(path)));
    }

    [Fact]
    public void What_is_no_dhdl_file_is_refused_in_one_line()
    {
        string text = Window(0.25, [0, 1]), header = text[..text.IndexOf("0.0000  ", StringComparison.Ordinal)];
        string path = Put("n.xvg", "");
        string Reread(string content)
        {
            File.WriteAllText(path, content);
            return Error(() => XvgReader.Read(path));
        }
        Assert.Equal($"{path}: is empty", Reread(""));
        Assert.Equal($"{path}: is empty but for blanks", Reread("\n \n"));
        Assert.Equal($"{path}: a header without rows", Reread(header));
        Assert.Equal($"{path}: a header without a complete row", Reread(header + "0.0 1"));
        Assert.Equal(Line(path, 1) + "is not an xvg file: no header", Reread("0.0 1 2 3\n"));
        Assert.Equal(Line(path, 1) + "is not an xvg file: no header", Reread("HEADER    A PROTEIN\n"));
        Assert.Equal(Line(path, 3) + "no column is dH/dl or a difference to another state: not a dhdl.xvg",
            Reread("@ s0 legend \"Potential\"\n@TYPE xy\n0 1\n"));
        Assert.Equal(Line(path, FirstRow) + "the file does not say in which lambda state it was sampled",
            Reread(text.Replace("@ subtitle", "# subtitle", StringComparison.Ordinal)
                .Replace("@ s0 legend \"dH/d\\xl\\f{} fep-lambda = 0.2500\"\n", "@ s0 legend \"dH/d\\xl\\f{} fep-lambda\"\n",
                    StringComparison.Ordinal)));
        Assert.Equal(Line(path, 1) + "is not an xvg file: a line longer than a megabyte", Reread(new string('x', 3_000_000)));
        Assert.Throws<FileNotFoundException>(() => XvgReader.Read(Path.Combine(_folder, "absent.xvg")));
        Assert.Throws<ArgumentException>(() => XvgReader.Read(path, -1));
    }

    [Fact]
    public void Temperatures_must_be_known_and_agree()
    {
        string path = PutWindow("a.xvg", 0.25);
        Assert.Equal($"{path}: says 300 K, but 310 K was given", Error(() => XvgReader.Read(path, 310)));
        Assert.Equal(300, XvgReader.Read(path, 300).Temperature);
        string silent = Put("b.xvg", Window(0.25, [0, 1]).Replace("T = 300 (K) ", "", StringComparison.Ordinal));
        Assert.Equal($"{silent}: does not say its temperature, and none was given", Error(() => XvgReader.Read(silent)));
        Assert.Equal(XvgReader.Read(PutWindow("c.xvg", 0.25, [0, 1])).ReducedPotentials!, XvgReader.Read(silent, 300).ReducedPotentials!);
    }

    [Theory]
    [InlineData(3)] // within a number
    [InlineData(9)] // within a row
    [InlineData(1)] // only the line end is missing: the last number may be cut
    public void The_last_line_of_a_killed_simulation_is_left_out_with_a_warning(int missing)
    {
        string text = Window(0.25, [0, 1, 2]);
        string path = Put("k.xvg", text[..^missing]);
        AlchemicalFile file = XvgReader.Read(path);
        Assert.Equal([0, 1], file.Times);
        Assert.Equal(Line(path, FirstRow + 2) + "the last line has no line end and was left out: was the simulation killed?",
            Assert.Single(file.Warnings));
    }

    [Fact]
    public void Long_files_cross_the_buffer()
    {
        double[] times = [.. Enumerable.Range(0, 20_000).Select(i => 0.1 * i)];
        AlchemicalFile file = XvgReader.Read(Put("long.xvg", Window(1, times)));
        Assert.Equal(20_000, file.RowCount);
        for (int i = 0; i < times.Length; i++)
            Assert.Equal((4 + times[i] % 7 - 0.125 * times[i]) * Beta300, file.Gradients![i], 1e-9);
    }

    private async Task<AlchemicalFile> Written(AlchemicalFile file, string name, bool gradients = false)
    {
        string path = Path.Combine(_folder, name);
        await (gradients ? AlchemicalParquet.WriteGradientsAsync(path, file) : AlchemicalParquet.WriteReducedPotentialsAsync(path, file));
        return await AlchemicalParquet.ReadAsync(path);
    }

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
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "u.parquet")), File.ReadAllBytes(Path.Combine(_folder, "again.parquet")));
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
        await using ParquetReader reader = await ParquetReader.CreateAsync(Path.Combine(_folder, name));
        return ([.. reader.Schema.GetDataFields().Select(f => f.Name)], reader.CustomMetadata);
    }

    /// <summary>Writes a table as others may: any types, columns that may hold nulls, any metadata.</summary>
    private async Task<string> Table(string name, Dictionary<string, string>? metadata, params (string Name, Array Values)[] columns)
    {
        string path = Path.Combine(_folder, name);
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
        string path = Path.Combine(_folder, "t.parquet");
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
        string path = Path.Combine(_folder, "u.parquet");
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
        Assert.Equal(["a.xvg"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Windows_come_together_whatever_their_order()
    {
        AlchemicalFile a = XvgReader.Read(PutWindow("z.xvg", 0)), b = XvgReader.Read(PutWindow("m.xvg", 0.25, [0, 1])),
            c = XvgReader.Read(PutWindow("a.xvg", 1, [0, 1, 2, 3]));
        var data = AlchemicalData.Combine([c, a, b]);
        Assert.Equal([3, 2, 4], data.Counts);
        Assert.Equal([0, 0.25, 1], data.States.Select(s => s.Values[0]));
        Assert.Equal(["z.xvg", "m.xvg", "a.xvg"], data.Blocks.Select(x => Path.GetFileName(x.Source)));
        Assert.Equal([0, 1, 2, 0, 1, 0, 1, 2, 3], data.Times);
        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(a.ReducedPotentials![2 * 3 + k], data.ReducedPotentials![k * 9 + 2]);
            Assert.Equal(b.ReducedPotentials![3 + k], data.ReducedPotentials![k * 9 + 4]);
        }
        Assert.Equal(c.Gradients!, data.GradientsOf(2).ToArray());
        Assert.Equal(data.ReducedPotentials!, AlchemicalData.Combine([a, b, c]).ReducedPotentials!);
    }

    [Fact]
    public void A_state_may_have_continuations_and_repeats_and_none()
    {
        AlchemicalFile one = XvgReader.Read(PutWindow("part1.xvg", 0, [0, 1, 2])), two = XvgReader.Read(PutWindow("part2.xvg", 0, [2, 3])),
            other = XvgReader.Read(PutWindow("repeat.xvg", 0, [0, 1], 0.5));
        var chain = AlchemicalData.Combine([two, one]);
        Assert.Equal([4, 0, 0], chain.Counts);
        Assert.Equal([0, 1, 2, 3], chain.Times);
        Assert.Equal([false, true], chain.Blocks.Select(b => b.Continues));
        Assert.Contains(chain.Notes, n => n.Contains("2 runs continue each other", StringComparison.Ordinal));
        Assert.Contains(chain.Notes, n => n.Contains("was left out", StringComparison.Ordinal) && n.Contains("part2.xvg",
            StringComparison.Ordinal));
        var repeats = AlchemicalData.Combine([other, one]);
        Assert.Equal([0, 1, 2, 0, 1], repeats.Times);
        Assert.All(repeats.Blocks, b => Assert.False(b.Continues));
        Assert.Contains("2 runs overlap in time with different numbers and count as independent", Assert.Single(repeats.Notes),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_do_not_belong_together_are_named()
    {
        AlchemicalFile a = XvgReader.Read(PutWindow("a.xvg", 0)), copy = XvgReader.Read(PutWindow("copy.xvg", 0));
        AlchemicalFile warm = XvgReader.Read(Put("warm.xvg", Window(0.25, [0, 1], 310))),
            named = XvgReader.Read(Put("named.xvg", Window(0.25, [0, 1], name: "vdw-lambda")));
        AlchemicalFile outside = XvgReader.Read(Put("outside.xvg", Window(0.5, [0, 1])));
        string Combined(params AlchemicalFile[] files) => Error(() => AlchemicalData.Combine(files)).Replace(_folder
            + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        Assert.Equal("a.xvg: was given 2 times", Combined(a, a));
        Assert.Equal("copy.xvg: has the same rows of state 0 as a.xvg: was the same file given twice?", Combined(a, copy));
        Assert.Equal("warm.xvg: is at 310 K, but a.xvg is at 300 K", Combined(a, warm));
        Assert.Equal("named.xvg: its lambdas are vdw-lambda, those of a.xvg are fep-lambda", Combined(a, named));
        Assert.Equal("outside.xvg: was sampled in state 0.5, which is none of its columns (0, 0.25, 1)", Combined(a, outside));
        Assert.Contains("a.xvg: is at 300 K, but 310 K was given", Error(() => AlchemicalData.Combine([a], 310)), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => AlchemicalData.Combine([]));
    }

    [Fact]
    public async Task Tables_of_the_same_rows_are_joined_and_what_is_missing_is_said()
    {
        AlchemicalFile a = XvgReader.Read(PutWindow("a.xvg", 0)), b = XvgReader.Read(PutWindow("b.xvg", 1));
        AlchemicalFile au = await Written(a, "a_u.parquet"), ad = await Written(a, "a_d.parquet", true),
            bu = await Written(b, "b_u.parquet"), bd = await Written(b, "b_d.parquet", true);
        AlchemicalData whole = AlchemicalData.Combine([a, b]), joined = AlchemicalData.Combine([bd, au, ad, bu]);
        Assert.Equal(whole.ReducedPotentials!, joined.ReducedPotentials!);
        Assert.Equal(whole.Gradients!, joined.Gradients!);
        Assert.Empty(joined.Notes);
        var onlyU = AlchemicalData.Combine([au, bu]);
        Assert.Null(onlyU.Gradients);
        Assert.Contains("thermodynamic integration is not possible", Assert.Single(onlyU.Notes), StringComparison.Ordinal);
        var onlyD = AlchemicalData.Combine([ad, bd]);
        Assert.Null(onlyD.ReducedPotentials);
        Assert.Equal(2, onlyD.States.Count);
        Assert.Contains("MBAR are not possible", Assert.Single(onlyD.Notes), StringComparison.Ordinal);
        AlchemicalFile r = XvgReader.Read(PutWindow("r.xvg", 0, shift: 1)), ru = await Written(r, "r_u.parquet"),
            rd = await Written(r, "r_d.parquet", true);
        AlchemicalData repeats = AlchemicalData.Combine([au, ad, ru, rd]);
        Assert.Equal(AlchemicalData.Combine([a, r]).Gradients!, repeats.Gradients!);
        Assert.Contains(repeats.Notes, n => n.Contains("2 dHdl tables have its rows", StringComparison.Ordinal));
        Assert.Contains("b_d.parquet: has dH/dlambda only", Error(() => AlchemicalData.Combine([au, ad, bd])), StringComparison.Ordinal);
    }

    /// <summary>Files with a few bytes changed or the end missing: every one is read or refused in one line that names the file.</summary>
    [Fact]
    public async Task Thousands_of_mangled_files_at_the_door()
    {
        string text = Window(0.25, [.. Enumerable.Range(0, 40).Select(i => 0.5 * i)]);
        await Written(XvgReader.Read(Put("a.xvg", text)), "u.parquet");
        var random = new MolSampling.Sampling.RandomSource(7);
        (string Name, byte[] Bytes, int Count)[] kinds = [("m.xvg", Encoding.UTF8.GetBytes(text), 2000), ("m.xvg.bz2", Compress(text, true),
            300), ("m.xvg.gz", Compress(text, false), 1000),
            ("m.parquet", File.ReadAllBytes(Path.Combine(_folder, "u.parquet")), 500)];
        foreach ((string name, byte[] bytes, int count) in kinds)
        {
            string path = Path.Combine(_folder, name);
            int refused = 0;
            for (int n = 0; n < count; n++)
            {
                byte[] mangled = random.NextInt(10) == 0 ? bytes[..random.NextInt(bytes.Length)] : [.. bytes];
                for (int change = random.NextInt(4); change > 0 && mangled.Length > 0; change--)
                    mangled[random.NextInt(mangled.Length)] = (byte)random.NextInt(256);
                File.WriteAllBytes(path, mangled);
                try
                {
                    _ = name.EndsWith("parquet", StringComparison.Ordinal) ? await AlchemicalParquet.ReadAsync(path) : XvgReader.Read(path);
                }
                catch (InvalidDataException e)
                {
                    refused++;
                    Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                    Assert.DoesNotContain('\n', e.Message);
                }
            }
            Assert.InRange(refused, count / 4, count - 1); // some stay as they were
        }
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
        System.Text.Json.JsonElement u = DuckDb.Read(Path.Combine(_folder, "u.parquet")),
            d = DuckDb.Read(Path.Combine(_folder, "d.parquet"));
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
        string path = Path.Combine(_folder, "duck.parquet");
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

    [Theory]
    [InlineData("0,0 1,0 1,1 0.5,0 1,0.5", "0,0 0.5,0 1,0 1,0.5 1,1")] // charges, then van der Waals
    [InlineData("1,1 0,0 0,1 0,0.5 0.5,1", "0,0 0,0.5 0,1 0.5,1 1,1")] // the other way round
    [InlineData("1,0 0,1 1,1 0.5,1 1,0.5", "0,1 0.5,1 1,1 1,0.5 1,0")] // restraints on, then charges off
    [InlineData("0,0 0,1 1,0 1,1", "0,0 0,1 1,0 1,1")] // a grid is no path
    public void States_are_in_the_order_of_the_path(string given, string expected)
    {
        static LambdaState[] Parse(string text) =>
            [.. text.Split(' ').Select(s =>
            new LambdaState([.. s.Split(',').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture))]))];
        Assert.Equal(Parse(expected), LambdaOrder.Along(Parse(given)));
    }
}
