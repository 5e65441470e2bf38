using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Molecular.ForceFields.Smirnoff;

/// <summary>
/// Reads a force field in the SMIRNOFF format (offxml), version 0.3: harmonic bonds and angles, proper and improper torsions,
/// Lennard-Jones, charges of a library. D. L. Mobley et al., J. Chem. Theory Comput. 14 (2018) 6076; openforcefield.github.io/standards.
/// </summary>
internal sealed class SmirnoffReader
{
    private const string Harmonic = "harmonic", Cosine = "k*(1+cos(periodicity*theta-phase))";
    private const int ImpropersOfCentre = 3; // the energy of a trefoil is the mean of its three dihedrals

    /// <summary>What says nothing about the energy here. Constraints are those of rigid water, which the engine takes as springs; the last
    /// three compute charges by other programs, for which <see cref="ChargeSources"/> stands.</summary>
    private static readonly HashSet<string> s_ignored = ["Author", "Date", "Constraints", "ToolkitAM1BCC", "NAGLCharges",
        "ChargeIncrementModel"];

    private static readonly HashSet<string> s_read = ["Bonds", "Angles", "ProperTorsions", "ImproperTorsions", "vdW", "Electrostatics",
        "LibraryCharges"];

    private readonly string _file;
    private readonly XElement _root;

    private SmirnoffReader(string file, XElement root) => (_file, _root) = (file, root);

    /// <summary>Reads all sections.</summary>
    /// <param name="text">The document.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="MoleculeFormatException">It holds what cannot be read or is not supported; file and line.</exception>
    public static SmirnoffTables Read(string text, string file)
    {
        try
        {
            PlainXml.Check(new StringReader(text));
            return new SmirnoffReader(file, XDocument.Parse(text, LoadOptions.SetLineInfo).Root!).Read();
        }
        catch (XmlException e)
        {
            throw new MoleculeFormatException(file, e.LineNumber, "no XML: " + e.Message.Split('\n')[0]);
        }
    }

    private SmirnoffTables Read()
    {
        if (_root.Name != "SMIRNOFF")
            throw Error(_root, $"no SMIRNOFF force field: the outermost element is {_root.Name}");
        Require(_root, "aromaticity_model", "OEAroModel_MDL");
        foreach (XElement section in _root.Elements())
            if (!s_read.Contains(section.Name.LocalName) && !s_ignored.Contains(section.Name.LocalName))
                throw Error(section, $"section {section.Name} is not supported");
        return new(
            Rules("Bonds", "Bond", Harmonic, e => new SpringValue(Quantity(e, "length", SmirnoffUnits.OfLength), Quantity(e, "k",
                SmirnoffUnits.OfBondConstant))),
            Rules("Angles", "Angle", Harmonic, e => new SpringValue(Quantity(e, "angle", SmirnoffUnits.OfAngle), Quantity(e, "k",
                SmirnoffUnits.OfAngleConstant))),
            // what the reference implementation does not do either: dividing by the number of dihedrals about the bond
            Rules("ProperTorsions", "Proper", Cosine, e => Cosines(e, () => throw Error(e, "a proper torsion needs its idivf"))),
            Rules("ImproperTorsions", "Improper", Cosine, e => Cosines(e, () => ImproperDivisor(e.Parent!))),
            Rules("vdW", "Atom", "Lennard-Jones-12-6", LennardJones),
            Rules("LibraryCharges", "LibraryCharge", null, e => Indexed(e, "charge").Select(n => Quantity(e, $"charge{n}",
                SmirnoffUnits.OfCharge)).ToArray()),
            Scale14("vdW"), Scale14("Electrostatics"));
    }

    private List<SmirnoffRule<T>> Rules<T>(string section, string element, string? potential, Func<XElement, T> value)
    {
        var rules = new List<SmirnoffRule<T>>();
        foreach (XElement s in _root.Elements(section))
        {
            if (potential is not null)
                Require(s, "potential", potential);
            if (section == "vdW")
                Require(s, "combining_rules", "Lorentz-Berthelot");
            foreach (XElement e in s.Elements())
            {
                if (e.Name != element)
                    throw Error(e, $"{e.Name} in {section} is not supported");
                if (e.Attributes().FirstOrDefault(a => a.Name.LocalName.Contains("_bondorder", StringComparison.Ordinal)) is { } order)
                    throw Error(e, $"{order.Name}: parameters that depend on fractional bond orders are not supported");
                rules.Add(new(Text(e, "smirks"), e.Attribute("id")?.Value ?? Text(e, "smirks"), value(e)));
            }
        }
        return rules;
    }

    private CosineValue[] Cosines(XElement e, Func<double> usualDivisor) => [.. Indexed(e, "periodicity").Select(n =>
        new CosineValue(Whole(e, $"periodicity{n}"), Quantity(e, $"phase{n}", SmirnoffUnits.OfAngle),
            Quantity(e, $"k{n}", SmirnoffUnits.OfEnergy)
                / (e.Attribute($"idivf{n}") is null ? usualDivisor() : Quantity(e, $"idivf{n}", default))))];

    private double ImproperDivisor(XElement section) => section.Attribute("default_idivf")?.Value is null or "auto" ? ImpropersOfCentre
        : Quantity(section, "default_idivf", default);

    private LennardJonesValue LennardJones(XElement e) => new(e.Attribute("sigma") is null
        ? 2 * Quantity(e, "rmin_half", SmirnoffUnits.OfLength) / Math.Pow(2, 1.0 / 6) : Quantity(e, "sigma", SmirnoffUnits.OfLength),
        Quantity(e, "epsilon", SmirnoffUnits.OfEnergy));

    private double Scale14(string name)
    {
        XElement section = _root.Element(name) ?? throw Error(_root, $"there is no section {name}");
        foreach ((string attribute, double only) in new[] { ("scale12", 0.0), ("scale13", 0.0), ("scale15", 1.0) })
            if (Quantity(section, attribute, default) != only)
                throw Error(section, $"{attribute} of {name} may be {only} only");
        return Quantity(section, "scale14", default);
    }

    /// <summary>1, 2, ... as far as there are attributes of that name.</summary>
    private static IEnumerable<int> Indexed(XElement e, string name) => Enumerable.Range(1, e.Attributes().Count()).TakeWhile(n =>
        e.Attribute($"{name}{n}") is not null);

    private double Quantity(XElement e, string name, SmirnoffUnits units)
    {
        try
        {
            return SmirnoffQuantity.Parse(Text(e, name), units);
        }
        catch (FormatException error)
        {
            throw Error(e, $"{name}: {error.Message}");
        }
    }

    private int Whole(XElement e, string name) => int.TryParse(Text(e, name), NumberStyles.None, CultureInfo.InvariantCulture,
        out int value) ? value : throw Error(e, $"{name} should be a whole number, not '{Text(e, name)}'");

    private void Require(XElement e, string name, string value)
    {
        if (Text(e, name) is var found && found != value)
            throw Error(e, $"{name} of {e.Name} may be {value} only, not '{found}'");
    }

    private string Text(XElement e, string name) => e.Attribute(name)?.Value ?? throw Error(e, $"{e.Name} has no {name}");

    private MoleculeFormatException Error(XElement e, string reason) => new(_file, ((IXmlLineInfo)e).LineNumber, reason);
}
