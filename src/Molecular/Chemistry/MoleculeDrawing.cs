using System.Xml.Linq;

namespace MolSampling.Molecular.Chemistry;

/// <summary>A picture of a molecule in the plane.</summary>
/// <param name="Svg">One svg element, transparent, of shapes and text alone: it can stand in a page.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Atoms">[D] the atoms that are drawn, numbered from 0.</param>
/// <param name="Positions">[D, 2] where they are, pixels from the upper left corner.</param>
public sealed record MoleculeDrawing(string Svg, int Width, int Height, int[] Atoms, double[] Positions)
{
    private static readonly HashSet<string> s_elements = ["svg", "g", "rect", "path", "text", "tspan", "line", "polyline", "polygon",
        "circle", "ellipse"];
    private static readonly HashSet<string> s_attributes =
        ["viewBox", "width", "height", "style", "d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "points", "fill",
            "stroke", "transform", "text-anchor"];

    /// <summary>Keeps shapes and text: labels may come from files, and a script in a picture would run in the page.</summary>
    internal static string Harmless(string svg)
    {
        XElement root = XDocument.Parse(svg).Root!;
        return Kept(root).ToString(SaveOptions.DisableFormatting);
    }

    private static XElement Kept(XElement element) => new(
        element.Name.LocalName,
        element.Attributes().Where(a => !a.IsNamespaceDeclaration && a.Name.NamespaceName.Length == 0
            && s_attributes.Contains(a.Name.LocalName)),
        element.Nodes().Select(n => n switch
        {
            XElement child => s_elements.Contains(child.Name.LocalName) ? Kept(child) : null,
            XText text => new XText(text.Value),
            _ => (object?)null,
        }));
}
