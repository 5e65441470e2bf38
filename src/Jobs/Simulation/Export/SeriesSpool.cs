using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace MolSampling.Jobs.Simulation.Export;

/// <summary>
/// Puts series one after the other that arrive interleaved, on disk: blocks of one temporary file, each of which tells where its series
/// goes on. Memory does not grow with what is stored. The file vanishes when it is closed.
/// </summary>
internal sealed class SeriesSpool : IDisposable
{
    private const int HeaderBytes = 12; // where the next block of the series begins, 0 for none; how long this one is

    private readonly SafeFileHandle _file;
    private readonly long[] _first, _last; // by series
    private long _end = 1; // 0 means nowhere

    /// <summary>Creates the file.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public SeriesSpool(string path, int series)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        (_first, _last) = (new long[series], new long[series]);
    }

    /// <summary>Adds to a series.</summary>
    public void Add(int series, ReadOnlySpan<byte> block)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], block.Length);
        RandomAccess.Write(_file, header, _end);
        RandomAccess.Write(_file, block, _end + HeaderBytes);
        if (_first[series] == 0)
        {
            _first[series] = _end;
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(header, _end);
            RandomAccess.Write(_file, header[..8], _last[series]);
        }
        _last[series] = _end;
        _end += HeaderBytes + block.Length;
    }

    /// <summary>Copies all series in order, and forgets them.</summary>
    public void MoveTo(Stream destination, CancellationToken cancellation)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        byte[] block = [];
        foreach (long first in _first)
            for (long at = first; at != 0; at = BinaryPrimitives.ReadInt64LittleEndian(header))
            {
                cancellation.ThrowIfCancellationRequested();
                Read(header, at);
                int length = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
                if (block.Length < length)
                    block = new byte[length];
                Read(block.AsSpan(0, length), at + HeaderBytes);
                destination.Write(block, 0, length);
            }
        Array.Clear(_first);
        Array.Clear(_last);
        _end = 1;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Read(Span<byte> bytes, long at)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(_file, bytes, at);
            if (read == 0)
                throw new EndOfStreamException("the temporary file of the export was cut short");
            bytes = bytes[read..];
            at += read;
        }
    }
}
