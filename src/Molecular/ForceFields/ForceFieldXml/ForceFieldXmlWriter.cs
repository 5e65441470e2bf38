using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Cuts a ForceField XML file down to what some residues need: how the tables in data/forcefields were made.</summary>
public static class ForceFieldXmlWriter
{
    /// <summary>Writes the residues, their atom types, and every definition that can match them; attributes stay as they are written,
    /// definitions keep their order.</summary>
    /// <param name="source">The file to cut.</param>
    /// <param name="residues">Names of the templates that stay.</param>
    /// <param name="comment">The head of the new file: where it comes from and under which licence.</param>
    /// <param name="output">Written to in UTF-8.</param>
    /// <exception cref="ArgumentException">The source lacks a residue.</exception>
    public static void WriteSubset(ForceFieldFile source, IReadOnlySet<string> residues, string comment, Stream output)
    {
        using Stream input = source.Open();
        XElement root = XDocument.Load(input).Root!;
        XElement[] templates = [.. root.Elements("Residues").Elements("Residue").Where(r =>
            residues.Contains((string)r.Attribute("name")!))];
        if (residues.Except(templates.Select(t => (string)t.Attribute("name")!)).FirstOrDefault() is { } absent)
            throw new ArgumentException($"{source.Name} has no residue {absent}", nameof(residues));
        var types = templates.Elements("Atom").Select(a => (string)a.Attribute("type")!).ToHashSet();
        XElement[] used = [.. root.Elements("AtomTypes").Elements("Type").Where(t => types.Contains((string)t.Attribute("name")!))];
        var classes = used.Select(t => (string)t.Attribute("class")!).ToHashSet();

        var subset = new XElement("ForceField", new XElement("AtomTypes", used), new XElement("Residues", templates));
        foreach (XElement force in root.Elements().Where(e => e.Name.LocalName.EndsWith("Force", StringComparison.Ordinal)))
            subset.Add(new XElement(force.Name, force.Attributes(), force.Elements().Where(e => e.Attributes().All(IsNeeded))));
        var settings = new XmlWriterSettings { Indent = true, IndentChars = " ", NewLineChars = "\n", OmitXmlDeclaration = true,
            Encoding = new UTF8Encoding(false) };
        using var writer = XmlWriter.Create(output, settings);
        new XDocument(new XComment(comment), subset).Save(writer);

        bool IsNeeded(XAttribute a) => a.Value.Length == 0 || Kind(a.Name.LocalName) switch
        {
            "type" => types.Contains(a.Value),
            "class" => classes.Contains(a.Value),
            _ => true,
        };
    }

    private static string Kind(string attribute) => attribute.TrimEnd('1', '2', '3', '4');
}
