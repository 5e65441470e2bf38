using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MolSampling.Molecular.Formats;

/// <summary>What may be opened: files, since they end and can be read twice. A pipe without a writer would wait for ever, and a device
/// gives bytes for ever.</summary>
internal static partial class InputFile
{
    // S_IFMT and so on
    private const int FileTypeBits = 0xF000, RegularBits = 0x8000, FolderBits = 0x4000, CharacterDeviceBits = 0x2000, BlockDeviceBits =
        0x6000, PipeBits = 0x1000;

    private const int WorkingDirectory = -100, TypeMask = 1, ModeOffset = 28, StatxSize = 256; // AT_FDCWD, STATX_TYPE, struct statx

    /// <summary>Throws unless a path is that of a file, or of a link to one.</summary>
    /// <exception cref="MoleculeFormatException">It is not there, or a folder, a pipe, a device or a socket.</exception>
    public static void Require(string path)
    {
        if (WhyNot(path) is { } reason)
            throw new MoleculeFormatException(path, 0, reason);
    }

    /// <summary>Why a path cannot be read as a file; null if it can. On Linux everything that is no file is told apart, elsewhere folders
    /// only.</summary>
    public static string? WhyNot(string path)
    {
        if (Directory.Exists(path))
            return "is a folder, not a file";
        if (!File.Exists(path))
            return "there is no such file";
        return (OperatingSystem.IsLinux() ? TypeOf(path) : RegularBits) switch
        {
            RegularBits => null,
            FolderBits => "is a folder, not a file",
            PipeBits => "is a pipe, not a file: write what it gives to a file first",
            CharacterDeviceBits or BlockDeviceBits => "is a device, not a file",
            _ => "is no file that can be read",
        };
    }

    private static unsafe int TypeOf(string path)
    {
        byte* status = stackalloc byte[StatxSize];
        try
        {
            // what cannot be looked at is left to the error of opening it
            return statx(WorkingDirectory, path, 0, TypeMask, status) == 0
                ? BinaryPrimitives.ReadUInt16LittleEndian(new(status + ModeOffset, 2)) & FileTypeBits : RegularBits;
        }
        catch (EntryPointNotFoundException)
        {
            return RegularBits; // a C library of before 2018
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int folder, string path, int flags, uint mask, byte* status);
}
