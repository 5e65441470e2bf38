using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace MolSampling.Molecular.Formats;

/// <summary>An array of a numpy archive.</summary>
/// <param name="Shape">Lengths; empty for a single number.</param>
/// <param name="Values">Row-major, whatever their type was.</param>
internal sealed record NumpyArray(int[] Shape, double[] Values);

/// <summary>
/// Files of named arrays, as numpy's <c>savez</c> writes them: a zip of .npy entries, each a magic word, a header like
/// <c>{'descr': '&lt;f8', 'fortran_order': False, 'shape': (2000, 9, 3), }</c> and the raw numbers (numpy.org, NEP 1). Numbers of 1 to 8
/// bytes, integers and floats, little-endian; arrays of other things (texts, objects) are passed over.
/// </summary>
internal static partial class NumpyArchive
{
    private const int LargestArray = 1 << 28; // numbers

    /// <summary>Reads all arrays of numbers.</summary>
    /// <exception cref="MoleculeFormatException">No such archive, or one that is cut off.</exception>
    public static Dictionary<string, NumpyArray> Read(string path)
    {
        string where = "archive";
        try
        {
            InputFile.Require(path);
            using ZipArchive archive = ZipFile.OpenRead(path);
            var arrays = new Dictionary<string, NumpyArray>(StringComparer.OrdinalIgnoreCase);
            foreach (ZipArchiveEntry entry in archive.Entries.Where(e => e.FullName.EndsWith(".npy", StringComparison.Ordinal)))
            {
                where = entry.FullName[..^4];
                using Stream stream = entry.Open();
                if (ReadArray(stream) is { } array)
                    arrays[where] = array;
            }
            return arrays.Count > 0 ? arrays : throw new InvalidDataException("holds no arrays of little-endian numbers");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or OverflowException)
        {
            throw new MoleculeFormatException(path, 0, e is EndOfStreamException ? $"{where}: the file ends too early"
                : e is OverflowException ? $"{where}: has a shape that cannot be"
                : where == "archive" ? $"no archive of numpy arrays (.npz): {e.Message}" : $"{where}: {e.Message}");
        }
    }

    private static NumpyArray? ReadArray(Stream stream)
    {
        Span<byte> head = stackalloc byte[12];
        stream.ReadExactly(head[..8]);
        if (head[0] != 0x93 || !head[1..6].SequenceEqual("NUMPY"u8))
            throw new InvalidDataException("is no array of numpy");
        bool isLong = head[6] > 1;
        stream.ReadExactly(head.Slice(8, isLong ? 4 : 2));
        int length = isLong ? checked((int)BinaryPrimitives.ReadUInt32LittleEndian(head[8..]))
            : BinaryPrimitives.ReadUInt16LittleEndian(head[8..]);
        if (length > 1 << 20)
            throw new InvalidDataException("has a header that is too long");
        byte[] header = new byte[length];
        stream.ReadExactly(header);
        string text = Encoding.Latin1.GetString(header);
        Match type = TypeOf().Match(text), shape = ShapeOf().Match(text);
        if (!shape.Success)
            throw new InvalidDataException("has a header without a shape");
        if (!type.Success)
            return null;
        int[] lengths = [.. shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(n => int.Parse(n, NumberStyles.None, CultureInfo.InvariantCulture))];
        long count = lengths.Aggregate(1L, (a, b) => checked(a * b));
        if (count > LargestArray)
            throw new InvalidDataException($"has {count} numbers, more than this program reads");
        if (text.Contains("'fortran_order': True", StringComparison.Ordinal) && lengths.Count(n => n > 1) > 1)
            throw new InvalidDataException("is in Fortran's order: save it in C's (numpy.ascontiguousarray)");
        char kind = type.Groups[2].Value[0];
        int size = type.Groups[3].Value[0] - '0';
        byte[] raw = new byte[checked(count * size)];
        stream.ReadExactly(raw);
        double[] values = new double[count];
        for (int k = 0; k < values.Length; k++)
            values[k] = Number(raw.AsSpan(k * size, size), kind);
        return new(lengths, values);
    }

    private static double Number(ReadOnlySpan<byte> bytes, char kind) => (kind, bytes.Length) switch
    {
        ('f', 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ('f', 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        ('i', 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        ('i', 1) => (sbyte)bytes[0],
        ('u', 8) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        ('u', 4) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        ('u', 2) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        ('u', 1) => bytes[0],
        _ => throw new InvalidDataException($"numbers of kind {kind}{bytes.Length}"),
    };

    [GeneratedRegex(@"'descr':\s*'([<|=])([fiu])([1248])'", RegexOptions.CultureInvariant)]
    private static partial Regex TypeOf();

    [GeneratedRegex(@"'shape':\s*\(([0-9, ]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex ShapeOf();
}
