using System.Buffers.Binary;
using System.Text;
using MolSampling.Molecular.Formats;
using MolSampling.Sampling;

namespace MolSampling.Tests.Formats;

/// <summary>DCD and XTC, byte by byte and there and back.</summary>
public sealed class TrajectoryFormatTests
{
    [Theory]
    [InlineData(1, "gas", 3.0)] // up to nine atoms are stored as they are
    [InlineData(9, "gas", 3.0)]
    [InlineData(10, "gas", 3.0)]
    [InlineData(3000, "water", 4.0)]
    [InlineData(22, "chain", 0.15)]
    [InlineData(5000, "chain", 0.15)]
    [InlineData(500, "gas", 1e5)] // more grid points on an axis than three of which can be packed
    [InlineData(100, "gas", 1e6)]
    [InlineData(64, "gas", 1e-5)] // all on one grid point
    [InlineData(1000, "steps", 1.0)] // distances from the smallest to the largest range in one frame
    public void Xtc_comes_back_within_half_a_grid_point(int atoms, string shape, double extent)
    {
        float[][] frames = [.. Enumerable.Range(0, 5).Select(n => Shape(atoms, shape, extent, n))];
        var writer = new XtcWriter(atoms);
        var stream = new MemoryStream();
        for (int n = 0; n < frames.Length; n++)
            writer.Write(stream, 1000 + n, 2.5 * n, frames[n]);
        Assert.Equal(0, stream.Length % 4);
        List<XtcFrame> read = XtcReader.Read(stream.ToArray());
        Assert.Equal(frames.Length, read.Count);
        for (int n = 0; n < frames.Length; n++)
        {
            Assert.Equal((1000 + n, 2.5f * n), (read[n].Step, read[n].Time));
            for (int k = 0; k < frames[n].Length; k++)
                Assert.True(Math.Abs((double)frames[n][k] - read[n].Positions[k]) <= (atoms <= 9 ? 0 : 0.0005 + 1e-7 * Math.Abs(frames[n][k])), $"frame {n}, coordinate {k}: {frames[n][k]} became {read[n].Positions[k]}");
        }
        if (shape == "water")
            Assert.InRange(stream.Length / (5.0 * atoms), 3, 6); // bytes an atom; 12 without compression
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
        Assert.Contains("atom 11", Assert.Throws<ArgumentException>(() => new XtcWriter(20).Write(stream, 1, 1, x)).Message, StringComparison.Ordinal);
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
            Assert.Equal(10f * x[k], BinaryPrimitives.ReadSingleLittleEndian(records[3 + k % 3].AsSpan(4 * (k / 3))), 10f * Math.Abs(x[k]) * 1e-6f);
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
