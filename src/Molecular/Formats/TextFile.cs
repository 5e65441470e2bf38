using System.Text;

namespace MolSampling.Molecular.Formats;

/// <summary>Opens text that may be compressed (.gz, .bz2 by name), in bounded memory: see <see cref="LineReader"/>.</summary>
internal static class TextFile
{
    /// <summary>Characters of a format that is read whole. A million atoms of PDB are 80; beyond that memory is in danger before any use is
    /// in sight.</summary>
    public const long LargestWhole = 64L << 20;

    /// <summary>Opens a list, whose entries are read one at a time: it may be of any length.</summary>
    /// <exception cref="MoleculeFormatException">There is no such file, or it is no file.</exception>
    public static LineReader Open(string path) => Open(path, long.MaxValue);

    /// <summary>Opens what is read whole.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static LineReader OpenWhole(string path) => Open(path, LargestWhole);

    /// <summary>The text of a file, of which a line may be as long as the whole (XML, JSON).</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Characters.</param>
    /// <exception cref="MoleculeFormatException">There is no such file, it is no file, or it is too long.</exception>
    public static string ReadAll(string path, long most = LargestWhole)
    {
        using LineReader reader = Open(path, most);
        return reader.ReadToEnd();
    }

    private static LineReader Open(string path, long most)
    {
        InputFile.Require(path);
        return new(new StreamReader(CompressedFile.OpenRead(path), new UTF8Encoding(false), true), Path.GetFileName(path), most);
    }
}
