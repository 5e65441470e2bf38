using System.Buffers.Binary;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// GROMACS' compressed trajectory: XDR (big-endian), nm, ps, coordinates on a grid of 0.001 nm; up to nine atoms as floats, as the format
/// has it. Frames are independent, so a file is any number of them one after the other. Without a periodic cell the box is zero.
/// </summary>
public sealed class XtcWriter
{
    /// <summary>Grid points a nm.</summary>
    public const float Precision = 1000;

    private const int Magic = 1995, MostUncompressed = 9, HeaderBytes = 52;

    private readonly int _atomCount;
    private readonly XtcCoordinates _coordinates;

    /// <summary>For frames of that many atoms.</summary>
    /// <param name="atomCount">N.</param>
    public XtcWriter(int atomCount) => (_atomCount, _coordinates) = (atomCount, new(atomCount));

    /// <summary>Writes a frame.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="step">Integration steps done; beyond 32 bits the format keeps the lowest 31, the time stays right.</param>
    /// <param name="timePicoseconds">ps, kept in single precision.</param>
    /// <param name="positions">[3N] nm.</param>
    /// <param name="box">Edges of a rectangular box, nm; zero for none.</param>
    /// <exception cref="ArgumentException">A coordinate is not finite or beyond 2 million nm.</exception>
    public void Write(Stream stream, long step, double timePicoseconds, ReadOnlySpan<float> positions,
        (double X, double Y, double Z) box = default)
    {
        if (positions.Length != 3 * _atomCount)
            throw new ArgumentException($"{positions.Length / 3} atoms, the trajectory has {_atomCount}", nameof(positions));
        Span<byte> header = stackalloc byte[HeaderBytes + 4];
        header.Clear(); // the box's other components
        BinaryPrimitives.WriteSingleBigEndian(header[16..], (float)box.X);
        BinaryPrimitives.WriteSingleBigEndian(header[32..], (float)box.Y);
        BinaryPrimitives.WriteSingleBigEndian(header[48..], (float)box.Z);
        BinaryPrimitives.WriteInt32BigEndian(header, Magic);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], _atomCount);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], (int)(step & int.MaxValue));
        BinaryPrimitives.WriteSingleBigEndian(header[12..], (float)timePicoseconds);
        BinaryPrimitives.WriteInt32BigEndian(header[HeaderBytes..], _atomCount); // the coordinates begin with their number once more
        if (_atomCount <= MostUncompressed)
        {
            stream.Write(header);
            WriteFloats(stream, positions);
            return;
        }
        ReadOnlySpan<byte> bits = _coordinates.Encode(positions, Precision); // before anything is written: it may refuse
        stream.Write(header);
        Span<byte> lead = stackalloc byte[36];
        BinaryPrimitives.WriteSingleBigEndian(lead, Precision);
        for (int d = 0; d < 3; d++)
        {
            BinaryPrimitives.WriteInt32BigEndian(lead[(4 + 4 * d)..], _coordinates.Least[d]);
            BinaryPrimitives.WriteInt32BigEndian(lead[(16 + 4 * d)..], _coordinates.Most[d]);
        }
        BinaryPrimitives.WriteInt32BigEndian(lead[28..], _coordinates.Scale);
        BinaryPrimitives.WriteInt32BigEndian(lead[32..], bits.Length);
        stream.Write(lead);
        stream.Write(bits);
        stream.Write([0, 0, 0], 0, (4 - bits.Length % 4) % 4);
    }

    private static void WriteFloats(Stream stream, ReadOnlySpan<float> values)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                throw new ArgumentException("a coordinate is not a number", nameof(values));
            BinaryPrimitives.WriteSingleBigEndian(bytes, value);
            stream.Write(bytes);
        }
    }
}
