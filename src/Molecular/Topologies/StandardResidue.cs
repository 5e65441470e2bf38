using System.Globalization;

namespace MolSampling.Molecular.Topologies;

/// <summary>An amino acid, a cap or water: its bonds, and for what a peptide builder needs, the ideal geometry of its side chain.</summary>
/// <param name="Name">As in Amber.</param>
/// <param name="Letter">One-letter code, '\0' for none.</param>
/// <param name="Atoms">In the order of Amber's template.</param>
/// <param name="Bonds">All, by name.</param>
/// <param name="Placements">How atoms outside the backbone are placed; an atom of the previous residue begins with '-'.</param>
internal sealed record StandardResidue(string Name, char Letter, IReadOnlyList<string> Atoms, IReadOnlyList<(string, string)> Bonds,
    IReadOnlyDictionary<string, Placement> Placements)
{
    private static readonly Dictionary<string, StandardResidue> s_residues = Read(StandardResidueTable.Text);

    /// <summary>The names that other programs give to the same residues; HIS holds all hydrogens of both its nitrogens here, bonds being
    /// taken for the atoms present.</summary>
    private static readonly Dictionary<string, string> s_otherNames = new()
    {
        ["HIS"] = "HIP", ["HSD"] = "HID", ["HSE"] = "HIE", ["HSP"] = "HIP", ["CYS2"] = "CYX", ["NH2"] = "NHE", ["NMA"] = "NME",
            ["NAC"] = "NME",
        ["WAT"] = "HOH", ["SOL"] = "HOH", ["TIP3"] = "HOH", ["TP3"] = "HOH", ["H2O"] = "HOH",
    };

    /// <summary>Protonation variants share bonds: a file that names ASP may hold HD2.</summary>
    private static readonly Dictionary<string, string> s_fullest = new()
    {
        ["ASP"] = "ASH", ["GLU"] = "GLH", ["HID"] = "HIP", ["HIE"] = "HIP", ["LYN"] = "LYS", ["CYX"] = "CYS", ["CYM"] = "CYS",
    };

    /// <summary>Whether it has a backbone with both ends.</summary>
    public bool IsAminoAcid => Atoms.Contains("CA");

    /// <summary>Whether the residue before it, and the one after it, is bonded by a peptide bond.</summary>
    public (bool Before, bool After) PeptideBonds => (IsAminoAcid || Name is "NME" or "NHE", IsAminoAcid || Name == "ACE");

    /// <summary>The residue of that name, or null.</summary>
    public static StandardResidue? Find(string name) => s_residues.GetValueOrDefault(s_otherNames.GetValueOrDefault(name, name));

    /// <summary>The amino acid of that letter, or null.</summary>
    public static StandardResidue? Find(char letter) => s_residues.Values.FirstOrDefault(r => r.Letter == letter);

    /// <summary>The bonds of whichever atoms are there, the variant that a file names being uncertain.</summary>
    public static IReadOnlyList<(string, string)> BondsOf(string name) =>
        Find(name) is { } residue ? s_residues[s_fullest.GetValueOrDefault(residue.Name, residue.Name)].Bonds : [];

    private static Dictionary<string, StandardResidue> Read(string text)
    {
        var residues = new Dictionary<string, StandardResidue>();
        foreach (string block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            string[][] lines = [.. block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l =>
                l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
            StandardResidue residue = lines[0] is [var name, "=", var parent, "-", var atom] ? residues[parent].Without(name, atom)
                : Parse(lines);
            residues.Add(residue.Name, residue);
        }
        foreach ((string name, char letter) in new[] { ("ASP", 'D'), ("GLU", 'E'), ("HIE", 'H') })
            residues[name] = residues[name] with { Letter = letter };
        return residues;
    }

    private StandardResidue Without(string name, string atom) => this with
    {
        Name = name,
        Letter = '\0',
        Atoms = [.. Atoms.Where(a => a != atom)],
        Bonds = [.. Bonds.Where(b => b.Item1 != atom && b.Item2 != atom)],
    };

    private static StandardResidue Parse(string[][] lines)
    {
        var placements = new Dictionary<string, Placement>();
        var bonds = new List<(string, string)>();
        string[] atoms = lines[1][1..];
        bool backbone = atoms.Contains("CA");
        if (backbone)
        {
            bonds.AddRange([("N", "CA"), ("CA", "C"), ("C", "O"), ("C", "OXT"), ("N", "H"), ("N", "H1"), ("N", "H2"), ("N", "H3")]);
            placements["H"] = new("N", "-C", "-O", 1.01, 119.8, 180);
            placements["HA"] = new("CA", "C", "N", 1.09, 108.5, -119);
            placements["CB"] = new("CA", "C", "N", 1.526, 110.5, 122.7);
        }
        foreach (string[] line in lines[2..])
            if (line[0] == "bond")
                bonds.Add((line[1], line[2]));
            else
                placements[line[0]] = new(line[1], line[2], line[3], Number(line[4]), Number(line[5]), Number(line[6]));
        foreach ((string atom, Placement placement) in placements)
            if (atoms.Contains(atom) && (!backbone || atom != "H"))
                bonds.Add((placement.Parent, atom));
        return new(lines[0][0], lines[0].Length > 1 ? lines[0][1][0] : '\0', atoms, bonds, placements);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
