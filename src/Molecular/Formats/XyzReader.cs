using System.Globalization;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Formats;

/// <summary>One geometry of an xyz file.</summary>
/// <param name="Comment">The second line: CREST writes the energy there.</param>
/// <param name="AtomicNumbers">[N].</param>
/// <param name="Positions">[N, 3] nm.</param>
public sealed record XyzFrame(string Comment, int[] AtomicNumbers, float[] Positions);

/// <summary>Files of one or many xyz frames (number of atoms, comment, one line an atom in Angstrom), as CREST writes its
/// ensembles.</summary>
internal static class XyzReader
{
    /// <summary>Reads lazily. Blank lines between frames and columns after the coordinates are skipped.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="MoleculeFormatException">A line is not what it should be, or there is no frame.</exception>
    public static IEnumerable<XyzFrame> Read(TextReader reader, string source)
    {
        int line = 0, frames = 0;
        while (NextLine() is { } head)
        {
            if (string.IsNullOrWhiteSpace(head))
                continue;
            int count = AtomCount(head, source, line);
            string comment = NextLine() ?? throw new MoleculeFormatException(source, line, "the file ends within a frame");
            var elements = new List<int>(); // grows with the lines that are there: the number may be wrong
            var positions = new List<float>();
            for (int a = 0; a < count; a++)
            {
                string text = NextLine() ?? throw new MoleculeFormatException(source, line, $"the file ends after {a} of {count} atoms");
                string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                int element = words.Length < 4 ? 0 : Element(words[0]);
                if (element < 1)
                    throw new MoleculeFormatException(source, line, $"'{Shown(text)}' is not an element and three coordinates");
                elements.Add(element);
                for (int c = 1; c < 4; c++)
                    positions.Add(double.TryParse(words[c], NumberStyles.Float, CultureInfo.InvariantCulture, out double x)
                        && double.IsFinite(x)
                        ? (float)(x * Units.NanometrePerAngstrom) : throw new MoleculeFormatException(source, line,
                            $"'{Shown(words[c])}' is not a coordinate"));
            }
            frames++;
            yield return new(comment.Trim(), [.. elements], [.. positions]);
        }
        if (frames == 0)
            throw new MoleculeFormatException(source, 0, "the file holds no geometry");

        string? NextLine()
        {
            line++;
            return reader.ReadLine();
        }
    }

    /// <summary>The first line of a frame.</summary>
    /// <exception cref="MoleculeFormatException">It is no number of atoms.</exception>
    public static int AtomCount(string line, string source, int number) =>
        int.TryParse(line, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int count)
            && count > 0 ? count : throw new MoleculeFormatException(source, number, $"'{Shown(line)}' is not a number of atoms");

    /// <summary>What stands for an element: its symbol or its number; 0 for anything else.</summary>
    public static int Element(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int z) ? z
        : ChemicalElement.Number(word);

    /// <summary>A line for a message.</summary>
    public static string Shown(string text) => text.Trim() is { Length: > 40 } longText ? longText[..37] + "..." : text.Trim();
}
