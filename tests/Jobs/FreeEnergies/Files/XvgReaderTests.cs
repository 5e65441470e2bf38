using MolSampling.Jobs.FreeEnergies.Files;

namespace MolSampling.Tests.Jobs.FreeEnergies.Files;

/// <summary>What GROMACS writes: states, units, compression, and damage named by line.</summary>
public sealed class XvgReaderTests : AlchemicalFolder
{
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

    [Theory]
    [InlineData("gz")]
    [InlineData("bz2")]
    public void Compressed_files_read_the_same_and_must_be_whole(string kind)
    {
        string text = Window(0.25, [.. Enumerable.Range(0, 2000).Select(i => 0.5 * i)]);
        AlchemicalFile plain = XvgReader.Read(Put("a.xvg", text));
        byte[] bytes = Compress(text, kind == "bz2");
        string path = Path.Combine(Folder, "a.xvg." + kind);
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
        Assert.Throws<FileNotFoundException>(() => XvgReader.Read(Path.Combine(Folder, "absent.xvg")));
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
}
