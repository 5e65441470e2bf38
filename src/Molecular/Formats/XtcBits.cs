namespace MolSampling.Molecular.Formats;

/// <summary>The bit stream inside an XTC frame: numbers with their highest bit first, and triples as one number of mixed radix, its lowest
/// byte first.</summary>
internal sealed class XtcBits
{
    private byte[] _bytes = new byte[256];
    private ulong _pending; // the lowest _waiting bits are still to be written
    private int _waiting;

    /// <summary>Bytes so far; a last one that is not full counts after <see cref="Finish"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Begins anew, keeping the memory.</summary>
    public void Clear() => (Count, _pending, _waiting) = (0, 0, 0);

    /// <summary>Adds the lowest <paramref name="bits"/> bits of a number, 32 at most.</summary>
    public void Add(uint value, int bits)
    {
        _pending = (_pending << bits) | (value & ((1UL << bits) - 1));
        for (_waiting += bits; _waiting >= 8; _waiting -= 8)
            Push((byte)(_pending >> (_waiting - 8)));
    }

    /// <summary>Adds three numbers, each below its size, in <paramref name="bits"/> bits.</summary>
    public void AddTriple(uint a, uint b, uint c, uint sizeB, uint sizeC, int bits)
    {
        UInt128 number = ((UInt128)a * sizeB + b) * sizeC + c;
        for (; bits > 8; bits -= 8, number >>= 8)
            Add((byte)number, 8);
        Add((uint)number, bits);
    }

    /// <summary>Fills the last byte with zeros.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        if (_waiting > 0)
            Add(0, 8 - _waiting);
        return _bytes.AsSpan(0, Count);
    }

    /// <summary>Bits that hold numbers up to and including <paramref name="size"/>; the format counts so, one more than a power of two
    /// needs.</summary>
    public static int Width(UInt128 size) => 128 - (int)UInt128.LeadingZeroCount(size);

    private void Push(byte value)
    {
        if (Count == _bytes.Length)
            Array.Resize(ref _bytes, 2 * Count);
        _bytes[Count++] = value;
    }
}
