namespace MolSampling.Molecular.Formats;

/// <summary>
/// Lines of text in bounded memory: a line longer than a megabyte, or more text than a format read whole may have, is an error with its
/// line, and so are compressed data that are damaged or cut off.
/// </summary>
/// <param name="text">Read to its end, and disposed with this.</param>
/// <param name="file">Its name, for messages.</param>
/// <param name="most">Characters in all.</param>
internal sealed class LineReader(TextReader text, string file, long most = long.MaxValue) : TextReader
{
    /// <summary>Characters of a line.</summary>
    public const int LongestLine = 1 << 20;

    private readonly char[] _buffer = new char[1 << 15];
    private readonly System.Text.StringBuilder _partial = new();
    private int _start, _end, _lines;
    private long _read;
    private bool _skipsLineFeed;

    /// <inheritdoc/>
    /// <exception cref="MoleculeFormatException">With file and line.</exception>
    public override string? ReadLine()
    {
        _partial.Clear();
        while (true)
        {
            if (_start == _end && !Fill())
            {
                _lines += _partial.Length > 0 ? 1 : 0;
                return _partial.Length > 0 ? _partial.ToString() : null;
            }
            if (_skipsLineFeed && _buffer[_start] == '\n')
                _start++;
            _skipsLineFeed = false;
            Span<char> rest = _buffer.AsSpan(_start, _end - _start);
            int end = rest.IndexOfAny('\n', '\r');
            ReadOnlySpan<char> part = end < 0 ? rest : rest[..end];
            if (_partial.Length + part.Length > LongestLine)
                throw Error("longer than a megabyte");
            _start += end < 0 ? rest.Length : end + 1;
            if (end < 0)
            {
                _partial.Append(part);
                continue;
            }
            _skipsLineFeed = rest[end] == '\r';
            _lines++;
            return _partial.Length == 0 ? part.ToString() : _partial.Append(part).ToString();
        }
    }

    /// <inheritdoc/>
    public override int Peek() => _start < _end || Fill() ? _buffer[_start] : -1;

    /// <inheritdoc/>
    public override int Read() => _start < _end || Fill() ? _buffer[_start++] : -1;

    /// <inheritdoc/>
    public override int Read(char[] buffer, int index, int count)
    {
        if (_start == _end && !Fill())
            return 0;
        int taken = Math.Min(count, _end - _start);
        Array.Copy(_buffer, _start, buffer, index, taken);
        _start += taken;
        return taken;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            text.Dispose();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        try
        {
            (_start, _end) = (0, text.Read(_buffer, 0, _buffer.Length));
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw Error($"the compressed data are damaged or cut off ({e.Message})");
        }
        _read += _end;
        return _read <= most ? _end > 0
            : throw Error($"more than {most >> 20} megabytes of text, which is the most that this format may have");
    }

    private MoleculeFormatException Error(string reason) => new(file, _lines + 1, reason);
}
