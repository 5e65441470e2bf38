using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Tests.Molecular;

/// <summary>Peptides as chemistry: bond orders, charges and stereo of residues against SMILES of the textbook.</summary>
public sealed class ResidueChemistryTests
{
    [Theory]
    [InlineData("ACE-ALA-NME", "CC(=O)N[C@@H](C)C(=O)NC")]
    [InlineData("ACE-ARG-NME", "CC(=O)N[C@@H](CCCNC(=[NH2+])N)C(=O)NC")]
    [InlineData("ACE-ASN-NME", "CC(=O)N[C@@H](CC(=O)N)C(=O)NC")]
    [InlineData("ACE-ASP-NME", "CC(=O)N[C@@H](CC(=O)[O-])C(=O)NC")]
    [InlineData("ACE-ASH-NME", "CC(=O)N[C@@H](CC(=O)O)C(=O)NC")]
    [InlineData("ACE-CYS-NME", "CC(=O)N[C@@H](CS)C(=O)NC")]
    [InlineData("ACE-CYM-NME", "CC(=O)N[C@@H](C[S-])C(=O)NC")]
    [InlineData("ACE-GLN-NME", "CC(=O)N[C@@H](CCC(=O)N)C(=O)NC")]
    [InlineData("ACE-GLU-NME", "CC(=O)N[C@@H](CCC(=O)[O-])C(=O)NC")]
    [InlineData("ACE-GLH-NME", "CC(=O)N[C@@H](CCC(=O)O)C(=O)NC")]
    [InlineData("ACE-GLY-NHE", "CC(=O)NCC(=O)N")]
    [InlineData("ACE-HID-NME", "CC(=O)N[C@@H](Cc1cnc[nH]1)C(=O)NC")]
    [InlineData("ACE-HIE-NME", "CC(=O)N[C@@H](Cc1c[nH]cn1)C(=O)NC")]
    [InlineData("ACE-HIP-NME", "CC(=O)N[C@@H](Cc1c[nH]c[nH+]1)C(=O)NC")]
    [InlineData("ACE-ILE-NME", "CC(=O)N[C@@H]([C@@H](C)CC)C(=O)NC")]
    [InlineData("ACE-LEU-NME", "CC(=O)N[C@@H](CC(C)C)C(=O)NC")]
    [InlineData("ACE-LYS-NME", "CC(=O)N[C@@H](CCCC[NH3+])C(=O)NC")]
    [InlineData("ACE-LYN-NME", "CC(=O)N[C@@H](CCCCN)C(=O)NC")]
    [InlineData("ACE-MET-NME", "CC(=O)N[C@@H](CCSC)C(=O)NC")]
    [InlineData("ACE-PHE-NME", "CC(=O)N[C@@H](Cc1ccccc1)C(=O)NC")]
    [InlineData("ACE-PRO-NME", "CC(=O)N1CCC[C@H]1C(=O)NC")]
    [InlineData("ACE-SER-NME", "CC(=O)N[C@@H](CO)C(=O)NC")]
    [InlineData("ACE-THR-NME", "CC(=O)N[C@@H]([C@H](O)C)C(=O)NC")]
    [InlineData("ACE-TRP-NME", "CC(=O)N[C@@H](Cc1c[nH]c2ccccc12)C(=O)NC")]
    [InlineData("ACE-TYR-NME", "CC(=O)N[C@@H](Cc1ccc(O)cc1)C(=O)NC")]
    [InlineData("ACE-VAL-NME", "CC(=O)N[C@@H](C(C)C)C(=O)NC")]
    [InlineData("AK", "[NH3+][C@@H](C)C(=O)N[C@@H](CCCC[NH3+])C(=O)[O-]")]
    [InlineData("H-PG-OH", "[NH2+]1CCC[C@H]1C(=O)NCC(=O)[O-]")]
    [InlineData("ACE-CYX-G-CYX-NME", "CC(=O)N[C@H]1CSSC[C@@H](C(=O)NC)NC(=O)CNC1=O")]
    public void A_peptide_is_the_molecule_of_the_textbook(string sequence, string smiles)
    {
        Structure built = PeptideBuilder.Build(sequence);
        using RDKitMolecule peptide = ResidueChemistry.Molecule(built, sequence), expected = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(expected.Molecule.Smiles, peptide.Molecule.Smiles);
        // numbered as the force field numbers them
        Assert.Equal(built.Topology.Atoms.Select(a => a.AtomicNumber), peptide.Molecule.Atoms.Select(a => a.AtomicNumber));
        Assert.Same(built.Topology, peptide.Residues);
    }

    [Fact]
    public void What_is_no_peptide_is_one_line_that_says_where()
    {
        Structure water = new(new([new("O", "O", 8, 0)], [new("LIG", "A", "7", 0, 1)], []), [0, 0, 0]);
        Assert.Contains("O of LIG 7", Assert.Throws<MoleculeFormatException>(() => ResidueChemistry.Molecule(water, "x")).Message,
            StringComparison.Ordinal);
        Structure two = new(new([new("C1", "C", 6, 0), new("C2", "C", 6, 0)], [new("LIG", "A", "7", 0, 2)], [new(0, 1)]),
            [0, 0, 0, 0.15, 0, 0]);
        string reason = Assert.Throws<MoleculeFormatException>(() => ResidueChemistry.Molecule(two, "x")).Message;
        Assert.Contains("LIG 7 (chain A) is no standard residue", reason, StringComparison.Ordinal);
        // a peptide whose hydrogens are missing
        Structure bare = PeptideBuilder.Build("ACE-ALA-NME");
        int[] heavy = [.. Enumerable.Range(0, bare.Topology.Atoms.Count).Where(a => bare.Topology.Atoms[a].AtomicNumber > 1)];
        var atoms = heavy.Select(a => bare.Topology.Atoms[a]).ToArray();
        var residues = bare.Topology.Residues.Select((r, n) => r with { FirstAtom = Array.FindIndex(atoms, a => a.ResidueIndex == n),
            AtomCount = atoms.Count(a => a.ResidueIndex == n) }).ToArray();
        TopologyBond[] bonds = [.. bare.Topology.Bonds.Where(b => heavy.Contains(b.I) && heavy.Contains(b.J)).Select(b =>
            new TopologyBond(Array.IndexOf(heavy, b.I), Array.IndexOf(heavy, b.J)))];
        Structure without = new(new(atoms, residues, bonds), [.. heavy.SelectMany(a => bare.Positions[(3 * a)..(3 * a + 3)])]);
        Assert.Contains("hydrogens are missing", Assert.Throws<MoleculeFormatException>(() =>
            ResidueChemistry.Molecule(without, "x")).Message, StringComparison.Ordinal);
    }
}
