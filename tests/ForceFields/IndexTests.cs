using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials.Native;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.ForceFields;

/// <summary>Case prmtop-type-numbers and its relatives: an index is checked where it is read, and the message says file, line and what is
/// out of range.</summary>
public sealed class IndexTests : IDisposable
{
    private const string Head =
        "<System type=\"System\" version=\"1\"><Particles><Particle mass=\"12\"/><Particle mass=\"12\"/></Particles>\n<Forces>",
        Tail = "</Forces></System>";

    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-index-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [SkippableTheory]
    [InlineData("ATOM_TYPE_INDEX", 3, 999, "atom 4 names Lennard-Jones type 999, of 7 there are")]
    [InlineData("ATOM_TYPE_INDEX", 0, 0, "atom 1 names Lennard-Jones type 0, of 7 there are")]
    [InlineData("ATOM_TYPE_INDEX", 21, -1, "atom 22 names Lennard-Jones type -1, of 7 there are")]
    [InlineData("BONDS_INC_HYDROGEN", 8, 999, "bond 3 names type 999, of 8 there are")]
    [InlineData("BONDS_WITHOUT_HYDROGEN", 2, 0, "bond 1 names type 0, of 8 there are")]
    [InlineData("BONDS_INC_HYDROGEN", 1, 66, "bond 1 names atom 23, of 22 there are")]
    [InlineData("ANGLES_INC_HYDROGEN", 3, 999, "angle 1 names type 999, of")]
    [InlineData("ANGLES_WITHOUT_HYDROGEN", 7, -5, "angle 2 names type -5, of")]
    [InlineData("DIHEDRALS_INC_HYDROGEN", 4, 999, "torsion 1 names type 999, of")]
    [InlineData("DIHEDRALS_WITHOUT_HYDROGEN", 9, 0, "torsion 2 names type 0, of")]
    [InlineData("DIHEDRALS_WITHOUT_HYDROGEN", 3, -66, "torsion 1 names atom 23, of 22 there are")]
    [InlineData("RESIDUE_POINTER", 0, 0, "residue 1 begins with atom 0, of 22 there are, instead of the first")]
    [InlineData("RESIDUE_POINTER", 2, 99, "residue 3 begins with atom 99, of 22")]
    [InlineData("RESIDUE_POINTER", 1, 1, "residue 2 begins with atom 1, of 22")]
    [InlineData("EXCLUDED_ATOMS_LIST", 2, 23, "atom 23 is excluded, of 22 there are")]
    [InlineData("NUMBER_EXCLUDED_ATOMS", 0, 9999, "in all, EXCLUDED_ATOMS_LIST has")]
    [InlineData("NUMBER_EXCLUDED_ATOMS", 4, -3, "atom 5 has -3 excluded atoms")]
    [InlineData("NONBONDED_PARM_INDEX", 0, 999, "types 1 and 1 have a 10-12 hydrogen-bond term or no entry")]
    [InlineData("POINTERS", 0, 99999999, "99999999 are needed")]
    [InlineData("POINTERS", 1, 99999999, "are needed")]
    [InlineData("POINTERS", 2, -1, "a count of -1")]
    [InlineData("POINTERS", 11, 0, "in 0 residues")]
    public void A_number_out_of_range_in_a_prmtop_is_named(string flag, int number, int value, string message)
    {
        string good = File.ReadAllText(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop")),
            path = Path.Combine(_folder, "a.prmtop");
        string[] lines = good.Split('\n');
        int line = Array.FindIndex(lines, l => l.StartsWith($"%FLAG {flag}", StringComparison.Ordinal)) + 2 + number / 10;
        lines[line] = lines[line][..(8 * (number % 10))] + $"{value,8}" + lines[line][(8 * (number % 10) + 8)..];
        File.WriteAllText(path, string.Join('\n', lines));
        string said = Assert.Throws<MoleculeFormatException>(() => AmberPrmtop.Read(path)).Message;
        Assert.Contains(message, said, StringComparison.Ordinal);
        Assert.StartsWith(flag is "POINTERS" or "NUMBER_EXCLUDED_ATOMS" ? "a.prmtop, line " : $"a.prmtop, line {line + 1}: ", said,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<Force type=\"HarmonicBondForce\"><Bonds><Bond p1=\"-1\" p2=\"1\" d=\"1\" k=\"1\"/></Bonds></Force>",
        "x.xml, line 2: <Bond> names particle -1; it must lie between 0 and 1")]
    [InlineData("<Force type=\"HarmonicBondForce\"><Bonds><Bond p1=\"0\" p2=\"2\" d=\"1\" k=\"1\"/></Bonds></Force>", "names particle 2")]
    [InlineData("<Force type=\"HarmonicBondForce\"><Bonds><Bond p1=\"0.5\" p2=\"1\" d=\"1\" k=\"1\"/></Bonds></Force>",
        "names particle 0.5")]
    [InlineData("<Force type=\"HarmonicBondForce\"><Bonds><Bond p1=\"1e300\" p2=\"1\" d=\"1\" k=\"1\"/></Bonds></Force>",
        "names particle 1E+300")]
    [InlineData("<Force type=\"HarmonicAngleForce\"><Angles><Angle p1=\"0\" p2=\"1\" p3=\"7\" a=\"1\" k=\"1\"/></Angles></Force>",
        "<Angle> names particle 7")]
    [InlineData("<Force type=\"PeriodicTorsionForce\"><Torsions><Torsion p1=\"0\" p2=\"1\" p3=\"0\" p4=\"1\" periodicity=\"9\" phase=\"0\" k=\"1\"/></Torsions></Force>", "has the periodicity 9; it must lie between 1 and 6")]
    [InlineData("<Force type=\"NonbondedForce\" method=\"0\"><Particles><Particle q=\"0\" sig=\"1\" eps=\"0\"/></Particles></Force>",
        "NonbondedForce has 1 particles; there are 2")]
    [InlineData("<Force type=\"NonbondedForce\" method=\"0\"><Particles><Particle q=\"0\" sig=\"1\" eps=\"0\"/><Particle q=\"0\" sig=\"1\" eps=\"0\"/></Particles><Exceptions><Exception p1=\"0\" p2=\"2\" q=\"0\" sig=\"1\" eps=\"0\"/></Exceptions></Force>", "<Exception> names particle 2")]
    public void A_number_out_of_range_in_a_System_is_named(string force, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => SystemXml.Read(Head + force + Tail, "x.xml")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("<Bond from=\"0\" to=\"2\"/>", "x.xml, line 3: residue R has no atom 2")]
    [InlineData("<Bond from=\"0.5\" to=\"1\"/>", "has no atom 0.5")]
    [InlineData("<Bond from=\"-1\" to=\"1\"/>", "has no atom -1")]
    [InlineData("<ExternalBond atomName=\"Z\"/>", "has no atom Z")]
    public void A_number_out_of_range_in_a_force_field_is_named(string bond, string message)
    {
        string path = Path.Combine(_folder, "x.xml");
        File.WriteAllText(path,
            "<ForceField><AtomTypes><Type name=\"a\" class=\"a\" element=\"C\" mass=\"12\"/></AtomTypes>\n<Residues><Residue name=\"R\"><Atom name=\"A\" type=\"a\"/><Atom name=\"B\" type=\"a\"/>\n"
            + bond + "</Residue></Residues></ForceField>");
        Assert.Contains(message, Assert.Throws<MoleculeFormatException>(() => ForceField.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_elements_and_document_types_are_refused_before_another_parser_sees_them()
    {
        string deep = Head + string.Concat(Enumerable.Repeat("<a>", 100_000)) + string.Concat(Enumerable.Repeat("</a>", 100_000)) + Tail;
        const string entities = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><System>&b;</System>";
        string path = Path.Combine(_folder, "x.xml"), pdb = Path.Combine(_folder, "x.pdb");
        File.WriteAllText(pdb, OpenMMBathTests.TwoAtoms);
        foreach ((string xml, string reason) in new[] { (deep, "more than 64 elements in one another"), (entities, "DTD") })
        {
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => SystemXml.Read(xml)).Message, StringComparison.Ordinal);
            File.WriteAllText(path, xml);
            Assert.Contains(reason, Assert.Throws<MoleculeFormatException>(() => ForceField.Load(path)).Message, StringComparison.Ordinal);
            Assert.Contains(reason, Assert.Throws<MoleculeFormatException>(() =>
                SystemLoader.Load(new SimulationConfig { Input = path, Coordinates = pdb, Backend = "openmm" }.Source())).Message,
                StringComparison.Ordinal);
            if (OpenMMLibrary.IsAvailable)
                Assert.Contains(reason, Assert.Throws<NativeException>(() => OpenMMSystem.FromXml(xml)).Message, StringComparison.Ordinal);
        }
        string commented = PlainXml.Of("<System><!-- <a><a><a> > --><?p <a>?><b c=\"1 &lt; 2\"/><![CDATA[<d>]]></System>");
        Assert.EndsWith("<System><b c=\"1 &lt; 2\" />&lt;d&gt;</System>", commented, StringComparison.Ordinal);
    }
}
