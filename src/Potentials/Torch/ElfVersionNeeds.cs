using System.Buffers.Binary;
using System.Text;

namespace MolSampling.Potentials.Torch;

/// <summary>
/// The version needs (.gnu.version_r) of a 64-bit little-endian ELF library. The loader refuses a library whose need is not met, even if
/// nothing is called from that version, unless the need is weak (VER_FLG_WEAK): LSB Core Specification, "Symbol Versioning".
/// </summary>
internal static class ElfVersionNeeds
{
    private const uint SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>Marks every need of a version as weak, in place.</summary>
    /// <returns>How many were changed; 0 if there is no such need or it is weak already.</returns>
    /// <exception cref="InvalidDataException">Not such an ELF file, or a broken one.</exception>
    public static int MarkWeak(Span<byte> file, string version)
    {
        try
        {
            return Mark(file, Encoding.ASCII.GetBytes(version));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("a truncated or broken ELF file", e);
        }
    }

    private static int Mark(Span<byte> file, ReadOnlySpan<byte> version)
    {
        if (file.Length < 64 || !file[..6].SequenceEqual<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        long sections = checked((long)U64(file, 0x28));
        int sectionSize = U16(file, 0x3A), sectionCount = U16(file, 0x3C), changed = 0;
        int Section(long index) => checked((int)(sections + index * sectionSize));
        for (int s = 0; s < sectionCount; s++)
        {
            int header = Section(s);
            if (U32(file, header + 4) != SectionTypeVersionNeed)
                continue;
            int need = checked((int)U64(file, header + 0x18)), needs = checked((int)U32(file, header + 0x2C));
            int strings = checked((int)U64(file, Section(U32(file, header + 0x28)) + 0x18));
            for (int n = 0; n < needs; n++)
            {
                int entries = U16(file, need + 2), entry = checked(need + (int)U32(file, need + 8));
                for (int k = 0; k < entries; k++)
                {
                    ReadOnlySpan<byte> name = file[checked(strings + (int)U32(file, entry + 8))..];
                    ushort flags = U16(file, entry + 4);
                    if (name[..name.IndexOf((byte)0)].SequenceEqual(version) && (flags & Weak) == 0)
                    {
                        BinaryPrimitives.WriteUInt16LittleEndian(file[(entry + 4)..], (ushort)(flags | Weak));
                        changed++;
                    }
                    entry = checked(entry + (int)U32(file, entry + 12));
                }
                need = checked(need + (int)U32(file, need + 12));
            }
        }
        return changed;
    }

    private static ushort U16(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file[at..]);

    private static uint U32(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);

    private static ulong U64(ReadOnlySpan<byte> file, int at) => BinaryPrimitives.ReadUInt64LittleEndian(file[at..]);
}
