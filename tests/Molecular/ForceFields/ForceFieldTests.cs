using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>What a force field says of what it cannot do, and rules that follow from the numbers alone.</summary>
public sealed class ForceFieldTests
{
    private const string Water = """
        <ForceField>
         <AtomTypes><Type name="O" class="OW" element="O" mass="16"/><Type name="H" class="HW" element="H" mass="1"/></AtomTypes>
         <Residues><Residue name="HOH"><Atom name="O" type="O"/><Atom name="H1" type="H"/><Atom name="H2" type="H"/><Bond from="0" to="1"/><Bond atomName1="O" atomName2="H2"/></Residue></Residues>
         <HarmonicBondForce><Bond class1="OW" class2="HW" length="0.1" k="5"/></HarmonicBondForce>
         <HarmonicAngleForce><Angle class1="HW" type2="O" class3="HW" angle="1.8" k="7"/></HarmonicAngleForce>
         <NonbondedForce coulomb14scale="0.5" lj14scale="0.5"><Atom class="OW" charge="-0.8" sigma="0.3" epsilon="0.6"/><Atom type="H" charge="0.4" sigma="1" epsilon="0"/></NonbondedForce>
        </ForceField>
        """;

    [Theory]
    [InlineData("ACE-ALA-NME", "HB2", "residue ALA 2 (chain A) has no template in ff14SB: the nearest is ALA, missing HB2")]
    [InlineData("ACE-LYS-NME", "HZ1", "")]
    [InlineData("ACE-SER-NME", "OG HG", "residue SER 2 (chain A) has no template in ff14SB: the nearest is SER, missing OG HG")]
    [InlineData("AAA", "OXT",
        "residue ALA 3 (chain A) has no template in ff14SB: it has the atoms of ALA but 1 bonds to other residues instead of 2 (a chain's end without its cap or OXT?)")]
    [InlineData("ACE-TRP-NME", "HE1 HE3", "residue TRP 2 (chain A) has no template in ff14SB: the nearest is TRP, missing HE1 HE3")]
    public void A_missing_atom_is_named(string sequence, string atoms, string message)
    {
        Topology topology = Without(PeptideBuilder.Build(sequence), atoms.Split(' ')).Topology;
        if (message.Length == 0) // lysine without one hydrogen is neutral lysine, whatever its name
        {
            Assert.Equal(topology.Atoms.Count, ForceField.Load("ff14SB").Parameterize(topology).AtomCount);
            return;
        }
        var e = Assert.Throws<ParameterizationException>(() => ForceField.Load("ff14SB").Parameterize(topology));
        Assert.Equal(message, e.Message);
        Assert.NotEmpty(e.Atoms);
    }

    [Fact]
    public void An_unknown_residue_is_named()
    {
        const string ethane = """
            HETATM    1  C1  ETH A   1       0.000   0.000   0.000  1.00  0.00           C
            HETATM    2  C2  ETH A   1       1.500   0.000   0.000  1.00  0.00           C
            CONECT    1    2
            """;
        Topology topology = PdbReader.Read(new StringReader(ethane), "ethane.pdb").Topology;
        Assert.Equal("residue ETH 1 (chain A) has no template in ff14SB, nor one like it", Assert.Throws<ParameterizationException>(() =>
            ForceField.Load("ff14SB").Parameterize(topology)).Message);
    }

    [Fact]
    public void Protonation_is_read_from_the_atoms_not_the_name()
    {
        foreach (string name in new[] { "HID", "HIE", "HIP", "CYM", "ASH", "GLH", "LYN" })
        {
            Topology right = PeptideBuilder.Build($"ACE-{name}-NME").Topology;
            Topology misnamed = right with { Residues = [.. right.Residues.Select(r => r with { Name = r.Name[..2] + "X" })] };
            ClassicalSystem a = ForceField.Load("ff14SB", "obc2").Parameterize(right),
                b = ForceField.Load("ff14SB", "obc2").Parameterize(misnamed);
            Assert.Equal(a.Particles, b.Particles);
            Assert.Equal(a.Torsions, b.Torsions);
        }
    }

    [Theory]
    [InlineData("ACE-ARNDCQEGHILKMFPSTWYV-NME", 0)]
    [InlineData("GDG", -1)]
    [InlineData("ACE-HIP-ASH-GLH-LYN-NME", 1)]
    [InlineData("ACE-CYM-NME", -1)]
    public void Charges_are_whole(string sequence, double charge)
    {
        foreach (string name in new[] { "ff14SB", "ff99SB-ILDN", "ff96" })
            Assert.Equal(charge, ForceField.Load(name).Parameterize(PeptideBuilder.Build(sequence).Topology).Particles.Sum(p => p.Charge),
                6);
    }

    [Fact]
    public void Hydrogen_masses_come_from_their_partners()
    {
        Topology topology = PeptideBuilder.Build("ACE-ALA-NME").Topology;
        ClassicalSystem light = ForceField.Load("ff14SB").Parameterize(topology), heavy = ForceField.Load("ff14SB").Parameterize(topology,
            hydrogenMass: 3);
        Assert.Equal(light.Masses.Sum(), heavy.Masses.Sum(), 9);
        Assert.All(Enumerable.Range(0, topology.Atoms.Count).Where(i => topology.Atoms[i].AtomicNumber == 1),
            i => Assert.Equal(3, heavy.Masses[i]));
        Assert.Contains("leave", Assert.Throws<ParameterizationException>(() => ForceField.Load("ff14SB").Parameterize(topology,
            hydrogenMass: 6)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Implicit_solvent_is_by_name_or_by_table_but_one()
    {
        Topology topology = PeptideBuilder.Build("ACE-ALA-NME").Topology;
        Assert.Null(ForceField.Load("ff96").Parameterize(topology).ImplicitSolvent);
        Assert.Equal(BornModel.Obc1, ForceField.Load("ff96", "obc1").Parameterize(topology).ImplicitSolvent!.Model);
        ClassicalSystem solvated = ForceField.Load("ff96", "implicit/obc2.xml").Parameterize(topology, reach: new(1, null, 78.3, null));
        Assert.Equal((BornModel.Obc2, 1.0, 1.0), (solvated.ImplicitSolvent!.Model, solvated.Reach.ReactionFieldDielectric,
            solvated.Reach.Cutoff));
    }

    [Fact]
    public void A_file_of_ones_own_is_read()
    {
        ClassicalSystem system = WithFiles([Water], f => f.Parameterize(WaterTopology));
        Assert.Equal([16, 1, 1], system.Masses);
        Assert.Equal([new HarmonicBondParameters(0, 1, 0.1, 5), new(0, 2, 0.1, 5)], system.Bonds);
        Assert.Equal([new HarmonicAngleParameters(1, 0, 2, 1.8, 7)], system.Angles);
        Assert.Equal([-0.8, 0.4, 0.4], system.Particles.Select(p => p.Charge));
        Assert.Equal(3, system.Exceptions.Count);
        Assert.Null(system.ImplicitSolvent);
    }

    [Fact]
    public void Later_definitions_and_higher_levels_win()
    {
        string other = "<ForceField><Residues><Residue name=\"HOH\" override=\"1\"><Atom name=\"O\" type=\"O\" charge=\"-2\"/><Atom name=\"H1\" type=\"H\" charge=\"1\"/><Atom name=\"H2\" type=\"H\" charge=\"1\"/>"
            + "<Bond from=\"0\" to=\"1\"/><Bond from=\"0\" to=\"2\"/></Residue></Residues><NonbondedForce coulomb14scale=\"0.5\" lj14scale=\"0.5\"><UseAttributeFromResidue name=\"charge\"/></NonbondedForce></ForceField>";
        Assert.Equal([-2.0, 1, 1], WithFiles([Water, other], f => f.Parameterize(WaterTopology)).Particles.Select(p => p.Charge));
        string heavier = "<ForceField><NonbondedForce coulomb14scale=\"0.500001\" lj14scale=\"0.5\"><Atom class=\"OW\" charge=\"-0.9\" sigma=\"0.3\" epsilon=\"0.6\"/></NonbondedForce></ForceField>";
        Assert.Equal(-0.9, WithFiles([Water, heavier], f => f.Parameterize(WaterTopology)).Particles[0].Charge);
    }

    [Theory]
    [InlineData("<Script>print(1)</Script>",
        "0.xml, line 1: the file holds a Python script, which is not run here (for implicit solvent name obc1, obc2, gbn or gbn2)")]
    [InlineData("<CMAPTorsionForce/>", "0.xml, line 1: CMAPTorsionForce is not supported")]
    [InlineData("\n<AtomTypes><Type name=\"a\" class=\"a\" element=\"Qq\" mass=\"1\"/></AtomTypes>",
        "0.xml, line 2: there is no element 'Qq'")]
    [InlineData("<AtomTypes><Type name=\"a\" class=\"a\" element=\"C\" mass=\"heavy\"/></AtomTypes>",
        "0.xml, line 1: mass of Type should be a number, not 'heavy'")]
    [InlineData("<AtomTypes><Type name=\"a\" class=\"a\" mass=\"1\"/><Type name=\"a\" class=\"a\" mass=\"1\"/></AtomTypes>",
        "0.xml, line 1: atom type a is defined twice")]
    [InlineData("<Residues><Residue name=\"R\"><Atom name=\"A\" type=\"b\"/></Residue></Residues>",
        "0.xml, line 1: there is no atom type b")]
    [InlineData("<HarmonicBondForce><Bond class1=\"C\" length=\"1\" k=\"1\"/></HarmonicBondForce>",
        "0.xml, line 1: Bond has neither type2 nor class2")]
    [InlineData("<PeriodicTorsionForce ordering=\"charmm\"/>", "0.xml, line 1: the ordering 'charmm' of impropers is not supported")]
    [InlineData("<Include file=\"nowhere.xml\"/>", "0.xml, line 1: the included file 'nowhere.xml' is not there")]
    public void Broken_files_are_told_by_line(string content, string message) =>
        Assert.Equal(message, Assert.Throws<MoleculeFormatException>(() => WithFiles([$"<ForceField>{content}</ForceField>"],
            f => f)).Message);

    [Fact]
    public void What_is_no_force_field_is_told()
    {
        Assert.Equal("0.xml, line 1: no force field: the outermost element is System", Assert.Throws<MoleculeFormatException>(() =>
            WithFiles(["<System/>"], f => f)).Message);
        Assert.StartsWith("0.xml, line 1: no XML: ", Assert.Throws<MoleculeFormatException>(() =>
            WithFiles(["<ForceField>"], f => f)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("class2=\"HW\" length", "class2=\"X\" length", "has no bond O-H1 (types O-H) in HOH 1")]
    [InlineData("<Angle class1=\"HW\"", "<Angle class1=\"X\"", "has no angle H1-O-H2 (types H-O-H) in HOH 1")]
    [InlineData("type=\"H\" charge", "type=\"X\" charge", "H1 of HOH 1 has no parameters in ")]
    [InlineData("<Bond from=\"0\" to=\"1\"/>", "<Bond from=\"1\" to=\"2\"/>", "it has the atoms of HOH, differently bonded")]
    [InlineData("<Bond from=\"0\" to=\"1\"/>", "<Bond from=\"0\" to=\"1\"/><VirtualSite/>", "virtual sites")]
    public void Missing_parameters_are_named(string old, string replacement, string message) =>
        Assert.Contains(message, Assert.Throws<ParameterizationException>(() =>
            WithFiles([Water.Replace(old, replacement, StringComparison.Ordinal)], f => f.Parameterize(WaterTopology))).Message,
            StringComparison.Ordinal);

    private static Topology WaterTopology { get; } =
        new([new("O", "O", 8, 0), new("H1", "H", 1, 0), new("H2", "H", 1, 0)], [new("HOH", "", "1", 0, 3)], [new(0, 1), new(0, 2)]);

    private static T WithFiles<T>(string[] contents, Func<ForceField, T> use)
    {
        string folder = Directory.CreateTempSubdirectory("molsampling").FullName;
        try
        {
            string[] paths = [.. contents.Select((_, i) => Path.Combine(folder, $"{i}.xml"))];
            for (int i = 0; i < paths.Length; i++)
                File.WriteAllText(paths[i], contents[i]);
            return use(ForceField.Load(paths));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static Structure Without(Structure structure, string[] names)
    {
        var text = new StringWriter();
        PdbWriter.Write(text, structure);
        IEnumerable<string> lines = text.ToString().Split('\n').Where(l => !l.StartsWith("CONECT", StringComparison.Ordinal)
            && !names.Any(n => l.StartsWith("ATOM", StringComparison.Ordinal) && l[12..16].Trim() == n));
        return PdbReader.Read(new StringReader(string.Join('\n', lines)), "peptide.pdb");
    }
}
