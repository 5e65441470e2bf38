namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>The lines of a stream as bytes, without a string for each.</summary>
internal sealed class ByteLines(Stream stream)
{
    private const int LongestLine = 1 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private bool _over;

    /// <summary>1-based number of the line that was read last.</summary>
    public int Number { get; private set; }

    /// <summary>Whether that line ended with a line break; false only for the last one of a stream.</summary>
    public bool Terminated { get; private set; }

    /// <summary>Reads a line, without its line break; valid until the next call.</summary>
    /// <exception cref="InvalidDataException">A line longer than a megabyte: this is not text.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _buffer.AsSpan(_start, searched + at);
                if (line.EndsWith("\r"u8))
                    line = line[..^1];
                _start += searched + at + 1;
                Number++;
                Terminated = true;
                return true;
            }
            searched = _end - _start;
            if (_over)
            {
                line = _buffer.AsSpan(_start, searched);
                _start = _end;
                Number += searched > 0 ? 1 : 0;
                Terminated = false;
                return searched > 0;
            }
            Fill();
        }
    }

    private void Fill()
    {
        int held = _end - _start;
        if (held > LongestLine)
            throw new InvalidDataException("a line longer than a megabyte");
        byte[] target = _buffer.Length - held < _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
        _buffer.AsSpan(_start, held).CopyTo(target);
        (_buffer, _start, _end) = (target, 0, held);
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _over = read == 0;
    }
}
