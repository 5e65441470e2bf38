using System.Globalization;
using System.IO.Compression;
using System.Text;
using MolSampling.Jobs.LearnedPotentials;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Tests.Formats;

/// <summary>Files of energies and forces: extended xyz and numpy archives.</summary>
public sealed class LabelFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-labels-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Numbers_that_are_written_are_read_again_to_the_bit()
    {
        var random = new RandomSource(5);
        float[] x = [.. Enumerable.Range(0, 9).Select(_ => (float)random.NextNormal())];
        float[] moved = [.. x.Select(v => v + 0.01f)];
        double[] f = [.. Enumerable.Range(0, 9).Select(_ => 1000 * random.NextNormal())];
        var text = new StringWriter();
        LabelledXyz.Write(text, [8, 1, 1], x, -13307.5, f, "mine");
        LabelledXyz.Write(text, [8, 1, 1], moved, -13308.5, f, "mine");
        FrameFile read = FrameFile.Collect(LabelledXyz.Read(new StringReader(text.ToString()), "text"),
            new("eV", "eV/angstrom", "angstrom"), "text");
        LabelledFrames frames = Assert.Single(read.Sets);
        Assert.Equal([8, 1, 1], frames.AtomicNumbers);
        Assert.Equal([.. x, .. moved], frames.Positions);
        Assert.Equal(-13307.5, frames.Energies[0], 1e-9);
        Assert.Equal(f[4], frames.Forces[4], 1e-3);
    }

    [Fact]
    public void A_frame_that_a_kill_cut_off_is_left_out_where_that_is_expected_and_an_error_elsewhere()
    {
        var text = new StringWriter();
        for (int k = 0; k < 2; k++)
            LabelledXyz.Write(text, [8, 1, 1], new float[9], k, new double[9], "mine");
        string cut = string.Join('\n', text.ToString().Split('\n').SkipLast(2)) + "\n";
        Assert.Single(LabelledXyz.Read(new StringReader(cut), "text", mayEndEarly: true));
        var e = Assert.Throws<MoleculeFormatException>(() => LabelledXyz.Read(new StringReader(cut), "text").ToList());
        Assert.Contains("the file ends after 2 of 3 atoms", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2\nhello\nH 0 0 0\nH 0 0 1\n", "Properties=species")]
    [InlineData("1\nProperties=species:S:1:pos:R:3:forces:R:3\nH 0 0 0 0 0 0\n", "no energy")]
    [InlineData("1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=1 pbc=\"T T T\"\nH 0 0 0 0 0 0\n", "periodic")]
    [InlineData("1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=1\nXx 0 0 0 0 0 0\n", "is not an element")]
    [InlineData("1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=1\nH 0 0 0 0 0\n", "with 6 numbers")]
    public void What_is_no_label_is_said_with_its_line(string text, string words)
    {
        var e = Assert.Throws<MoleculeFormatException>(() => LabelledXyz.Read(new StringReader(text), "file.xyz").ToList());
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("file.xyz, line ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_without_a_number_are_counted()
    {
        string text = "1\nProperties=species:S:1:pos:R:3:forces:R:3 energy=nan\nH 0 0 0 0 0 0\n"
            + "1\nProperties=species:S:1:pos:R:3:REF_forces:R:3 REF_energy=2\n1 0 0 0 0 0 1\n";
        FrameFile read = FrameFile.Collect(LabelledXyz.Read(new StringReader(text), "f"), new("eV", "eV/angstrom", "angstrom"), "f");
        Assert.Equal((1, 1), (read.LeftOut, Assert.Single(read.Sets).Count));
    }

    [Fact]
    public void Archives_of_every_type_of_number_are_read()
    {
        string path = Archive(("z", "<i4", "(2,)", Bytes(8, 1)), ("R", "<f4", "(1, 2, 3)", Bytes(0f, 0, 0, 0, 0, 0.96f)),
            ("E", "<f8", "(1, 1)", Bytes(-76.4)), ("F", "<f4", "(1, 2, 3)", Bytes(0f, 0, 0.5f, 0, 0, -0.5f)),
            ("name", "<U3", "()", new byte[12]));
        Dictionary<string, NumpyArray> arrays = NumpyArchive.Read(path);
        Assert.Equal(["E", "F", "R", "z"], arrays.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([8.0, 1], arrays["z"].Values);
        Assert.Equal(-76.4, arrays["e"].Values[0]);
        Assert.Equal([1, 2, 3], arrays["F"].Shape);
    }

    [Theory]
    [InlineData("(2, 2, 3)", false, "the file ends too early")]
    [InlineData("(1, 2, 3)", true, "Fortran's order")]
    [InlineData("(99999, 99999, 3)", false, "more than this program reads")]
    public void Damaged_archives_are_refused_in_one_line(string shape, bool fortran, string words)
    {
        string path = Archive(("R", "<f4", shape, Bytes(0f, 0, 0, 0, 0, 0.96f)));
        if (fortran)
            path = Archive(("R", "<f4", shape + ", 'fortran_order': True", Bytes(0f, 0, 0, 0, 0, 0.96f)));
        var e = Assert.Throws<MoleculeFormatException>(() => NumpyArchive.Read(path));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void What_is_no_archive_is_refused()
    {
        string path = Path.Combine(_folder, "a.npz");
        File.WriteAllText(path, "not a zip");
        Assert.Contains("no archive of numpy arrays", Assert.Throws<MoleculeFormatException>(() => NumpyArchive.Read(path)).Message,
            StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("eV", null, null, "kcal/mol (energyUnit)")]
    [InlineData("kcal/mol", "eV/angstrom", null, "kcal/mol (forceUnit)")]
    [InlineData("hartree", "kcal/mol/angstrom", null, "energies or forces have another unit")]
    [InlineData("hartree", null, null, "kcal/mol (energyUnit)")]
    [InlineData("kJ/mol", null, null, "kcal/mol (energyUnit)")]
    [InlineData("kcal/mol", null, "nm", "angstrom")]
    [InlineData("kcal/mol", null, "bohr", "angstrom (lengthUnit)")]
    public void Wrong_units_are_recognised_and_the_right_one_is_named(string energy, string? force, string? length, string words)
    {
        string path = SharedData.Require("ethanol/ethanol.npz");
        var e = Assert.Throws<ArgumentException>(() => FrameFile.Read(path, energy, force ?? energy + "/angstrom", length));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Right_units_pass_and_none_are_asked_for()
    {
        string path = SharedData.Require("ethanol/ethanol.npz");
        FrameFile read = FrameFile.Read(path, "kcal/mol");
        Assert.Equal((2000, 0), (Assert.Single(read.Sets).Count, read.LeftOut));
        Assert.Contains("--energy-unit", Assert.Throws<ArgumentException>(() => FrameFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Gradients_in_the_place_of_forces_are_recognised()
    {
        LabelledFrames frames = FrameFile.Read(SharedData.Require("ethanol/ethanol.npz"), "kcal/mol").Sets[0];
        var units = new LabelUnits("kcal/mol", "kcal/mol/angstrom", "angstrom");
        units.Check(frames, "file");
        var e = Assert.Throws<ArgumentException>(() => units.Check(frames with { Forces = [.. frames.Forces.Select(f => -f)] }, "file"));
        Assert.Contains("are they gradients", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_are_sorted_by_formula_counted_once_and_kept_apart_by_charge()
    {
        string Frame(string order, double shift, string more = "") => string.Create(CultureInfo.InvariantCulture,
            $"3\nProperties=species:S:1:pos:R:3:forces:R:3 energy=-76 {more}\n") + string.Concat(order.Select((s, a) =>
                string.Create(CultureInfo.InvariantCulture, $"{s} {(s == 'O' ? 0 : a) + shift} {a} 0 0 0 {a}\n")));
        string path = Path.Combine(_folder, "water.xyz");
        File.WriteAllText(path, Frame("OHH", 0) + Frame("HOH", 0.1) + Frame("OHH", 0) + Frame("HHO", 0.2));
        using (var reader = new StringReader(File.ReadAllText(path)))
        {
            FrameFile read = FrameFile.Collect(LabelledXyz.Read(reader, path).Select(FrameFile.ByNumber), s_electronvolts, path);
            LabelledFrames set = Assert.Single(read.Sets);
            Assert.Equal([1, 1, 8], set.AtomicNumbers);
            Assert.Equal((3, 1, 0), (set.Count, read.Repeated, read.LeftOut));
            Assert.Equal([1, 2, 0], set.Forces[..9].Where((_, k) => k % 3 == 2).Select(f => (int)Math.Round(f / 964.8533)));
            Assert.Empty(read.Charges);
        }
        FrameFile Charged(string more) => FrameFile.Collect(LabelledXyz.Read(new StringReader(Frame("OHH", 0, "charge=1")
            + Frame("OHH", 1, more)), "file"), s_electronvolts, "file");
        Assert.Equal([1], Charged("charge=1.0").Charges);
        Assert.Contains("with different charges", Assert.Throws<MoleculeFormatException>(() => Charged("charge=0")).Message,
            StringComparison.Ordinal);
        Assert.Contains("holds no frames", Assert.Throws<MoleculeFormatException>(() => FrameFile.Collect([], s_electronvolts,
            "file")).Message, StringComparison.Ordinal);
        Assert.Contains("is not a number", Assert.Throws<MoleculeFormatException>(() => LabelledXyz.Read(new StringReader(Frame("OHH",
            0).Replace("-76", "-zz", StringComparison.Ordinal)), "file").ToList()).Message, StringComparison.Ordinal);
        // two atoms at one place
        Assert.Equal(1, FrameFile.Collect(LabelledXyz.Read(new StringReader(Frame("OHH", 0) + "2\nProperties=species:S:1:pos:R:3:forces:"
            + "R:3 energy=1\nH 0 0 0 0 0 0\nH 0 0 0.01 0 0 0\n"), "file"), s_electronvolts, "file").LeftOut);
    }

    private static readonly LabelUnits s_electronvolts = new("eV", "eV/angstrom", "angstrom");

    private static byte[] Bytes<T>(params T[] numbers) where T : unmanaged =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    private string Archive(params (string Name, string Type, string Shape, byte[] Data)[] arrays)
    {
        string path = Path.Combine(_folder, "a.npz");
        File.Delete(path);
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, string type, string shape, byte[] data) in arrays)
        {
            using Stream stream = archive.CreateEntry(name + ".npy").Open();
            byte[] header = Encoding.Latin1.GetBytes(shape.Contains("fortran", StringComparison.Ordinal)
                ? $"{{'descr': '{type}', 'shape': {shape}, }}\n" : $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
            stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0]);
            stream.Write(header);
            stream.Write(data);
        }
        return path;
    }
}
