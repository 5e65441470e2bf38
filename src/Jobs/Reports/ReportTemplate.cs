namespace MolSampling.Jobs.Reports;

/// <summary>A report's page: an embedded HTML file whose marks {{NAME}} are replaced by style, data and viewer.</summary>
internal static class ReportTemplate
{
    /// <summary>Writes the page by pieces: no text that is put in is searched for another's mark.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="page">Name of the embedded page.</param>
    /// <param name="contents">Mark and text, in the order of the page.</param>
    public static void Write(TextWriter writer, string page, params ReadOnlySpan<(string Mark, string Text)> contents)
    {
        string template = Resource(page)!;
        int at = 0;
        foreach ((string mark, string text) in contents)
        {
            string braced = $"{{{{{mark}}}}}";
            int found = template.IndexOf(braced, at, StringComparison.Ordinal);
            writer.Write(template.AsSpan(at, found - at));
            writer.Write(text);
            at = found + braced.Length;
        }
        writer.Write(template.AsSpan(at));
    }

    /// <summary>What all pages look like.</summary>
    public static string Style => Resource("report.css")! + Resource("charts.css");

    /// <summary>What all pages do: numbers in words, charts, downloads.</summary>
    public static string Scripts => Resource("charts.js")! + Resource("downloads.js");

    /// <summary>Writes a page that shows one JSON document in charts.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="page">Name of the embedded page.</param>
    /// <param name="json">Safe inside a script element.</param>
    public static void WriteCharts(TextWriter writer, string page, string json) =>
        Write(writer, page, ("STYLE", Style), ("DATA", json), ("CHARTS", Scripts));

    /// <summary>An embedded text, or null.</summary>
    public static string? Resource(string name)
    {
        using Stream? stream = typeof(ReportTemplate).Assembly.GetManifestResourceStream(name);
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    }
}
