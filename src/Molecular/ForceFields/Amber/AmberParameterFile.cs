using System.Globalization;
using MolSampling.Molecular.Formats;

namespace MolSampling.Molecular.ForceFields.Amber;

/// <summary>The sections of an Amber parameter file (prmtop): %FLAG names with numbers or words in columns of the width that %FORMAT
/// gives.</summary>
internal sealed class AmberParameterFile
{
    private readonly Dictionary<string, Section> _sections = new(StringComparer.Ordinal);

    public AmberParameterFile(string path)
    {
        Path = path;
        using LineReader reader = TextFile.OpenWhole(path);
        Section? section = null;
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.StartsWith("%FLAG", StringComparison.Ordinal))
                _sections[line[5..].Trim()] = section = new(number);
            else if (line.StartsWith("%FORMAT", StringComparison.Ordinal))
                (section ?? throw Error(number, "%FORMAT before any %FLAG")).Width = Width(line, number);
            else if (!line.StartsWith('%'))
                (section ?? throw Error(number, "not a prmtop file: no %FLAG before this line")).Lines.Add((number, line));
        }
        if (_sections.Count == 0)
            throw Error(0, "not a prmtop file: no %FLAG in it");
    }

    public string Path { get; }

    public bool Has(string flag) => _sections.TryGetValue(flag, out Section? section)
        && section.Lines.Exists(l => !string.IsNullOrWhiteSpace(l.Text));

    /// <summary>Words, trimmed; blank ones too, since names stand in columns.</summary>
    public string[] Words(string flag, int count)
    {
        string[] words = [.. Cells(flag).Select(c => c.Text.Trim())];
        return words.Length >= count ? words[..count] : throw Error(Require(flag).FirstLine,
            $"{flag} has {words.Length} entries, {count} are needed");
    }

    /// <summary>At least so many whole numbers.</summary>
    /// <param name="flag">The section.</param>
    /// <param name="count">At least; a count that another section gives may be any number.</param>
    /// <exception cref="MoleculeFormatException">There are fewer.</exception>
    public int[] Integers(string flag, long count) => Numbers(flag, count, text => int.Parse(text, NumberStyles.Integer,
        CultureInfo.InvariantCulture));

    /// <inheritdoc cref="Integers"/>
    public double[] Reals(string flag, long count) => Numbers(flag, count, text => double.Parse(text, NumberStyles.Float,
        CultureInfo.InvariantCulture) is var value && double.IsFinite(value) ? value : throw new FormatException());

    public MoleculeFormatException Error(int line, string reason) => new(System.IO.Path.GetFileName(Path), line, reason);

    /// <summary>An error at a number of a section.</summary>
    /// <param name="flag">The section.</param>
    /// <param name="index">Which number, from 0.</param>
    /// <param name="reason">What is wrong with it.</param>
    public MoleculeFormatException Error(string flag, long index, string reason)
    {
        foreach ((int line, string text) in Cells(flag))
            if (!string.IsNullOrWhiteSpace(text) && index-- == 0)
                return Error(line, reason);
        return Error(flag, reason);
    }

    public MoleculeFormatException Error(string flag, string reason) => Error(_sections.TryGetValue(flag, out Section? section)
        ? section.FirstLine : 0, reason);

    private T[] Numbers<T>(string flag, long count, Func<string, T> parse)
    {
        var numbers = new List<T>(); // grows with what is there: the count may be wrong
        foreach ((int line, string text) in Cells(flag))
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            try
            {
                numbers.Add(parse(text.Trim()));
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw Error(line, $"{flag}: '{text.Trim()}' is not a number");
            }
        }
        return numbers.Count >= count ? [.. numbers] : throw Error(Require(flag).FirstLine,
            $"{flag} has {numbers.Count} numbers, {count} are needed: is the file cut off?");
    }

    private IEnumerable<(int Line, string Text)> Cells(string flag)
    {
        Section section = Require(flag);
        foreach ((int number, string text) in section.Lines)
            for (int start = 0; start < text.Length; start += section.Width)
                yield return (number, text.Substring(start, Math.Min(section.Width, text.Length - start)));
    }

    private Section Require(string flag) => _sections.TryGetValue(flag, out Section? section) ? section
        : throw Error(0, $"no %FLAG {flag}");

    private int Width(string line, int number)
    {
        // %FORMAT(20a4), %FORMAT(5E16.8), %FORMAT(10I8)
        int letter = line.IndexOfAny(['a', 'A', 'i', 'I', 'e', 'E', 'f', 'F'], Math.Min(8, line.Length));
        string digits = letter < 0 ? "" : new([.. line[(letter + 1)..].TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, CultureInfo.InvariantCulture, out int width) && width > 0 ? width
            : throw Error(number, $"'{line.Trim()}' is not understood");
    }

    private sealed class Section(int firstLine)
    {
        public int FirstLine { get; } = firstLine;

        public int Width { get; set; } = 80;

        public List<(int Number, string Text)> Lines { get; } = [];
    }
}
