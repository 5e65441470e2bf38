using MolSampling.Molecular.Formats;

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

    /// <summary>Writes a page that shows one JSON document in charts, and replaces the file in one step. All such pages are charts.html,
    /// with a script and, if they need one, a style of their own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="page">Name of its embedded script and style.</param>
    /// <param name="title">After the program's name.</param>
    /// <param name="json">Safe inside a script element.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void WriteCharts(string path, string page, string title, string json)
    {
        using var file = new PendingFile(path);
        using (var writer = new StreamWriter(file.Stream, leaveOpen: true))
            Write(writer, "charts.html", ("TITLE", title), ("STYLE", Style), ("OWN", Resource($"{page}.css") ?? ""), ("DATA", json),
                ("CHARTS", Scripts), ("PAGE", Resource($"{page}.js")!));
        file.Keep();
    }

    /// <summary>An embedded text, or null.</summary>
    public static string? Resource(string name)
    {
        using Stream? stream = typeof(ReportTemplate).Assembly.GetManifestResourceStream(name);
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    }
}
