using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Runs;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Jobs.Conformers.Runs;

/// <summary>What has no place in a format is left out of it with a note, and names fit.</summary>
public sealed class ConformerTextsTests
{
    private static readonly ConformerOptions s_all = new() { Formats = ConformerFormats.Xyz | ConformerFormats.Pdb | ConformerFormats.Mol2
        | ConformerFormats.Csv };

    [Fact]
    public void A_chain_that_PDB_cannot_name_is_left_out_of_that_file_alone()
    {
        using RDKitMolecule peptide = ResidueChemistry.Molecule(PeptideBuilder.Build("ACE-ALA-NME"), "x");
        ConformerTexts fits = ConformerTexts.Of(Result(peptide), [0], peptide, s_all);
        Assert.Empty(fits.Notes);
        Assert.Contains("ATOM      7  N   ALA A   2", fits.Files["conformers.pdb"], StringComparison.Ordinal);
        peptide.Residues = peptide.Residues! with { Residues = [.. peptide.Residues.Residues.Select(r => r with { Chain = "AB" })] };
        ConformerTexts texts = ConformerTexts.Of(Result(peptide), [0], peptide, s_all);
        Assert.Equal("", texts.Files["conformers.pdb"]);
        Assert.StartsWith("conformers.pdb leaves this molecule out: the names of", Assert.Single(texts.Notes), StringComparison.Ordinal);
        foreach (string file in new[] { "conformers.sdf", "conformers.xyz", "conformers.mol2", "basins.csv" })
            Assert.Equal(fits.Files[file], texts.Files[file]);
    }

    [Fact]
    public void An_energy_without_charges_has_zeros_and_a_note()
    {
        using var water = RDKitMolecule.FromSmiles("O");
        ConformerTexts texts = ConformerTexts.Of(Result(water) with { Charges = null }, [0], water, s_all);
        Assert.Equal("this energy has no charges of atoms: those in conformers.mol2 are zero", Assert.Single(texts.Notes));
        Assert.Contains("\nNO_CHARGES\n", texts.Files["conformers.mol2"], StringComparison.Ordinal);
    }

    /// <summary>The hundredth atom is a chlorine: Cl100 does not fit into four characters.</summary>
    [Fact]
    public void Atoms_of_a_large_molecule_have_names_of_four_characters_and_no_name_twice()
    {
        using var molecule = RDKitMolecule.FromSmiles(new string('C', 99) + "Cl");
        ConformerTexts texts = ConformerTexts.Of(Result(molecule), [0], molecule, s_all);
        Assert.Empty(texts.Notes);
        Structure read = PdbReader.Read(new StringReader(texts.Files["conformers.pdb"]), "pdb");
        Assert.Equal(molecule.Molecule.Atoms.Select(a => a.AtomicNumber), read.Topology.Atoms.Select(a => a.AtomicNumber));
        Assert.Equal(["C1", "C99", "Cl1", "H1", "H199"], new[] { 0, 98, 99, 100, 298 }.Select(a => read.Topology.Atoms[a].Name));
        Assert.Equal(molecule.Molecule.Bonds.Count, read.Topology.Bonds.Count);
        using var small = RDKitMolecule.FromSmiles("CCl");
        Assert.Contains("HETATM    2 Cl2  LIG A   1", ConformerTexts.Of(Result(small), [0], small, s_all).Files["conformers.pdb"],
            StringComparison.Ordinal); // as the report numbers them
    }

    private static ConformerResult Result(RDKitMolecule molecule)
    {
        float[] x = [.. Enumerable.Range(0, 3 * molecule.Molecule.Atoms.Count).Select(k => 0.01f * k)];
        return new()
        {
            Name = "x", InputSmiles = "x", Status = ConformerStatus.Ok, Molecule = molecule.Molecule,
            Charges = new double[molecule.Molecule.Atoms.Count], Basins = [new(1, 0, 0, 0, x, -5, "t")],
        };
    }
}
