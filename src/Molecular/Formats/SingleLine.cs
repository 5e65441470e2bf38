namespace MolSampling.Molecular.Formats;

/// <summary>Texts of others in formats whose lines mean something.</summary>
internal static class SingleLine
{
    /// <summary>A text as one line: whatever ends a line for one reader or another, and the zero byte that ends a text, is a
    /// blank.</summary>
    public static string Of(string text) =>
        string.Concat(text.Select(c => c is '\n' or '\r' or '\v' or '\f' or '\0' or '\u0085' or '\u2028' or '\u2029' ? ' ' : c)).Trim();

    /// <summary>The same, cut to a length with "..." where it is longer.</summary>
    public static string Of(string text, int longest)
    {
        string line = Of(text);
        return line.Length <= longest ? line : line[..(longest - 3)] + "...";
    }
}
