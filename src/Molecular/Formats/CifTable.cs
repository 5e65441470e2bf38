namespace MolSampling.Molecular.Formats;

/// <summary>A category of a CIF file: a loop, or single items as a loop of one row.</summary>
/// <param name="Columns">Item names without the category, and their places.</param>
/// <param name="Rows">Values; "." and "?" as they stand.</param>
/// <param name="Lines">The line each row begins in.</param>
internal sealed record CifTable(Dictionary<string, int> Columns, List<string[]> Rows, List<int> Lines)
{
    /// <summary>A value, "" where the item is absent, unknown or does not apply.</summary>
    public string Text(int row, params ReadOnlySpan<string> columns)
    {
        foreach (string column in columns)
            if (Columns.TryGetValue(column, out int place) && Rows[row][place] is not ("." or "?") and { Length: > 0 } value)
                return value;
        return "";
    }
}
