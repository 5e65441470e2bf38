using System.Globalization;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Formats;

/// <summary>mol2 records: SYBYL's types by textbook cases, and what a reader that knows nothing of the writer finds.</summary>
public sealed class Mol2Tests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("molsampling-mol2-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData("CC(=O)[O-]", "C.3 C.2 O.co2 O.co2", "1 ar ar")]
    [InlineData("CC(=O)O", "C.3 C.2 O.2 O.3", "1 2 1")]
    [InlineData("CC(=O)NC", "C.3 C.2 O.2 N.am C.3", "1 2 am 1")]
    [InlineData("NC(=S)N", "N.am C.2 S.2 N.am", "am 2 am")]
    [InlineData("C[N+](C)(C)C", "C.3 N.4 C.3 C.3 C.3", "1 1 1 1")]
    [InlineData("CN", "C.3 N.3", "1")]
    [InlineData("NC(=[NH2+])N", "N.pl3 C.cat N.pl3 N.pl3", "1 2 1")]
    [InlineData("C=NC", "C.2 N.2 C.3", "2 1")]
    [InlineData("CC#N", "C.3 C.1 N.1", "1 3")]
    [InlineData("C=C=C", "C.2 C.1 C.2", "2 2")]
    [InlineData("C[N+](=O)[O-]", "C.3 N.pl3 O.2 O.2", "1 2 2")]
    [InlineData("CS(C)=O", "C.3 S.o C.3 O.2", "1 1 2")]
    [InlineData("CS(=O)(=O)N", "C.3 S.o2 O.2 O.2 N.3", "1 2 2 1")]
    [InlineData("CSC", "C.3 S.3 C.3", "1 1")]
    [InlineData("CP(=O)(O)O", "C.3 P.3 O.2 O.3 O.3", "1 2 1 1")]
    [InlineData("Nc1ccccc1", "N.pl3 C.ar C.ar C.ar C.ar C.ar C.ar", "1 ar ar ar ar ar ar")]
    [InlineData("c1ccncc1", "C.ar C.ar C.ar N.ar C.ar C.ar", "ar ar ar ar ar ar")]
    [InlineData("FCCl", "F C.3 Cl", "1 1")]
    public void Types_are_those_of_the_textbook(string smiles, string atoms, string bonds)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var types = new SybylTypes(molecule.Molecule);
        Assert.Equal(atoms, string.Join(' ', Heavy(molecule.Molecule).Select(types.Atom)));
        Assert.Equal(bonds, string.Join(' ', molecule.Molecule.Bonds.Where(b => Math.Max(b.Begin, b.End)
            < Heavy(molecule.Molecule).Count()).Select(types.Bond)));
        Assert.All(Enumerable.Range(0, molecule.Molecule.Atoms.Count).Except(Heavy(molecule.Molecule)), h =>
            Assert.Equal("H", types.Atom(h)));
    }

    /// <summary>Rings of five, and of six that no benzene's Kekulé structure fits, keep their double bonds; fused rings of six are all
    /// aromatic, whichever Kekulé structure was given.</summary>
    [Theory]
    [InlineData("c1cc[nH]c1", 0)]
    [InlineData("c1ccsc1", 0)]
    [InlineData("O=c1cc[nH]cc1", 0)]
    [InlineData("c1ccc2[nH]ccc2c1", 6)]
    [InlineData("c1ccc2cccc-2cc1", 0)]
    [InlineData("c1ccc2ccccc2c1", 11)]
    [InlineData("C1=CC=C2C=CC=CC2=C1", 11)]
    [InlineData("C1=CC2=CC=CC=C2C=C1", 11)]
    [InlineData("c1ncc2nc[nH]c2n1", 6)]
    [InlineData("c1cc2c[nH]cc2cc1", 0)]
    [InlineData("C[n+]1ccccc1", 6)]
    public void Aromatic_bonds_are_those_of_benzene_rings(string smiles, int aromatic)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var types = new SybylTypes(molecule.Molecule);
        Assert.Equal(aromatic, molecule.Molecule.Bonds.Count(b => types.Bond(b) == "ar"));
        bool[] inRing = new bool[molecule.Molecule.Atoms.Count];
        foreach (Bond b in molecule.Molecule.Bonds.Where(b => types.Bond(b) == "ar"))
            (inRing[b.Begin], inRing[b.End]) = (true, true);
        for (int a = 0; a < inRing.Length; a++)
            Assert.Equal(inRing[a], types.Atom(a).EndsWith(".ar", StringComparison.Ordinal));
    }

    [Fact]
    public void A_record_has_names_coordinates_types_charges_and_bonds()
    {
        using RDKitMolecule peptide = ResidueChemistry.Molecule(PeptideBuilder.Build("ACE-ALA-NME"), "@odd\nname");
        Molecule molecule = peptide.Molecule;
        float[] x = [.. peptide.Coordinates!.Select(v => (float)v)];
        double[] charges = [.. Enumerable.Range(0, molecule.Atoms.Count).Select(a => 0.01 * a - 0.1)];
        string text = Text(peptide, x, charges);
        string[] lines = text.Split('\n');
        Assert.Equal("*@odd name", lines[1]);
        Assert.Equal($"{molecule.Atoms.Count} {molecule.Bonds.Count} 3 0 0", string.Join(' ', Words(lines[2])));
        Assert.Equal(["PROTEIN", "USER_CHARGES"], lines[3..5]);
        string[][] atoms = Section(text, "ATOM"), bonds = Section(text, "BOND"), residues = Section(text, "SUBSTRUCTURE");
        Assert.Equal(molecule.Atoms.Count, atoms.Length);
        for (int a = 0; a < atoms.Length; a++)
        {
            Assert.Equal(((a + 1).ToString(CultureInfo.InvariantCulture), peptide.Residues!.Atoms[a].Name), (atoms[a][0], atoms[a][1]));
            for (int c = 0; c < 3; c++)
                Assert.Equal(10 * x[3 * a + c], Number(atoms[a][2 + c]), 1e-4);
            Assert.StartsWith(molecule.Atoms[a].Symbol, atoms[a][5], StringComparison.Ordinal);
            Assert.Equal(charges[a], Number(atoms[a][8]), 1e-6);
        }
        Assert.Equal(["ACE1", "ALA2", "NME3"], residues.Select(r => r[1]));
        Assert.Equal(molecule.Bonds.Select(b => $"{b.Begin + 1} {b.End + 1}"), bonds.Select(b => $"{b[1]} {b[2]}"));
        Assert.Equal(2, bonds.Count(b => b[3] == "am"));
        string none = Text(peptide, x, null);
        Assert.Contains("\nNO_CHARGES\n", none, StringComparison.Ordinal);
        Assert.All(Section(none, "ATOM"), a => Assert.Equal(0, Number(a[8])));
    }

    [SkippableTheory]
    [InlineData("CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O")]
    [InlineData("CC(=O)[O-]")]
    [InlineData("NC(=[NH2+])NCC[C@H]([NH3+])C(=O)[O-]")]
    [InlineData("C[N+](C)(C)CC(=O)Nc1ccccc1")]
    [InlineData("Cn1cnc2c1c(=O)n(C)c(=O)n2C")]
    [InlineData("c1ccc2[nH]ccc2c1")]
    [InlineData("O=c1cc[nH]cc1")]
    [InlineData("Cc1ccc(S(N)(=O)=O)cc1[N+](=O)[O-]")]
    [InlineData("C[n+]1ccccc1")]
    [InlineData("c1cscn1")]
    [InlineData("CS(C)=O")]
    [InlineData("C/C=C/C#N")]
    [InlineData("CN=[N+]=[N-]")]
    public void RDKit_reads_the_molecule_that_was_written(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0];
        double[] charges = molecule.GasteigerCharges();
        string path = Path.Combine(_folder, "x.mol2");
        File.WriteAllText(path, Text(molecule, x, charges) + Text(molecule, x, charges));
        var read = RDKitOracle.Read("mol2", path);
        Assert.Equal(2, read.Length);
        foreach ((string back, int atoms, int bonds, _, double charge) in read)
        {
            Assert.Equal((molecule.Molecule.Atoms.Count, molecule.Molecule.Bonds.Count), (atoms, bonds));
            Assert.Equal(charges.Sum(), charge, 1e-3);
            using var again = RDKitMolecule.FromSmiles(back);
            Assert.Equal(molecule.Molecule.Smiles, again.Molecule.Smiles);
        }
    }

    private static IEnumerable<int> Heavy(Molecule molecule) => Enumerable.Range(0, molecule.Atoms.Count).Where(a =>
        molecule.Atoms[a].AtomicNumber > 1);

    private static string Text(RDKitMolecule molecule, float[] x, double[]? charges)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Mol2Writer.Write(text, molecule.Molecule, molecule.Residues ?? LigandTopology.Of(molecule.Molecule), new(molecule.Molecule), x,
            charges, "a comment");
        return text.ToString();
    }

    /// <summary>Cells of the lines of a section.</summary>
    private static string[][] Section(string text, string name) => [.. text.Split($"@<TRIPOS>{name}\n")[1].Split("@<TRIPOS>")[0]
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Words)];

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
