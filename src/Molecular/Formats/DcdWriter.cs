using System.Buffers.Binary;
using System.Text;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Formats;

/// <summary>
/// DCD as CHARMM, NAMD and OpenMM write it: little-endian Fortran records, Angstrom in single precision, a cell in every frame where the
/// box is periodic. The header knows
/// one constant interval between frames and the number of frames; a frame has the same size always.
/// </summary>
public static class DcdWriter
{
    /// <summary>The unit of time of AKMA (Angstrom, kcal/mol, Da), in ps: what the header's time step is counted in. As in CHARMM, NAMD and
    /// OpenMM.</summary>
    public const double AkmaPicoseconds = 0.04888821;

    private const int HeaderRecord = 84, TitleLength = 80, CharmmVersion = 24;

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="frames">In the file.</param>
    /// <param name="firstStep">Integration steps done at the first frame.</param>
    /// <param name="interval">Integration steps between frames.</param>
    /// <param name="stepSize">ps.</param>
    /// <param name="titles">Lines of ASCII, cut at 80 characters.</param>
    /// <param name="hasCell">Whether every frame has a periodic cell.</param>
    /// <exception cref="ArgumentException">More frames than the format can count.</exception>
    public static void WriteHeader(Stream stream, int atomCount, long frames, long firstStep, long interval, double stepSize,
        IReadOnlyList<string> titles, bool hasCell = false)
    {
        if (frames > int.MaxValue)
            throw new ArgumentException($"{frames} frames are more than DCD can count: a larger stride, or xtc", nameof(frames));
        Span<byte> header = stackalloc byte[HeaderRecord];
        header.Clear();
        "CORD"u8.CopyTo(header);
        void Field(Span<byte> record, int index, long value) => BinaryPrimitives.WriteInt32LittleEndian(record[(4 + 4 * index)..],
            (int)Math.Min(value, int.MaxValue));
        Field(header, 0, frames);
        Field(header, 1, firstStep);
        Field(header, 2, interval);
        Field(header, 3, frames * interval);
        BinaryPrimitives.WriteSingleLittleEndian(header[(4 + 4 * 9)..], (float)(stepSize / AkmaPicoseconds));
        Field(header, 10, hasCell ? 1 : 0);
        Field(header, 19, CharmmVersion);
        WriteRecord(stream, header);

        byte[] text = new byte[4 + TitleLength * titles.Count];
        text.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteInt32LittleEndian(text, titles.Count);
        for (int line = 0; line < titles.Count; line++)
            Encoding.ASCII.GetBytes(titles[line].AsSpan(0, Math.Min(TitleLength, titles[line].Length)),
                text.AsSpan(4 + TitleLength * line));
        WriteRecord(stream, text);

        Span<byte> atoms = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(atoms, atomCount);
        WriteRecord(stream, atoms);
    }

    /// <summary>Writes a frame: its cell, if the header says that there is one; all x, all y, all z.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="positions">[3N] nm.</param>
    /// <param name="box">Edges of a rectangular box, nm; null for none.</param>
    public static void WriteFrame(Stream stream, ReadOnlySpan<float> positions, (double X, double Y, double Z)? box = null)
    {
        if (box is { } edges)
        {
            Span<byte> cell = stackalloc byte[48]; // A, gamma, B, beta, alpha, C; angles in degrees, as OpenMM writes them
            ReadOnlySpan<double> six = [edges.X / Units.NanometrePerAngstrom, 90, edges.Y / Units.NanometrePerAngstrom, 90, 90,
                edges.Z / Units.NanometrePerAngstrom];
            for (int n = 0; n < 6; n++)
                BinaryPrimitives.WriteDoubleLittleEndian(cell[(8 * n)..], six[n]);
            WriteRecord(stream, cell);
        }
        byte[] axis = new byte[4 * (positions.Length / 3)];
        for (int d = 0; d < 3; d++)
        {
            for (int k = d, at = 0; k < positions.Length; k += 3, at += 4)
                BinaryPrimitives.WriteSingleLittleEndian(axis.AsSpan(at), (float)(positions[k] / Units.NanometrePerAngstrom));
            WriteRecord(stream, axis);
        }
    }

    private static void WriteRecord(Stream stream, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        stream.Write(length);
        stream.Write(content);
        stream.Write(length);
    }
}
