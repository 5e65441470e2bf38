using System.Globalization;

namespace MolSampling.Molecular.Formats;

/// <summary>Rows of comma-separated values as of RFC 4180, with line feeds.</summary>
internal static class CsvText
{
    /// <summary>One row with its line feed.</summary>
    /// <param name="values">Texts are quoted where they have to be; numbers keep all digits, one that is not finite or null is an empty
    /// cell.</param>
    public static string Row(params IEnumerable<object?> values) => string.Join(',', values.Select(Cell)) + "\n";

    private static string Cell(object? value) => value switch
    {
        null => "",
        double number => double.IsFinite(number) ? number.ToString("r", CultureInfo.InvariantCulture) : "",
        int number => number.ToString(CultureInfo.InvariantCulture),
        string text => text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text,
        _ => throw new ArgumentException($"no cell is made of a {value.GetType().Name}"),
    };
}
