using System.Text;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>The lines of a text file, plain or compressed, with their numbers; errors name the file.</summary>
internal static class TextLines
{
    /// <summary>Reads line by line. A last line without a line end is where a simulation was killed: it is not given, since its last number
    /// may be cut.</summary>
    /// <param name="path">May end with .gz or .bz2.</param>
    /// <param name="wholeFiles">Whether the last line counts without its end: for tables that other programs export.</param>
    /// <exception cref="InvalidDataException">Compressed data that are damaged, a line longer than a megabyte.</exception>
    public static IEnumerable<(string Text, int Number)> Of(string path, bool wholeFiles = false)
    {
        using Stream stream = CompressedFile.OpenRead(path);
        var lines = new ByteLines(stream);
        while (Next(path, lines) is { } text)
            if (lines.Terminated || wholeFiles)
                yield return (text, lines.Number);
    }

    private static string? Next(string path, ByteLines lines)
    {
        try
        {
            return lines.TryRead(out ReadOnlySpan<byte> line) ? Encoding.UTF8.GetString(line) : null;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}, line {lines.Number + 1}: {e.Message}", e);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw new InvalidDataException($"{path}, after line {lines.Number}: the compressed data are damaged or cut off ({e.Message})",
                e);
        }
    }
}
