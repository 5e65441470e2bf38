namespace MolSampling.Tests.Formats;

/// <summary>Case sdf-name-ends-the-record and its relatives: no name, and no value, can end what it stands in.</summary>
public sealed class HostileNameTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-names-").FullName;

    public static TheoryData<string, string> Names => new()
    {
        { "$$$$", "$$$$" }, { "$$$$ more", "$$$$ more" }, { "M  END", "M  END" }, { ">  <energy>", ">  <energy>" },
            { "two\nlines", "two lines" }, { "a\r\n$$$$\r\nb", "a  $$$$  b" }, { "\n\n$$$$", "$$$$" },
        { "paragraph\u2029$$$$\u0085x\v\f", "paragraph $$$$ x" }, { "zero\0byte", "zero byte" },
            { new string('x', 5000), new string('x', 197) + "..." }, { "plain", "plain" },
    };

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_name_or_a_value_does_not_end_its_sdf_record(string name, string title)
    {
        using var molecule = RDKitMolecule.FromSmiles("C", name);
        var text = new StringWriter { NewLine = "\n" };
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0];
        for (int i = 0; i < 2; i++)
            SdfWriter.Write(text, molecule.Molecule, x, [("name", name), ("next", "1")]);
        string path = Path.Combine(_folder, "x.sdf");
        File.WriteAllText(path, text.ToString());
        MoleculeRecord[] records = [.. SdfReader.Read(path)];
        Assert.Equal(2, records.Length);
        foreach (MoleculeRecord record in records)
        {
            Assert.Null(record.Error);
            Assert.Equal((title, 5), (record.Name, record.Molecule!.Molecule.Atoms.Count));
            record.Molecule.Dispose();
        }
        // as strict readers count: two ends, two fields of each name, a value of one line that is not blank
        string[] lines = text.ToString().Split('\n');
        Assert.Equal(2, lines.Count(l => l.StartsWith("$$$$", StringComparison.Ordinal)));
        Assert.Equal(4, lines.Count(l => l.StartsWith('>')));
        Assert.Equal(name.Length > 200 ? name : title, lines[Array.IndexOf(lines, ">  <name>") + 1].Trim());
        Assert.Equal("", lines[Array.IndexOf(lines, ">  <name>") + 2]);
    }

    [Theory]
    [InlineData("data_x", "loop_")]
    [InlineData("_atom_site.id", ";")]
    [InlineData("both'\"", "a' b\" c")]
    [InlineData("#", "[1]")]
    [InlineData("'", "\"")]
    [InlineData("$x", "stop_it")]
    public void Names_of_atoms_and_residues_come_back_from_mmcif(string atom, string residue)
    {
        string path = Path.Combine(_folder, "x.cif");
        PdbxWriter.Write(path, Named(atom, residue));
        Structure back = PdbxReader.Read(path);
        Assert.Equal((atom, residue), (back.Topology.Atoms[0].Name, back.Topology.Residues[0].Name));
        Assert.Equal("C", back.Topology.Atoms[0].Symbol);
    }

    [Fact]
    public void Characters_of_control_are_not_written_into_structures()
    {
        string path = Path.Combine(_folder, "x.cif");
        PdbxWriter.Write(path, Named("C\n;", "L\u001bG"));
        Assert.Equal("C_;", PdbxReader.Read(path).Topology.Atoms[0].Name);
        Assert.Contains("write mmCIF", Assert.Throws<ArgumentException>(() => PdbWriter.Write(Path.Combine(_folder, "x.pdb"),
            Named("C\n", "LIG"))).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder, "x.pdb")));
        string odd = Path.Combine(_folder, "two words\u001b[2J.cif");
        PdbxWriter.Write(odd, Named("C", "LIG"));
        Assert.Equal("data_two_words__2J", File.ReadAllLines(odd)[0].Replace('[', '_').Replace("___", "__", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CONECT    1    9", "line 3: CONECT names atom 9, which no ATOM or HETATM record has")]
    [InlineData("CONECT    x    2", "line 3: CONECT names atom x, which no ATOM or HETATM record has")]
    [InlineData("HETATM    2  C3  LIG A   1       5.000   0.000   0.000  1.00  0.00           C\nCONECT    1    2",
        "line 4: CONECT names atom 2, a number that several atoms have")]
    public void CONECT_names_atoms_that_are_there(string records, string message)
    {
        string path = Path.Combine(_folder, "x.pdb");
        const string atoms = "HETATM    1  C1  LIG A   1       0.000   0.000   0.000  1.00  0.00           C\nHETATM    2  C2  LIG A   1       1.500   0.000   0.000  1.00  0.00           C\n";
        File.WriteAllText(path, $"{atoms}{records}\nEND\n");
        Assert.Contains(message, Assert.Throws<MoleculeFormatException>(() => PdbReader.Read(path)).Message, StringComparison.Ordinal);
        // an alternate location or another model is there, though it is not read
        File.WriteAllText(path,
            $"MODEL 1\n{atoms}HETATM    3  C2 BLIG A   1       1.600   0.000   0.000  1.00  0.00           C\nENDMDL\nMODEL 2\n{atoms}ENDMDL\nCONECT    1    2    3\nEND\n");
        Assert.Single(PdbReader.Read(path).Topology.Bonds);
    }

    private static Structure Named(string atom, string residue) =>
        new(new([new(atom, "C", 6, 0)], [new(residue, "A", "1", 0, 1)], []), [0, 0, 0], null);
}
