using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>PDB and mmCIF: round trips, the corners of the formats, and what is told of broken files.</summary>
public sealed class StructureFormatTests
{
    public static TheoryData<string> Peptides => new("ACE-ARNDCQEGHILKMFPSTWYV-NME", "ARNDCQEGHILKMFPSTWYV",
        "ACE-HID-HIP-ASH-GLH-LYN-CYM-NHE", "PA", "C-CYX-G-G-CYX");

    [Theory, MemberData(nameof(Peptides))]
    public void Pdb_comes_back(string sequence)
    {
        Structure peptide = PeptideBuilder.Build(sequence) with { Cell = new(3, 4, 5) };
        AssertSame(peptide, FromPdb(ToPdb(peptide)), 5.1e-5);
    }

    [Theory, MemberData(nameof(Peptides))]
    public void Pdbx_comes_back(string sequence)
    {
        Structure peptide = PeptideBuilder.Build(sequence) with { Cell = new(3, 4, 5, 90, 100, 90) };
        AssertSame(peptide, FromPdbx(ToPdbx(peptide)), 5.1e-7);
    }

    [Fact]
    public void Files_appear_whole_and_are_read()
    {
        string folder = Directory.CreateTempSubdirectory("molsampling").FullName;
        try
        {
            Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
            (string pdb, string cif) = (Path.Combine(folder, "a.pdb"), Path.Combine(folder, "a b.cif"));
            PdbWriter.Write(pdb, peptide);
            PdbxWriter.Write(cif, peptide);
            AssertSame(peptide, PdbReader.Read(pdb), 5.1e-5);
            AssertSame(peptide, PdbxReader.Read(cif), 5.1e-7);
            Assert.Equal(2, Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void Bonds_follow_from_names_where_nothing_is_stated()
    {
        Structure peptide = PeptideBuilder.Build("ACE-HID-HIP-ASH-GLH-LYN-ARNDCQEGILKMFPSTWYV-NHE");
        string pdb = string.Join('\n', ToPdb(peptide).Split('\n').Where(l => !l.StartsWith("CONECT", StringComparison.Ordinal)));
        AssertSame(peptide, FromPdb(pdb), 5.1e-5);
        string otherNames = pdb.Replace(" HB3 LEU", "1HB  LEU", StringComparison.Ordinal).Replace(" H   ALA", " HN  ALA",
            StringComparison.Ordinal).Replace(" CD1 ILE", " CD  ILE", StringComparison.Ordinal);
        Assert.NotEqual(pdb, otherNames);
        Assert.Equal(Pairs(peptide), Pairs(FromPdb(otherNames)));
    }

    [Fact]
    public void Ter_and_gaps_end_chains()
    {
        Structure peptide = PeptideBuilder.Build("AAA");
        List<string> lines = [.. ToPdb(peptide).Split('\n')];
        Assert.Equal(2, PeptideBonds(FromPdb(string.Join('\n', lines))));
        lines.Insert(lines.FindIndex(l => l.Contains("ALA A   2", StringComparison.Ordinal)), "TER");
        Assert.Equal(1, PeptideBonds(FromPdb(string.Join('\n', lines))));
        Structure gap = peptide with { Positions = [.. peptide.Positions.Select((x, i) => i / 3 >= peptide.Topology.Residues[2].FirstAtom
            ? x + 0.5 : x)] };
        Assert.Equal(1, PeptideBonds(FromPdb(ToPdb(gap))));
        static int PeptideBonds(Structure s) =>
            s.Topology.Bonds.Count(b => s.Topology.Atoms[b.I].ResidueIndex != s.Topology.Atoms[b.J].ResidueIndex);
    }

    [Fact]
    public void Near_sulfurs_without_hydrogen_are_bonded()
    {
        string Cysteine(int number, double x, string more) => $"""
            ATOM      1  CB  CYS A{number,4}    {x,8:F3}   1.800   0.000  1.00  0.00           C
            ATOM      2  SG  CYS A{number,4}    {x,8:F3}   0.000   0.000  1.00  0.00           S
            {more}
            """;
        Assert.Contains(FromPdb(Cysteine(1, 0, "") + Cysteine(5, 2.05, "")).Topology.Bonds, b => b is { I: 1, J: 3 });
        Assert.DoesNotContain(FromPdb(Cysteine(1, 0, "") + Cysteine(5, 3.05, "")).Topology.Bonds, b => b is { I: 1, J: 3 });
        Assert.DoesNotContain(FromPdb(Cysteine(1, 0, "") + Cysteine(5, 2.05,
            "ATOM      3  HG  CYS A   5       3.000   0.900   0.000  1.00  0.00           H\n")).Topology.Bonds, b => b is { I: 1, J: 3 });
        // Of three the nearest two.
        Structure three = FromPdb(Cysteine(1, 0, "") + Cysteine(5, 2.4, "") + Cysteine(9, 4.4, ""));
        Assert.Equal([new TopologyBond(3, 5)], three.Topology.Bonds.Where(b => three.Topology.Atoms[b.I].AtomicNumber == 16
            && three.Topology.Atoms[b.J].AtomicNumber == 16));
    }

    [Fact]
    public void First_model_first_location_elements_from_names_and_stated_bonds()
    {
        const string text = """
            CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1           1
            MODEL        1
            ATOM      1  N  AALA A  27A     10.000  20.000 -30.000
            ATOM      2  N  BALA A  27A     11.000  20.000 -30.000
            ATOM      3  CA  ALA A  27A     12.000  20.000 -30.000
            ATOM      3 HD11BLEU A  27A     12.000  20.000 -30.000
            HETATM    4  CA   CA A  28       0.000   0.000   0.000
            HETATM    5 CL1  LIG A  29       0.000   0.000   5.000
            HETATM    6  C1  LIG A  29       0.000   1.700   5.000
            HETATM    7 HC11 LIG A  29       0.000   1.700   6.090
            ENDMDL
            MODEL        2
            ATOM      1  N   ALA A  27A     10.000  20.000 -30.000
            ENDMDL
            CONECT    5    6
            CONECT    6    5    7
            """;
        Structure read = FromPdb(text);
        Assert.Null(read.Cell);
        Assert.Equal("N C Ca Cl C H", string.Join(' ', read.Topology.Atoms.Select(a => a.Symbol)));
        Assert.Equal(["ALA 27A (chain A)", "CA 28 (chain A)", "LIG 29 (chain A)"], read.Topology.Residues.Select(r => r.ToString()));
        Assert.Equal([1.0, 2.0, -3.0], read.Positions[..3]);
        Assert.Equal([new TopologyBond(0, 1), new(3, 4), new(4, 5)], read.Topology.Bonds);
    }

    [Fact]
    public void Contacts_of_metals_are_no_bonds()
    {
        const string text = """
            ATOM      1  SG  CYS A   1       0.000   0.000   0.000  1.00  0.00           S
            HETATM    2 ZN    ZN A   2       2.300   0.000   0.000  1.00  0.00          ZN
            HETATM    3  O1  LIG A   3       2.300   2.100   0.000  1.00  0.00           O
            CONECT    2    1    3
            """;
        Assert.Equal([new TopologyBond(1, 2)], FromPdb(text).Topology.Bonds);
    }

    [Theory]
    [InlineData("ATOM      1  CA  ALA A   1      10.000  2x.000  30.000",
        "t.pdb, line 1: columns 39 to 46 should hold a number, not '2x.000'")]
    [InlineData("REMARK\nATOM      1  CA  ALA A   1      10.0", "t.pdb, line 2: columns 39 to 46 should hold a number, not ''")]
    [InlineData("ATOM      1      ALA A   1      10.000  20.000  30.000", "t.pdb, line 1: the record names no atom or no residue")]
    [InlineData("HETATM    1  Q1  LIG A   1      10.000  20.000  30.000", "t.pdb, line 1: the element of atom Q1 of LIG 1 is unknown")]
    [InlineData("ATOM      1  CA  ALA A   1      10.000  20.000  30.000\nATOM      2  CA  ALA A   1      10.000  20.000  30.000",
        "t.pdb, line 2: atom CA is twice in ALA 1 (chain A)")]
    [InlineData("CRYST1   10.000   10.0x0   10.000", "t.pdb, line 1: columns 16 to 24 should hold a number, not '10.0x0'")]
    [InlineData("HEADER", "t.pdb: the file holds no atom")]
    public void Broken_pdb_is_told_by_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<MoleculeFormatException>(() => FromPdb(text)).Message);

    [Theory]
    [InlineData("data_a\n_atom_site.id", "t.cif, line 2: a value is missing")]
    [InlineData("data_a\nx", "t.cif, line 2: 'x' stands where an item's name should")]
    [InlineData("data_a\nloop_\n_atom_site.id\n_atom_site.type_symbol\n1 C 2\n", "t.cif, line 5: a value is missing")]
    [InlineData("data_a\n_entry.id 'a", "t.cif, line 2: a quoted value has no end")]
    [InlineData("data_a\n_entry.text\n;abc\n", "t.cif, line 3: the text that begins here has no end")]
    [InlineData("data_a\n", "t.cif: the file holds no atom (no _atom_site)")]
    [InlineData("data_a\nloop_\n_atom_site.type_symbol\n_atom_site.label_atom_id\n_atom_site.label_comp_id\n_atom_site.Cartn_x\nC CA ALA 1.x\n", "t.cif, line 7: Cartn_x should be a number, not '1.x'")]
    public void Broken_pdbx_is_told_by_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<MoleculeFormatException>(() => FromPdbx(text)).Message);

    [Fact]
    public void Pdbx_syntax_has_its_corners()
    {
        const string text = """
            data_test # a comment
            _cell.length_a 30 _cell.length_b 40
            _cell.length_c '50'
            _cell.angle_alpha 90 _cell.angle_beta 90 _cell.angle_gamma 90
            _struct.title
            ;a text
            loop_ of words
            ;
            loop_
            _atom_site.type_symbol _atom_site.label_atom_id _atom_site.label_alt_id
            _atom_site.label_comp_id _atom_site.label_asym_id _atom_site.auth_seq_id
            _atom_site.Cartn_x _atom_site.Cartn_y _atom_site.Cartn_z _atom_site.pdbx_PDB_model_num
            C "C5'" . LIG B 7
            1 2 3 1
            C 'C5'a' . LIG B 7 2.5 2 3 1
            C "C5'" . LIG B 7 9 9 9 2
            loop_
            _chem_comp_bond.comp_id _chem_comp_bond.atom_id_1 _chem_comp_bond.atom_id_2
            LIG "C5'" C5'a
            """;
        Structure read = FromPdbx(text);
        Assert.Equal(["C5'", "C5'a"], read.Topology.Atoms.Select(a => a.Name));
        Assert.Equal(new UnitCell(3, 4, 5), read.Cell);
        Assert.True(read.Cell!.IsRectangular);
        Assert.Equal([new TopologyBond(0, 1)], read.Topology.Bonds);
    }

    [Fact]
    public void What_pdb_cannot_hold_is_refused()
    {
        Structure peptide = PeptideBuilder.Build("AA");
        Topology longChain = peptide.Topology with { Residues = [.. peptide.Topology.Residues.Select(r => r with { Chain = "AB" })] };
        Assert.StartsWith("the names of N of ALA 1 (chain AB) are too long for PDB: write mmCIF",
            Assert.Throws<ArgumentException>(() => ToPdb(peptide with { Topology = longChain })).Message, StringComparison.Ordinal);
        AssertSame(peptide with { Topology = longChain }, FromPdbx(ToPdbx(peptide with { Topology = longChain })), 5.1e-7);
    }

    private static void AssertSame(Structure expected, Structure actual, double tolerance)
    {
        Assert.Equal(expected.Topology.Atoms, actual.Topology.Atoms);
        Assert.Equal(expected.Topology.Residues, actual.Topology.Residues);
        Assert.Equal(Pairs(expected), Pairs(actual));
        Assert.Equal(expected.Cell, actual.Cell);
        Assert.Equal(expected.Positions.Length, actual.Positions.Length);
        for (int i = 0; i < expected.Positions.Length; i++)
            Assert.True(Math.Abs(expected.Positions[i] - actual.Positions[i]) <= tolerance, $"coordinate {i}");
    }

    private static IEnumerable<(int, int)> Pairs(Structure s) =>
        s.Topology.Bonds.Select(b => (Math.Min(b.I, b.J), Math.Max(b.I, b.J))).Order();

    private static string ToPdb(Structure s)
    {
        var writer = new StringWriter();
        PdbWriter.Write(writer, s);
        return writer.ToString();
    }

    private static string ToPdbx(Structure s)
    {
        var writer = new StringWriter();
        PdbxWriter.Write(writer, s, "test");
        return writer.ToString();
    }

    private static Structure FromPdb(string text) => PdbReader.Read(new StringReader(text), "t.pdb");

    private static Structure FromPdbx(string text) => PdbxReader.Read(new StringReader(text), "t.cif");
}
