using System.IO.Compression;
using System.Text;
using MolSampling.Jobs.FreeEnergies.Files;
using MolSampling.Molecular.ForceFields.Amber;

namespace MolSampling.Tests.Formats;

/// <summary>Case compressed-line-without-end: no file makes a reader take memory without end, and what is no file is not opened.</summary>
public sealed class BoundedInputTests : IDisposable
{
    private const long MostBytes = 500_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-bounds-").FullName;

    public static TheoryData<string> Readers => [".smi", ".sdf", ".pdb", ".cif", ".prmtop", ".inpcrd", ".json"];

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_compressed_line_without_end_is_refused(string extension)
    {
        string path = Path.Combine(_folder, $"x{extension}.gz");
        Compress(path, new string('C', 1 << 20), 256);
        long before = GC.GetTotalAllocatedBytes();
        MoleculeFormatException error = Assert.Throws<MoleculeFormatException>(() => Read(path, extension));
        Assert.True(GC.GetTotalAllocatedBytes() - before < MostBytes / 4);
        Assert.Matches(extension == ".json" ? "more than 4 megabytes" : "^x.*gz, line 1: longer than a megabyte$", error.Message);
    }

    [Theory]
    [InlineData(".pdb", "HETATM{0,5}  C   LIG A   1      0.000   0.000   0.000  1.00  0.00           C\n")]
    [InlineData(".cif", "data_x\n#{0}\n_cell.length_a 1\n")]
    [InlineData(".prmtop", "%FLAG X{0}\n%FORMAT(10I8)\n       1       1       1       1       1       1       1       1\n")]
    [InlineData(".inpcrd", "\n 9999999\n{0,12}   1.0000000   1.0000000   1.0000000   1.0000000   1.0000000\n")]
    public void What_is_read_whole_has_a_largest_size(string extension, string part)
    {
        string path = Path.Combine(_folder, $"x{extension}.gz");
        string text = string.Concat(Enumerable.Range(0, 1000).Select(i => string.Format(System.Globalization.CultureInfo.InvariantCulture,
            part, i)));
        if (extension is ".pdb" or ".cif") // else the second atom of that name, or item, is an error of its own
            text = string.Concat(Enumerable.Repeat("REMARK and # a comment line of some length that nothing reads\n", 1000).Select(l =>
                extension == ".cif" ? "#" + l : l));
        Compress(path, text, (int)(TextFile.LargestWhole / text.Length) + 2);
        Assert.Contains("more than 64 megabytes of text", Assert.Throws<MoleculeFormatException>(() => Read(path, extension)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_without_end_is_an_entry_that_cannot_be_read_and_the_next_one_can()
    {
        string path = Path.Combine(_folder, "x.sdf.gz");
        using (var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest)))
        {
            string line = new('x', 1000);
            for (int i = 0; i < 20_000; i++)
                writer.Write(line + "\n");
            writer.Write("$$$$\nmethane\n  x\n\n  1  0  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n$$$$\n");
        }
        MoleculeRecord[] records = [.. SdfReader.Read(path)];
        Assert.Equal("x.sdf.gz, line 1: a record of more than 16 megabytes", records[0].Error);
        Assert.Null(records[1].Error);
        records[1].Molecule!.Dispose();
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_compressed_file_that_was_cut_off_is_no_shorter_one(string extension)
    {
        string path = Path.Combine(_folder, $"x{extension}.gz");
        Compress(path, string.Concat(Enumerable.Range(0, 20_000).Select(i => $"CC m{i}\n")), 1);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^2000]);
        string message = Assert.Throws<MoleculeFormatException>(() => Read(path, extension)).Message;
        Assert.StartsWith($"x{extension}.gz, line ", message, StringComparison.Ordinal);
        if (extension == ".smi")
            Assert.Contains("damaged or cut off", message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Readers))]
    public void What_is_no_file_is_not_opened(string extension)
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        string folder = Path.Combine(_folder, "folder" + extension), device = Path.Combine(_folder, "zero" + extension),
            pipe = Path.Combine(_folder, "pipe" + extension);
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(device, "/dev/zero");
        System.Diagnostics.Process.Start("mkfifo", pipe).WaitForExit();
        foreach ((string path, string reason) in new[] { (folder, "is a folder, not a file"), (device, "is a device, not a file"),
            (pipe, "is a pipe, not a file"), (Path.Combine(_folder, "none" + extension), "there is no such file") })
            Assert.Contains($"{path}: {reason}", Assert.Throws<MoleculeFormatException>(() => Read(path, extension)).Message,
                StringComparison.Ordinal);
        Assert.Contains("is a device", Assert.Throws<InvalidDataException>(() => XvgReader.Read(device, 300)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb\r\nc\rd")]
    [InlineData("\n\r\n\r\r\n\n")]
    [InlineData("")]
    [InlineData("last line ends\n")]
    public void Lines_are_those_of_the_framework(string text)
    {
        foreach (int padding in new[] { 0, (1 << 15) - 3, (1 << 15) - 2, (1 << 15) - 1, 1 << 15 })
        {
            string whole = new string('x', padding) + text;
            using var ours = new LineReader(new StringReader(whole), "x");
            var theirs = new StringReader(whole);
            string? line;
            do
                Assert.Equal(line = theirs.ReadLine(), ours.ReadLine());
            while (line is not null);
        }
    }

    [Fact]
    public void Names_of_a_list_are_not_kept()
    {
        string path = Path.Combine(_folder, "x.smi.gz");
        Compress(path, "C " + new string('n', 100_000) + "\n", 2000); // 200 MB of one name
        long before = GC.GetTotalMemory(true);
        var list = MoleculeList.Open(path);
        Assert.Equal((2000, 1999), (list.Count, list.Renamed));
        Assert.True(GC.GetTotalMemory(true) - before < 20_000_000);
        GC.KeepAlive(list);
    }

    private static void Read(string path, string extension)
    {
        switch (extension)
        {
            case ".smi":
                MoleculeList.Open(path);
                break;
            case ".sdf":
                foreach (MoleculeRecord record in SdfReader.Read(path))
                    throw new MoleculeFormatException(record.Error ?? "");
                break;
            case ".pdb":
                PdbReader.Read(path);
                break;
            case ".cif":
                PdbxReader.Read(path);
                break;
            case ".prmtop":
                AmberPrmtop.Read(path);
                break;
            case ".inpcrd":
                AmberCoordinates.Read(path);
                break;
            default:
                MolSampling.Jobs.Simulation.SimulationConfig.Read(path);
                break;
        }
    }

    private static void Compress(string path, string part, int times)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(part);
        using var stream = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        for (int i = 0; i < times; i++)
            stream.Write(bytes);
    }
}
