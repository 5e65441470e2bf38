using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Reads ForceField XML, the format of OpenMM's force fields: types, residue templates, harmonic bonds and angles, periodic
/// torsions, Lennard-Jones and charges, OBC solvent.</summary>
internal sealed class ForceFieldXmlReader
{
    private const int MostWhole = 1000;
    private const double ScaleTolerance = 1e-5; // files round 5/6 differently

    /// <summary>What may stand in a file without a meaning for energies, or is read elsewhere.</summary>
    private static readonly HashSet<string> s_ignored = ["Info", "AtomTypes", "Residues", "Include", "Patches"];

    /// <summary>Solvents by their names and by those of OpenMM's files.</summary>
    private static readonly Dictionary<string, BornModel> s_solvents = new(BornModels.Names.SelectMany(name =>
        new[] { name, $"implicit/{name}.xml" }.Select(n => KeyValuePair.Create(n, BornModels.Find(name)!.Value))),
        StringComparer.OrdinalIgnoreCase);

    private readonly ForceFieldTables _tables = new();
    private string _file = "";

    /// <summary>Implicit solvents by name.</summary>
    public static IReadOnlyDictionary<string, BornModel> Solvents => s_solvents;

    /// <summary>Reads files and what they include.</summary>
    /// <param name="names">As <see cref="ForceFieldFiles.Find"/> takes them, or a solvent: "obc1", "obc2", "gbn", "gbn2".</param>
    /// <param name="find">Finds a file by name.</param>
    /// <exception cref="MoleculeFormatException">A file holds what cannot be read; names file and line.</exception>
    public static ForceFieldTables Read(IEnumerable<string> names, Func<string, ForceFieldFile> find)
    {
        var reader = new ForceFieldXmlReader();
        var files = new List<(string File, XElement Root)>();
        foreach (string name in names)
            if (s_solvents.TryGetValue(name, out BornModel model))
                reader._tables.BornModel = model;
            else
                Load(find(name), files);
        // Types first, then templates, then forces: a file may use what a later one defines.
        foreach (Action<XElement> pass in new Action<XElement>[] { reader.ReadTypes, reader.ReadTemplates, reader.ReadForces })
            foreach ((string file, XElement root) in files)
            {
                reader._file = file;
                pass(root);
            }
        return reader._tables;
    }

    private static void Load(ForceFieldFile file, List<(string File, XElement Root)> files)
    {
        if (files.Any(f => f.File == file.Name))
            return;
        XElement root;
        try
        {
            using (var text = new StreamReader(file.Open()))
                PlainXml.Check(text);
            using Stream stream = file.Open();
            root = XDocument.Load(stream, LoadOptions.SetLineInfo).Root!;
        }
        catch (XmlException e)
        {
            throw new MoleculeFormatException(Path.GetFileName(file.Name), e.LineNumber, "no XML: " + e.Message.Split('\n')[0]);
        }
        if (root.Name != "ForceField")
            throw new MoleculeFormatException(Path.GetFileName(file.Name), 1, $"no force field: the outermost element is {root.Name}");
        files.Add((file.Name, root));
        foreach (XElement include in root.Elements("Include"))
        {
            string name = include.Attribute("file")?.Value ?? "";
            ForceFieldFile? found = ForceFieldFiles.TryFind(Path.Combine(Path.GetDirectoryName(file.Name) ?? "",
                name)) ?? ForceFieldFiles.TryFind(name);
            Load(found ?? throw new MoleculeFormatException(Path.GetFileName(file.Name), Line(include),
                $"the included file '{name}' is not there"), files);
        }
    }

    private void ReadTypes(XElement root)
    {
        foreach (XElement type in root.Elements("AtomTypes").Elements("Type"))
        {
            string name = Text(type, "name");
            int element = 0;
            if (type.Attribute("element") is { } symbol && (element = ChemicalElement.Number(symbol.Value)) == 0)
                throw Error(type, $"there is no element '{symbol.Value}'");
            if (!_tables.Types.TryAdd(name, new(name, Text(type, "class"), element, Number(type, "mass"))))
                throw Error(type, $"atom type {name} is defined twice");
        }
    }

    private void ReadTemplates(XElement root)
    {
        foreach (XElement residue in root.Elements("Residues").Elements("Residue"))
        {
            ResidueTemplate template = ReadTemplate(residue);
            if (!_tables.Templates.TryGetValue(template.Name, out ResidueTemplate? existing)
                || template.OverrideLevel > existing.OverrideLevel)
            {
                _tables.Templates.Remove(template.Name); // the place in the order is that of the one that counts
                _tables.Templates.Add(template.Name, template);
            }
            else if (template.OverrideLevel == existing.OverrideLevel)
                throw Error(residue, $"residue {template.Name} is defined twice");
        }
    }

    private ResidueTemplate ReadTemplate(XElement residue)
    {
        var atoms = new List<TemplateAtom>();
        var indices = new Dictionary<string, int>();
        foreach (XElement atom in residue.Elements("Atom"))
        {
            string name = Text(atom, "name");
            if (!_tables.Types.TryGetValue(Text(atom, "type"), out AtomType? type))
                throw Error(atom, $"there is no atom type {Text(atom, "type")}");
            if (!indices.TryAdd(name, atoms.Count))
                throw Error(atom, $"atom {name} is twice in residue {Text(residue, "name")}");
            atoms.Add(new(name, type, atom.Attributes().Where(a => a.Name != "name" && a.Name != "type").ToDictionary(a => a.Name.LocalName,
                a => Number(atom, a.Name.LocalName))));
        }
        var bondedTo = new List<int>[atoms.Count];
        for (int i = 0; i < bondedTo.Length; i++)
            bondedTo[i] = [];
        var external = new int[atoms.Count];
        foreach (XElement bond in residue.Elements("Bond"))
        {
            (int i, int j) = (Atom(bond, "atomName1", "from"), Atom(bond, "atomName2", "to"));
            bondedTo[i].Add(j);
            bondedTo[j].Add(i);
        }
        foreach (XElement bond in residue.Elements("ExternalBond"))
            external[Atom(bond, "atomName", "from")]++;
        int level = residue.Attribute("override") is null ? 0 : Whole(residue, "override");
        return new(Text(residue, "name"), atoms, bondedTo, external, residue.Elements("VirtualSite").Any(), level);

        int Atom(XElement bond, string byName, string byIndex)
        {
            if (bond.Attribute(byName) is { } name)
                return indices.TryGetValue(name.Value, out int named) ? named
                    : throw Error(bond, $"residue {Text(residue, "name")} has no atom {name.Value}");
            double index = Number(bond, byIndex);
            return index >= 0 && index < atoms.Count && index == Math.Floor(index) ? (int)index
                : throw Error(bond, $"residue {Text(residue, "name")} has no atom {index}");
        }
    }

    private void ReadForces(XElement root)
    {
        foreach (XElement force in root.Elements())
            switch (force.Name.LocalName)
            {
                case "HarmonicBondForce":
                    foreach (XElement e in force.Elements("Bond"))
                        _tables.Bonds.Add(new(Pattern(e, "1"), Pattern(e, "2"), Number(e, "length"), Number(e, "k")));
                    break;
                case "HarmonicAngleForce":
                    foreach (XElement e in force.Elements("Angle"))
                        _tables.Angles.Add(new(Pattern(e, "1"), Pattern(e, "2"), Pattern(e, "3"), Number(e, "angle"), Number(e, "k")));
                    break;
                case "PeriodicTorsionForce":
                    ImproperOrdering ordering = force.Attribute("ordering")?.Value switch
                    {
                        null or "default" => ImproperOrdering.Default,
                        "amber" => ImproperOrdering.Amber,
                        var other => throw Error(force, $"the ordering '{other}' of impropers is not supported"),
                    };
                    _tables.Propers.AddRange(force.Elements("Proper").Select(e => Torsion(e, ordering)));
                    _tables.Impropers.AddRange(force.Elements("Improper").Select(e => Torsion(e, ordering)));
                    break;
                case "NonbondedForce":
                    ReadNonbonded(force);
                    break;
                case "GBSAOBCForce":
                    ReadAtoms(force, _tables.Born);
                    break;
                case "Script" or "InitializationScript":
                    throw Error(force,
                        "the file holds a Python script, which is not run here (for implicit solvent name obc1, obc2, gbn or gbn2)");
                case var name when !s_ignored.Contains(name):
                    throw Error(force, $"{name} is not supported");
            }
    }

    private void ReadNonbonded(XElement force)
    {
        (double coulomb, double lennardJones) = (Number(force, "coulomb14scale"), Number(force, "lj14scale"));
        _tables.Scale14 ??= (coulomb, lennardJones);
        if (Math.Abs(coulomb - _tables.Scale14.Value.Coulomb) > ScaleTolerance
            || Math.Abs(lennardJones - _tables.Scale14.Value.LennardJones) > ScaleTolerance)
            throw Error(force, "the 1-4 scale factors differ from those of another file");
        ReadAtoms(force, _tables.Nonbonded);
    }

    private void ReadAtoms(XElement force, AtomParameterTable table)
    {
        foreach (XElement use in force.Elements("UseAttributeFromResidue"))
            table.TakeFromResidue(Text(use, "name"));
        foreach (XElement atom in force.Elements("Atom"))
            table.Add(Pattern(atom, ""), [.. table.Names.Select(n => table.IsFromResidue(n) ? 0 : Number(atom, n))]);
    }

    private TorsionDefinition Torsion(XElement e, ImproperOrdering ordering)
    {
        var terms = new List<(int, double, double)>();
        for (int i = 1; e.Attribute($"phase{i}") is not null; i++)
            terms.Add((Whole(e, $"periodicity{i}"), Number(e, $"phase{i}"), Number(e, $"k{i}")));
        return new(Pattern(e, "1"), Pattern(e, "2"), Pattern(e, "3"), Pattern(e, "4"), terms, ordering);
    }

    private AtomPattern Pattern(XElement e, string suffix) => (e.Attribute("type" + suffix)?.Value,
        e.Attribute("class" + suffix)?.Value) switch
    {
        (null, null) => throw Error(e, $"{e.Name} has neither type{suffix} nor class{suffix}"),
        (not null, not null) => throw Error(e, $"{e.Name} has both type{suffix} and class{suffix}"),
        ("", _) or (_, "") => default,
        var (type, atomClass) => new(type, atomClass),
    };

    private string Text(XElement e, string name) => e.Attribute(name)?.Value ?? throw Error(e, $"{e.Name} has no {name}");

    private double Number(XElement e, string name) => double.TryParse(Text(e, name), NumberStyles.Float, CultureInfo.InvariantCulture,
        out double value) && double.IsFinite(value)
        ? value
        : throw Error(e, $"{name} of {e.Name} should be a number, not '{Text(e, name)}'");

    private int Whole(XElement e, string name) => Number(e, name) is >= -MostWhole and <= MostWhole and var value
        && value == Math.Floor(value) ? (int)value
        : throw Error(e, $"{name} of {e.Name} should be a whole number, not '{Text(e, name)}'");

    private MoleculeFormatException Error(XElement e, string reason) => new(Path.GetFileName(_file), Line(e), reason);

    private static int Line(XElement e) => ((IXmlLineInfo)e).LineNumber;
}
