using MolSampling.Flows.InternalCoordinates;
using MolSampling.Molecular.Peptides;

namespace MolSampling.Tests.Flows.InternalCoordinates;

public sealed class ZMatrixTests
{
    private static readonly ZMatrixRow[] s_four = [new(0, -1), new(1, 0), new(2, 1, 0), new(3, 2, 1, 0)];

    [Theory]
    [InlineData("Row 3 (atom 2: bond 1, angle 0, torsion 2)", 3, 2, 1, 0, 2)] // its atom was placed already
    [InlineData("Row 3 (atom 3: bond 2, angle 1, torsion 3)", 3, 3, 2, 1, 3)]
    [InlineData("Row 3 (atom 3: bond 2, angle 1, torsion 4)", 3, 3, 2, 1, 4)]
    [InlineData("Row 3 (atom 4: bond 2, angle 1, torsion 0)", 3, 4, 2, 1, 0)]
    [InlineData("Row 3 (atom 3: bond 2, angle 1)", 3, 3, 2, 1, -1)]
    [InlineData("Row 2 (atom 2: bond 3, angle 0)", 2, 2, 3, 0, -1)]
    public void A_wrong_row_is_named(string expected, int row, int atom, int bond, int angle, int torsion)
    {
        ZMatrixRow[] rows = [.. s_four];
        rows[row] = new(atom, bond, angle, torsion);
        Assert.StartsWith(expected, Assert.Throws<ArgumentException>(() => new ZMatrix(rows)).Message);
    }

    [Fact]
    public void Rows_that_wait_for_each_other_are_refused()
    {
        Assert.Contains("Row 3 (atom 3: bond 4, angle 1, torsion 0): it refers to atom 4, which cannot be placed before it",
            Assert.Throws<ArgumentException>(() => new ZMatrix([.. s_four[..3], new(3, 4, 1, 0), new(4, 3, 1, 0)])).Message);
        Assert.Throws<ArgumentException>(() => new ZMatrix([new(2, 1, 0)], [0, 1]));
        Assert.Throws<ArgumentException>(() => new ZMatrix([new(3, 0, 1)], [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => new ZMatrix([new(3, 0, 1, 2)], [0, 1, 1]));
    }

    [Fact]
    public void Rows_keep_their_order_and_levels_find_their_own()
    {
        var z = new ZMatrix([s_four[3], s_four[2], s_four[0], s_four[1]]);
        Assert.Equal([3, 2, 1], z.BondRows.Select(r => r.Atom));
        Assert.Equal([0, 1, 2], z.Start);
        Assert.Equal([0], Assert.Single(z.Levels));
    }

    [Fact]
    public void Published_matrices_of_alanine_dipeptide_have_sixty_coordinates()
    {
        Topology topology = PeptideBuilder.Build("ACE-ALA-NME").Topology;
        foreach (ZMatrix z in new[] { AlanineDipeptideZMatrix.Global, AlanineDipeptideZMatrix.FabGlobal })
        {
            Assert.Equal((21, 20, 19), (z.BondRows.Count, z.AngleRows.Count, z.TorsionRows.Count));
            // every bond of theirs is one of the molecule's
            Assert.All(z.BondRows, r => Assert.Contains(r.Bond, topology.Neighbours[r.Atom]));
        }
        Assert.Equal(57, AlanineDipeptideZMatrix.FabWithCore.Rows.Count * 3);
        Assert.Equal(new(9, 8, 6, 14), AlanineDipeptideZMatrix.Global.Rows.Single(r => r.Atom == 9));
    }

    [Theory]
    [InlineData("ACE-ALA-NME")]
    [InlineData("ACE-ALA-ALA-ALA-NME")]
    [InlineData("AAA")]
    [InlineData("ACE-TRP-PRO-VAL-HIS-MET-NME")]
    [InlineData("GYDPETGTWG")]
    public void A_matrix_of_a_topology_follows_its_bonds_with_one_proper_torsion_a_bond(string sequence)
    {
        Topology topology = PeptideBuilder.Build(sequence).Topology;
        ZMatrix z = topology.ToZMatrix();
        Assert.All(z.BondRows, r => Assert.Contains(r.Bond, topology.Neighbours[r.Atom]));
        Assert.All(z.AngleRows, r => Assert.Contains(r.Angle, topology.Neighbours[r.Bond]));
        Assert.All(z.TorsionRows, r => Assert.True(topology.Neighbours[r.Angle].Contains(r.Torsion)
            || topology.Neighbours[r.Bond].Contains(r.Torsion)));
        // at most one proper torsion turns about a bond; further substituents are relative to a sibling
        ZMatrixRow[] proper = [.. z.TorsionRows.Where(r => !z.IsImproper(r))];
        Assert.Equal(proper.Length, proper.Select(r => (Math.Min(r.Bond, r.Angle), Math.Max(r.Bond, r.Angle))).Distinct().Count());
        Assert.All(proper, r => Assert.Contains(r.Torsion, topology.Neighbours[r.Angle]));
        // every methyl is one proper torsion and two impropers relative to its first hydrogen
        int methyls = Enumerable.Range(0, topology.Atoms.Count).Count(a => topology.Neighbours[a].Length == 4
            && topology.Neighbours[a].Count(n => topology.Atoms[n].AtomicNumber == 1) == 3);
        Assert.Equal(methyls, topology.MethylColumns(z).Count);
        // breadth first: the number of levels is of the order of half the molecule's length
        Assert.True(z.Levels.Count <= topology.Atoms.Count / 2);
    }

    [Fact]
    public void The_handedness_of_a_centre_has_its_column()
    {
        Topology topology = PeptideBuilder.Build("ACE-ALA-NME").Topology;
        ZMatrix z = topology.ToZMatrix();
        ZMatrixRow row = z.TorsionRows[topology.ChiralityColumn(z, 8)];
        Assert.Equal(8, row.Bond);
        Assert.True(z.IsImproper(row));
        Assert.Throws<ArgumentException>(() => topology.ChiralityColumn(z, 0));
        Assert.Equal(AlanineDipeptideZMatrix.Global.TorsionColumn(9), topology.ChiralityColumn(AlanineDipeptideZMatrix.Global, 8));
    }

    [Fact]
    public void A_core_grows_the_rest()
    {
        Topology topology = PeptideBuilder.Build("ACE-ALA-NME").Topology;
        ZMatrix z = topology.ToZMatrix([6, 8, 9, 10, 14]);
        Assert.Equal(17, z.Rows.Count);
        Assert.All(z.Rows, r => Assert.Contains(r.Bond, topology.Neighbours[r.Atom]));
        Assert.Equal([6, 8, 9, 10, 14], z.Core);
    }

    [Fact]
    public void A_molecule_in_two_pieces_is_refused_by_name()
    {
        Topology peptide = PeptideBuilder.Build("ACE-ALA-NME").Topology;
        var cut = new Topology(peptide.Atoms, peptide.Residues,
            [.. peptide.Bonds.Where(b => (Math.Min(b.I, b.J), Math.Max(b.I, b.J)) != (14, 16))]);
        Assert.Contains("is not bonded to the rest", Assert.Throws<ArgumentException>(() => cut.ToZMatrix()).Message);
    }
}
