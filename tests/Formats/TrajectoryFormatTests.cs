using System.Buffers.Binary;
using System.Text;
using MolSampling.Tests.Jobs.Simulation.Export;

namespace MolSampling.Tests.Formats;

/// <summary>DCD and XTC, byte by byte and there and back.</summary>
public sealed class TrajectoryFormatTests
{
    public static TheoryData<int, string, double> Shapes => new()
    {
        { 1, "gas", 3.0 }, // up to nine atoms are stored as they are
        { 9, "gas", 3.0 },
        { 10, "gas", 3.0 },
        { 3000, "water", 4.0 },
        { 22, "chain", 0.15 },
        { 5000, "chain", 0.15 },
        { 500, "gas", 1e4 }, // more grid points on an axis than three of which can be packed
        { 100, "gas", 1e6 },
        { 64, "gas", 1e-5 }, // all on one grid point
        { 1000, "steps", 1.0 }, // distances from the smallest to the largest range in one frame
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Xtc_comes_back_within_half_a_grid_point(int atoms, string shape, double extent)
    {
        (float[][] frames, byte[] file) = Encode(atoms, shape, extent);
        Assert.Equal(0, file.Length % 4);
        List<XtcFrame> read = XtcReader.Read(file);
        Assert.Equal(Enumerable.Range(1000, 5), read.Select(f => f.Step));
        Assert.Equal([0, 2.5f, 5, 7.5f, 10], read.Select(f => f.Time));
        Near(frames, [.. read.Select(f => f.Positions)]);
        if (shape == "water")
            Assert.InRange(file.Length / (5.0 * atoms), 3, 6); // bytes an atom; 12 without compression
    }

    [SkippableTheory]
    [MemberData(nameof(Shapes))]
    public void MDTraj_reads_the_same_from_xtc(int atoms, string shape, double extent)
    {
        (float[][] frames, byte[] file) = Encode(atoms, shape, extent);
        string folder = Directory.CreateTempSubdirectory("molsampling-xtc-").FullName;
        try
        {
            string path = Path.Combine(folder, "shape.xtc");
            File.WriteAllBytes(path, file);
            var read = TrajectoryOracle.Read("mdtraj", null, path);
            Assert.Equal([0, 2.5, 5, 7.5, 10], read.Times);
            Near(frames, read.Positions);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(3e6f)]
    public void Xtc_refuses_what_it_cannot_hold_and_writes_nothing(float bad)
    {
        float[] x = Shape(20, "gas", 1, 0);
        x[30] = bad;
        var stream = new MemoryStream();
        Assert.Contains("atom 11", Assert.Throws<ArgumentException>(() => new XtcWriter(20).Write(stream, 1, 1, x)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public void Dcd_has_the_records_that_readers_expect()
    {
        float[] x = Shape(7, "gas", 30, 0);
        var stream = new MemoryStream();
        DcdWriter.WriteHeader(stream, 7, 2, 50, 25, 0.002, ["one", new string('x', 100)]);
        DcdWriter.WriteFrame(stream, x);
        DcdWriter.WriteFrame(stream, x);
        byte[] file = stream.ToArray();
        List<byte[]> records = Records(file);
        Assert.Equal([84, 164, 4, 28, 28, 28, 28, 28, 28], records.Select(r => r.Length));
        Assert.Equal("CORD", Encoding.ASCII.GetString(records[0], 0, 4));
        int Field(int index) => BinaryPrimitives.ReadInt32LittleEndian(records[0].AsSpan(4 + 4 * index));
        Assert.Equal((2, 50, 25, 50, 0, 24), (Field(0), Field(1), Field(2), Field(3), Field(10), Field(19)));
        Assert.Equal(0.002 / 0.04888821, BinaryPrimitives.ReadSingleLittleEndian(records[0].AsSpan(40)), 1e-8);
        Assert.Equal(2, BinaryPrimitives.ReadInt32LittleEndian(records[1]));
        Assert.Equal("one" + new string(' ', 77) + new string('x', 80), Encoding.ASCII.GetString(records[1], 4, 160));
        Assert.Equal(7, BinaryPrimitives.ReadInt32LittleEndian(records[2]));
        for (int k = 0; k < x.Length; k++)
            Assert.Equal(10f * x[k], BinaryPrimitives.ReadSingleLittleEndian(records[3 + k % 3].AsSpan(4 * (k / 3))),
                10f * Math.Abs(x[k]) * 1e-6f);
    }

    private static (float[][] Frames, byte[] File) Encode(int atoms, string shape, double extent)
    {
        float[][] frames = [.. Enumerable.Range(0, 5).Select(n => Shape(atoms, shape, extent, n))];
        var writer = new XtcWriter(atoms);
        var stream = new MemoryStream();
        for (int n = 0; n < frames.Length; n++)
            writer.Write(stream, 1000 + n, 2.5 * n, frames[n]);
        return (frames, stream.ToArray());
    }

    /// <summary>Half a grid point, and what single precision takes from the number itself and from its way back off the grid.</summary>
    private static void Near(float[][] expected, float[][] read)
    {
        Assert.Equal(expected.Length, read.Length);
        for (int n = 0; n < expected.Length; n++)
        {
            Assert.Equal(expected[n].Length, read[n].Length);
            for (int k = 0; k < expected[n].Length; k++)
            {
                double allowed = expected[n].Length <= 27 ? 0 : 0.0005 + 2.5e-7 * Math.Abs(expected[n][k]);
                Assert.True(Math.Abs((double)expected[n][k] - read[n][k]) <= allowed,
                    $"frame {n}, coordinate {k}: {expected[n][k]:r} became {read[n][k]:r}");
            }
        }
    }

    private static List<byte[]> Records(byte[] file)
    {
        var records = new List<byte[]>();
        for (int at = 0; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));
            records.Add(file[(at + 4)..(at + 4 + length)]);
            Assert.Equal(length, BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4 + length)));
            at += 8 + length;
        }
        return records;
    }

    private static float[] Shape(int atoms, string shape, double extent, int seed)
    {
        var random = new RandomSource((ulong)seed + 1);
        double Uniform() => 2 * random.NextDouble() - 1;
        double[] x = new double[3 * atoms], centre = new double[3];
        for (int a = 0; a < atoms; a++)
            for (int d = 0; d < 3; d++)
                x[3 * a + d] = shape switch
                {
                    "water" => a % 3 == 0 ? extent * Uniform() : x[3 * (a - a % 3) + d] + 0.08 * Uniform(), // two hydrogens about an oxygen
                    "chain" => centre[d] += extent * Uniform(),
                    "steps" => centre[d] += extent * Math.Pow(10, 3 * Uniform()) * Uniform(),
                    _ => extent * Uniform(),
                };
        return Array.ConvertAll(x, c => (float)c);
    }
}
