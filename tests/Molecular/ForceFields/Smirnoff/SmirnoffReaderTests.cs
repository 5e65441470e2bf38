using MolSampling.Molecular.ForceFields.Smirnoff;

namespace MolSampling.Tests.Molecular.ForceFields.Smirnoff;

/// <summary>The format: what is read, and what is refused by file and line.</summary>
public sealed class SmirnoffReaderTests
{
    private const string Small = """
        <SMIRNOFF version="0.3" aromaticity_model="OEAroModel_MDL">
         <Bonds version="0.4" potential="harmonic">
          <Bond smirks="[*:1]~[*:2]" id="b" length="1*angstrom" k="1*kilojoule_per_mole/nanometer**2"/></Bonds>
         <Angles version="0.3" potential="harmonic">
          <Angle smirks="[*:1]~[*:2]~[*:3]" angle="90*degree" k="1*kilojoule_per_mole/radian**2"/></Angles>
         <ProperTorsions version="0.4" potential="k*(1+cos(periodicity*theta-phase))" default_idivf="auto">
          <Proper smirks="[*:1]~[*:2]~[*:3]~[*:4]" id="t" idivf1="4" periodicity1="3" phase1="0*degree" k1="2*kilojoule_per_mole"/>
         </ProperTorsions>
         <ImproperTorsions version="0.3" potential="k*(1+cos(periodicity*theta-phase))" default_idivf="auto">
          <Improper smirks="[*:1]~[*:2](~[*:3])~[*:4]" id="i" periodicity1="2" phase1="180*degree" k1="6*kilojoule_per_mole"/>
         </ImproperTorsions>
         <vdW potential="Lennard-Jones-12-6" combining_rules="Lorentz-Berthelot" scale12="0" scale13="0" scale14="0.5" scale15="1">
          <Atom smirks="[*:1]" id="n" rmin_half="1*angstrom" epsilon="1*kilojoule_per_mole"/>
          <Atom smirks="[#8:1]" id="o" sigma="3*angstrom" epsilon="1*kilojoule_per_mole"/>
         </vdW>
         <Electrostatics version="0.3" scale12="0" scale13="0" scale14="0.8333333333" scale15="1"/>
         <LibraryCharges version="0.3">
          <LibraryCharge smirks="[#17:1]-[#1:2]" charge1="-0.2*elementary_charge" charge2="0.2*elementary_charge"/></LibraryCharges>
        </SMIRNOFF>
        """;

    [Fact]
    public void Every_section_is_read()
    {
        SmirnoffTables tables = SmirnoffReader.Read(Small, "small.offxml");
        Assert.Equal(new("[*:1]~[*:2]", "b", new(0.1, 1)), Assert.Single(tables.Bonds));
        Assert.Equal(new("[*:1]~[*:2]~[*:3]", "[*:1]~[*:2]~[*:3]", new(Math.PI / 2, 1)), Assert.Single(tables.Angles));
        Assert.Equal([new(3, 0, 0.5)], Assert.Single(tables.Propers).Value);
        Assert.Equal([new(2, Math.PI, 2)], Assert.Single(tables.Impropers).Value); // a third of k for each dihedral of a trefoil
        Assert.Equal(0.2 / Math.Pow(2, 1.0 / 6), tables.LennardJones[0].Value.Sigma, 1e-15);
        Assert.Equal(0.3, tables.LennardJones[1].Value.Sigma, 1e-15);
        Assert.Equal([-0.2, 0.2], Assert.Single(tables.LibraryCharges).Value);
        Assert.Equal((0.5, 0.8333333333), (tables.LennardJonesScale14, tables.CoulombScale14));
        string divided = Small.Replace("default_idivf=\"auto\">\n  <Improper", "default_idivf=\"2\">\n  <Improper",
            StringComparison.Ordinal);
        Assert.Equal(3, Assert.Single(SmirnoffReader.Read(divided, "small.offxml").Impropers).Value[0].K);
    }

    [Theory]
    [InlineData("sage-2.2.1", 90, 44, 180, 7, 38, 12)]
    [InlineData("sage-2.3.0", 93, 55, 259, 7, 38, 12)]
    public void Sage_has_as_many_rules_as_its_file_has_lines(string name, params int[] counts)
    {
        SmirnoffTables tables = SmirnoffForceField.Load(name).Tables;
        int[] found = [tables.Bonds.Count, tables.Angles.Count, tables.Propers.Count, tables.Impropers.Count, tables.LennardJones.Count,
            tables.LibraryCharges.Count];
        Assert.Equal(counts, found);
        Assert.Equal((0.5, 0.8333333333), (tables.LennardJonesScale14, tables.CoulombScale14));
        Assert.Same(tables, SmirnoffForceField.Load(name).Tables);
    }

    [Fact]
    public void The_first_rules_of_Sage_are_the_files_numbers()
    {
        SmirnoffTables tables = SmirnoffForceField.Load("sage-2.2.1").Tables;
        Assert.Equal(0.1533682189836, tables.Bonds[0].Value.Rest, 1e-14);
        Assert.Equal(430.4753865522 * 418.4, tables.Bonds[0].Value.K, 1e-9);
        Assert.Equal([new(3, 0, 0.1467399161891 * 4.184)], tables.Propers[0].Value);
        Assert.Equal(5.300125669502 * 4.184 / 3, tables.Impropers[0].Value[0].K, 1e-14);
        Assert.Equal(2 * 0.06 / Math.Pow(2, 1.0 / 6), tables.LennardJones[0].Value.Sigma, 1e-15);
    }

    [Theory]
    [InlineData("k1=\"2*kilojoule_per_mole\"", "k1_bondorder1=\"2*kilojoule_per_mole\"", 7,
        "k1_bondorder1: parameters that depend on fractional bond orders are not supported")]
    [InlineData("idivf1=\"4\" ", "", 7, "a proper torsion needs its idivf")]
    [InlineData("1*angstrom", "1*degree", 3, "length: '1*degree' has the wrong units")]
    [InlineData("\"3\"", "\"3.5\"", 7, "periodicity1 should be a whole number, not '3.5'")]
    [InlineData("Bonds version=\"0.4\" potential=\"harmonic\"", "Bonds potential=\"morse\"", 2,
        "potential of Bonds may be harmonic only, not 'morse'")]
    [InlineData("Lorentz-Berthelot", "geometric", 12, "combining_rules of vdW may be Lorentz-Berthelot only, not 'geometric'")]
    [InlineData("scale13=\"0\" scale14=\"0.5\"", "scale13=\"1\" scale14=\"0.5\"", 12, "scale13 of vdW may be 0 only")]
    [InlineData("OEAroModel_MDL", "OEAroModel_Tripos", 1,
        "aromaticity_model of SMIRNOFF may be OEAroModel_MDL only, not 'OEAroModel_Tripos'")]
    [InlineData("<LibraryCharges", "<VirtualSites/><LibraryCharges", 17, "section VirtualSites is not supported")]
    [InlineData("<Atom smirks=\"[#8:1]\"", "<AtomPair smirks=\"[#8:1]\"", 14, "AtomPair in vdW is not supported")]
    [InlineData("smirks=\"[*:1]~[*:2]\" ", "", 3, "Bond has no smirks")]
    [InlineData("<Electrostatics version=\"0.3\" scale12=\"0\" scale13=\"0\" scale14=\"0.8333333333\" scale15=\"1\"/>", "", 1,
        "there is no section Electrostatics")]
    public void What_cannot_be_read_is_named_with_its_line(string from, string to, int line, string reason)
    {
        string text = Small.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Small, text);
        Assert.Equal(new MoleculeFormatException("small.offxml", line, reason).Message,
            Assert.Throws<MoleculeFormatException>(() => SmirnoffReader.Read(text, "small.offxml")).Message);
    }

    [Fact]
    public void Another_document_is_no_force_field()
    {
        Assert.Contains("the outermost element is ForceField", Assert.Throws<MoleculeFormatException>(() =>
            SmirnoffReader.Read("<ForceField/>", "x")).Message, StringComparison.Ordinal);
        Assert.Contains("no XML", Assert.Throws<MoleculeFormatException>(() => SmirnoffReader.Read("<SMIRNOFF", "x")).Message,
            StringComparison.Ordinal);
        Assert.Contains("sage-2.2.1, sage-2.3.0", Assert.Throws<ArgumentException>(() => SmirnoffForceField.Load("sage")).Message,
            StringComparison.Ordinal);
    }
}
