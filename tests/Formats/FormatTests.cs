using System.Text;

namespace MolSampling.Tests.Formats;

public sealed class FormatTests
{
    [Theory]
    [InlineData("C[C@H](N)C(=O)O")]
    [InlineData("F/C=C\\Cl")]
    [InlineData("C[N+](C)(C)CC([O-])=O")]
    [InlineData("[2H]C([2H])([2H])O")]
    [InlineData("c1ccc2[nH]ccc2c1")]
    public void What_is_written_as_sdf_is_read_back(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        float[] x = molecule.Embed(1, 3, TimeSpan.FromSeconds(20)).Conformers[0];
        var text = new StringWriter { NewLine = "\n" };
        SdfWriter.Write(text, molecule.Molecule, x, [("energy", "1.5")]);
        string path = Path.GetTempFileName() + ".sdf";
        File.WriteAllText(path, text.ToString());
        MoleculeRecord record = Assert.Single(SdfReader.Read(path));
        File.Delete(path);
        Assert.Null(record.Error);
        using RDKitMolecule back = record.Molecule!;
        Assert.Equal(molecule.Molecule.Smiles, back.Molecule.Smiles);
        for (int k = 0; k < x.Length; k++)
            Assert.Equal(x[k], back.Coordinates![k], 1e-5);
    }

    [Fact]
    public void Large_molecules_are_written_as_V3000()
    {
        using var molecule = RDKitMolecule.FromSmiles(new string('C', 340));
        var x = new float[3 * molecule.Molecule.Atoms.Count];
        for (int k = 0; k < x.Length; k++)
            x[k] = 0.01f * k;
        var text = new StringWriter();
        SdfWriter.Write(text, molecule.Molecule, x, []);
        using var back = RDKitMolecule.FromMolBlock(text.ToString().Split("$$$$")[0], "long", "test", 1);
        Assert.Equal(molecule.Molecule.Atoms.Count, back.Molecule.Atoms.Count);
    }

    [Fact]
    public async Task Parquet_comes_back_as_written()
    {
        EnsembleRow[] rows = [.. Enumerable.Range(0, 500).Select(i => new EnsembleRow(i < 200 ? "a" : "b ü", i, i % 3, -0.1 * i, 1e-9 + i,
            Enumerable.Range(0, i < 200 ? 9 : 12).Select(k => k + 0.001f * i).ToArray()))];
        var provenance = new Provenance("1.2.3", 7, "MMFF94s", 310.5);
        byte[] Write()
        {
            var stream = new MemoryStream();
            EnsembleFile.WriteAsync(stream, rows, provenance).GetAwaiter().GetResult();
            return stream.ToArray();
        }
        byte[] one = Write(), two = Write();
        Assert.Equal(one, two);
        var (read, metadata) = await EnsembleFile.ReadAsync(new MemoryStream(one));
        Assert.Equal(rows.Length, read.Count);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal((rows[i].Molecule, rows[i].Sample, rows[i].Basin, rows[i].LogWeight, rows[i].PotentialEnergy),
                (read[i].Molecule, read[i].Sample, read[i].Basin, read[i].LogWeight, read[i].PotentialEnergy));
            Assert.True(rows[i].Positions.Span.SequenceEqual(read[i].Positions.Span));
        }
        Assert.Equal("310.5", metadata["molsampling.temperatureK"]);
        Assert.Equal("7", metadata["molsampling.seed"]);
    }

    [Fact]
    public async Task Columns_of_properties_come_back_with_units_and_gaps()
    {
        EnsembleColumn[] columns = [new("distance:1-5", "nm"), new("jhnha:2", "Hz"), new("plain", "")];
        EnsembleRow[] rows = [.. Enumerable.Range(0, 30).Select(i => new EnsembleRow("m", i, 0, 0, 0, new float[3]) { Values = [0.1 * i,
            i % 3 == 0 ? null : double.NaN, -i] })];
        var stream = new MemoryStream();
        await EnsembleFile.WriteAsync(stream, rows, new("1", 1, "MMFF94s", 300), columns);
        byte[] bytes = stream.ToArray();
        Assert.Equal(columns, await EnsembleFile.ReadColumnsAsync(new MemoryStream(bytes)));
        var (read, metadata) = await EnsembleFile.ReadAsync(new MemoryStream(bytes));
        Assert.Equal(rows.SelectMany(r => r.Values), read.SelectMany(r => r.Values));
        Assert.All(read, r => Assert.Equal(3, r.Positions.Length));
        Assert.Equal("nm", metadata["molsampling.unit.distance:1-5"]);
        Assert.Equal(["molecule", "sample", "basin", "log_weight", "potential_energy", "distance:1-5", "jhnha:2", "plain", "positions"],
            EnsembleFile.ColumnNames(columns));
    }

    [Fact]
    public void A_broken_record_in_the_middle_does_not_stop_the_others()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCO");
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        var text = new StringWriter { NewLine = "\n" };
        for (int r = 0; r < 3; r++)
            SdfWriter.Write(text, molecule.Molecule, x, []);
        string[] records = text.ToString().Split("$$$$\n");
        records[1] = records[1].Replace(" C  ", " Qq ", StringComparison.Ordinal);
        string path = Path.Combine(Path.GetTempPath(), "middle-" + Environment.ProcessId + ".sdf");
        File.WriteAllText(path, string.Join("$$$$\n", records));
        MoleculeRecord[] read = [.. SdfReader.Read(path)];
        File.Delete(path);
        Assert.Equal(3, read.Length);
        Assert.NotNull(read[0].Molecule);
        Assert.NotNull(read[2].Molecule);
        int line = records[0].Split('\n').Length + 1; // the record begins after the separator
        Assert.Contains($"line {line}", read[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pending_file_that_is_not_kept_leaves_nothing()
    {
        string path = Path.Combine(Path.GetTempPath(), "pending-" + Environment.ProcessId);
        using (var file = new PendingFile(path))
            file.Stream.Write("half"u8);
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(path) + "*"));
        using (var file = new PendingFile(path))
        {
            file.Stream.Write("whole"u8);
            file.Keep();
        }
        Assert.Equal("whole", File.ReadAllText(path));
        File.Delete(path);
    }

    /// <summary>10,000 mangled inputs: every one is a molecule or a one-line MoleculeFormatException; nothing aborts, nothing
    /// hangs.</summary>
    [Fact]
    public void Ten_thousand_mangled_inputs_at_the_door()
    {
        string[] seeds = ["CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "F/C=C/Cl", "C[N+](C)(C)CC([O-])=O", "c1ccc2[nH]ccc2c1",
            "[13CH3][C@H](O)[Fe+2]", "O=S(=O)(N)c1ccccc1", "C1CC2CCC1C2", "[Na+].[Cl-]"];
        const string alphabet = "CNOSPFclnos()[]=#@+-123456789/\\%.HBrI \t*:~$&é\u0001";
        using var molecule = RDKitMolecule.FromSmiles("CC(=O)NC");
        var sdf = new StringWriter { NewLine = "\n" };
        SdfWriter.Write(sdf, molecule.Molecule, molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0], []);
        string block = sdf.ToString().Split("$$$$")[0];
        var random = new MolSampling.Sampling.RandomSource(99);
        int molecules = 0, refused = 0;
        for (int n = 0; n < 10_000; n++)
        {
            bool isBlock = n % 4 == 3;
            var text = new StringBuilder(isBlock ? block : seeds[n % seeds.Length]);
            for (int edits = 1 + random.NextInt(4); edits > 0 && text.Length > 0; edits--)
            {
                int at = random.NextInt(text.Length);
                switch (random.NextInt(4))
                {
                    case 0: text.Remove(at, 1); break;
                    case 1: text.Insert(at, alphabet[random.NextInt(alphabet.Length)]); break;
                    case 2: text[at] = alphabet[random.NextInt(alphabet.Length)]; break;
                    default: text.Remove(at, random.NextInt(text.Length - at + 1)); break;
                }
            }
            try
            {
                using RDKitMolecule parsed = isBlock ? RDKitMolecule.FromMolBlock(text.ToString(), "fuzz", "fuzz.sdf", 1) : RDKitMolecule.FromSmiles(text.ToString());
                molecules++;
                if (parsed.Molecule.Atoms.Count < 60)
                    parsed.MmffTerms(MmffVariant.Mmff94s);
            }
            catch (MoleculeFormatException e)
            {
                refused++;
                Assert.DoesNotContain('\n', e.Message);
            }
            catch (ParameterizationException)
            {
            }
        }
        Assert.True(molecules > 500 && refused > 500, $"{molecules} molecules, {refused} refused");
    }
}
