using System.Text;
using System.Xml;

namespace MolSampling.Potentials.OpenMM;

/// <summary>
/// XML from elsewhere. Elements may be nested to a stated depth and document type definitions are not read, whose entities can grow without
/// end; other parsers, OpenMM's among them, nest calls as the text nests elements.
/// </summary>
internal static class PlainXml
{
    /// <summary>Elements in one another. Systems and force fields have seven.</summary>
    public const int Deepest = 64;

    /// <summary>Looks at all of a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="element">Told of each element; may be null.</param>
    /// <exception cref="XmlException">It is not well-formed, nested too deeply, or has a document type definition.</exception>
    public static void Check(TextReader text, Action<XmlReader>? element = null)
    {
        using XmlReader reader = Open(text);
        while (Advance(reader))
            if (reader.NodeType == XmlNodeType.Element)
                element?.Invoke(reader);
    }

    /// <summary>A document's elements, attributes and texts, without comments and whatever else parsers differ about: what another parser
    /// then sees has been counted here.</summary>
    /// <param name="xml">The document.</param>
    /// <exception cref="XmlException">As <see cref="Check"/>.</exception>
    public static string Of(string xml)
    {
        var plain = new StringBuilder(xml.Length);
        using XmlReader reader = Open(new StringReader(xml));
        using (var writer = XmlWriter.Create(plain, new() { OmitXmlDeclaration = true }))
            while (Advance(reader))
                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        bool isEmpty = reader.IsEmptyElement;
                        writer.WriteStartElement(reader.Name);
                        while (reader.MoveToNextAttribute())
                            writer.WriteAttributeString(reader.Name, reader.Value);
                        if (isEmpty)
                            writer.WriteEndElement();
                        break;
                    case XmlNodeType.EndElement:
                        writer.WriteFullEndElement();
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA:
                        writer.WriteString(reader.Value);
                        break;
                }
        return "<?xml version=\"1.0\" ?>\n" + plain;
    }

    private static XmlReader Open(TextReader text) => XmlReader.Create(text, new() { DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null });

    private static bool Advance(XmlReader reader)
    {
        bool more = reader.Read();
        return reader.Depth <= Deepest ? more : throw new XmlException($"more than {Deepest} elements in one another", null,
            ((IXmlLineInfo)reader).LineNumber, ((IXmlLineInfo)reader).LinePosition);
    }
}
