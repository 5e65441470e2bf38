using System.Buffers.Binary;

namespace MolSampling.Tests.Formats;

/// <summary>A frame of an XTC file, read from the description of the format; positions nm.</summary>
internal sealed record XtcFrame(int Step, float Time, float[] Positions);

/// <summary>Reads XTC, for round trips only.</summary>
internal static class XtcReader
{
    private const int FirstScale = 9;

    public static List<XtcFrame> Read(byte[] file)
    {
        var frames = new List<XtcFrame>();
        int at = 0;
        int Int() => BinaryPrimitives.ReadInt32BigEndian(file.AsSpan((at += 4) - 4));
        float Single() => BinaryPrimitives.ReadSingleBigEndian(file.AsSpan((at += 4) - 4));
        while (at < file.Length)
        {
            Assert.Equal(1995, Int());
            int atoms = Int(), step = Int();
            float time = Single();
            for (int k = 0; k < 9; k++)
                Assert.Equal(0, Single());
            Assert.Equal(atoms, Int());
            float[] x = new float[3 * atoms];
            if (atoms <= 9)
            {
                for (int k = 0; k < x.Length; k++)
                    x[k] = Single();
            }
            else
            {
                float precision = Single();
                int[] least = [Int(), Int(), Int()], most = [Int(), Int(), Int()];
                int scale = Int(), bytes = Int();
                int[] grid = Decode(file.AsSpan(at, bytes), atoms, least, most, scale);
                at += (bytes + 3) / 4 * 4;
                for (int k = 0; k < x.Length; k++)
                    x[k] = (float)(grid[k] / (double)precision);
            }
            frames.Add(new(step, time, x));
        }
        return frames;
    }

    /// <summary>The ranges in closed form: 2^(k/3), but for three that the format has otherwise.</summary>
    private static int Size(int scale) => scale switch { 37 => 5060, 57 => 524_287, 69 => 8_388_607,
        _ => (int)Math.Floor(Math.Pow(2, scale / 3.0) + 1e-6) };

    private static int[] Decode(ReadOnlySpan<byte> bytes, int atoms, int[] least, int[] most, int scale)
    {
        var bits = new Bits(bytes);
        uint[] box = [.. Enumerable.Range(0, 3).Select(d => (uint)(most[d] - least[d] + 1))];
        bool isPacked = box.All(b => b <= 0xff_ffff);
        var grid = new List<int[]>();
        int run = 0;
        while (grid.Count < atoms)
        {
            uint[] place = isPacked ? bits.Triple(Width((UInt128)box[0] * box[1] * box[2]), box[1], box[2]) : [bits.Next(Width(box[0])),
                bits.Next(Width(box[1])), bits.Next(Width(box[2]))];
            int[] anchor = [.. place.Select((p, d) => (int)p + least[d])];
            int change = 0;
            if (bits.Next(1) == 1)
            {
                int code = (int)bits.Next(5);
                (run, change) = (code / 3, code % 3 - 1);
            }
            uint size = (uint)Size(scale);
            int[] last = anchor;
            for (int k = 0; k < run; k++)
            {
                int[] from = last;
                last = [.. bits.Triple(scale, size, size).Select((s, d) => from[d] + (int)s - (int)size / 2)];
                grid.Add(last);
                if (k == 0)
                    grid.Add(anchor); // the first two change places
            }
            if (run == 0)
                grid.Add(anchor);
            scale += change;
            Assert.InRange(scale, FirstScale, 72);
        }
        Assert.Equal(atoms, grid.Count);
        Assert.True(bits.IsAtEnd);
        return [.. grid.SelectMany(g => g)];
    }

    private static int Width(UInt128 size) => 128 - (int)UInt128.LeadingZeroCount(size);

    private ref struct Bits(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _at;

        public readonly bool IsAtEnd => (_at + 7) / 8 == _bytes.Length;

        public uint Next(int count)
        {
            uint value = 0;
            for (; count > 0; count--, _at++)
                value = (value << 1) | (uint)((_bytes[_at / 8] >> (7 - _at % 8)) & 1);
            return value;
        }

        public uint[] Triple(int count, uint sizeB, uint sizeC)
        {
            UInt128 number = 0;
            for (int shift = 0; count > 0; shift += 8, count -= 8)
                number |= (UInt128)Next(Math.Min(8, count)) << shift;
            return [(uint)(number / sizeC / sizeB), (uint)(number / sizeC % sizeB), (uint)(number % sizeC)];
        }
    }
}
