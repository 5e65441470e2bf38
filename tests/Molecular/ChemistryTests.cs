using MolSampling.Potentials.Native;

namespace MolSampling.Tests.Molecular;

/// <summary>What the RDKit shim tells of molecules, on facts that anyone can check.</summary>
public sealed class ChemistryTests
{
    [Theory]
    [InlineData("CCO", 9, 8, 0)]
    [InlineData("CC(C)Cc1ccc(cc1)C(C)C(=O)O", 33, 33, 1)]
    [InlineData("Cn1cnc2c1c(=O)n(C)c(=O)n2C", 24, 25, 2)]
    [InlineData("C1CC2CCC1C2", 19, 20, 2)]
    public void Atoms_bonds_and_rings_are_counted(string smiles, int atoms, int bonds, int rings)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal((atoms, bonds, rings), (molecule.Molecule.Atoms.Count, molecule.Molecule.Bonds.Count, molecule.Molecule.Rings.Count));
        Assert.Equal(2 * bonds, molecule.Molecule.Neighbours.Sum(n => n.Length));
    }

    [Fact]
    public void Kekule_bonds_of_benzene_alternate_and_stay_aromatic()
    {
        using var benzene = RDKitMolecule.FromSmiles("c1ccccc1");
        Bond[] ring = [.. benzene.Molecule.Bonds.Where(b => b.IsInRing)];
        Assert.Equal(6, ring.Length);
        Assert.Equal(9, ring.Sum(b => b.Order));
        Assert.All(ring, b => Assert.True(b.IsAromatic && b.IsConjugated));
        Assert.All(benzene.Molecule.Atoms.Where(a => a.AtomicNumber == 6), a => Assert.Equal(2, a.Hybridisation));
    }

    [Theory]
    [InlineData("C[C@H](N)C(=O)O", 'S')]
    [InlineData("C[C@@H](N)C(=O)O", 'R')]
    [InlineData("CC(N)C(=O)O", '?')]
    [InlineData("CCN", '\0')]
    public void Tetrahedral_stereo_is_told(string smiles, char label)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(label, molecule.Molecule.Atoms[1].Chirality);
    }

    [Theory]
    [InlineData("F/C=C/Cl", 'E')]
    [InlineData("F/C=C\\Cl", 'Z')]
    [InlineData("FC=CCl", '?')]
    [InlineData("C=CCl", '\0')]
    [InlineData("C1=CCCCC1", '\0')]
    public void Double_bond_stereo_is_told(string smiles, char label)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Bond bond = molecule.Molecule.Bonds.Single(b => b is { Order: 2 });
        Assert.Equal(label, bond.Stereo);
        if (label != '\0')
        {
            Assert.Contains(bond.StereoAtomBegin, molecule.Molecule.Neighbours[bond.Begin]);
            Assert.Contains(bond.StereoAtomEnd, molecule.Molecule.Neighbours[bond.End]);
        }
    }

    [Fact]
    public void Charges_isotopes_and_radicals_are_kept()
    {
        using var molecule = RDKitMolecule.FromSmiles("[13CH3][N+](C)(C)[CH]C([O-])=O");
        IReadOnlyList<Atom> atoms = molecule.Molecule.Atoms;
        Assert.Equal((13, 1, 1, -1), (atoms[0].Isotope, atoms[1].FormalCharge, atoms[4].RadicalElectrons, atoms[6].FormalCharge));
        Assert.Equal(13.003, atoms[0].Mass, 0.001);
    }

    [Fact]
    public void Embeddings_are_reproducible_and_each_depends_on_its_own_seed()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCCCO");
        Embedding five = molecule.Embed(5, 11, TimeSpan.FromSeconds(30)), two = molecule.Embed(2, 11, TimeSpan.FromSeconds(30)),
            later = molecule.Embed(1, 13, TimeSpan.FromSeconds(30));
        Assert.Equal(EmbeddingStatus.Complete, five.Status);
        Assert.Equal(5, five.Conformers.Count);
        Assert.Equal(five.Conformers[1], two.Conformers[1]);
        Assert.Equal(five.Conformers[2], later.Conformers[0]);
        Assert.NotEqual(five.Conformers[0], five.Conformers[1]);
        // bonds of sensible length
        Assert.All(molecule.Molecule.Bonds, b => Assert.InRange(Distance(five.Conformers[0], b.Begin, b.End), 0.09, 0.165));
    }

    [Fact]
    public void An_embedding_without_time_says_so()
    {
        using var molecule = RDKitMolecule.FromSmiles(new string('C', 60));
        Embedding none = molecule.Embed(50, 1, TimeSpan.Zero);
        Assert.Equal(EmbeddingStatus.OutOfTime, none.Status);
        Assert.Empty(none.Conformers);
    }

    [Fact]
    public void Open_stereo_is_decided_by_the_first_embedding_for_all()
    {
        using var molecule = RDKitMolecule.FromSmiles("CC(O)C(F)Cl");
        Embedding embedding = molecule.Embed(12, 3, TimeSpan.FromSeconds(30));
        Assert.Contains('@', embedding.SampledSmiles);
        Assert.All(embedding.Conformers, c => Assert.Equal(embedding.SampledSmiles, molecule.SmilesOf(c)));
    }

    [Fact]
    public void Atoms_without_a_type_are_named()
    {
        using var molecule = RDKitMolecule.FromSmiles("C[Se]C[Hg]C");
        ParameterizationException e = Assert.Throws<ParameterizationException>(() => molecule.MmffTerms(MmffVariant.Mmff94));
        Assert.Contains("2 (Se)", e.Message, StringComparison.Ordinal);
        Assert.Contains("4 (Hg)", e.Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], e.Atoms);
    }

    [Fact]
    public void Automorphisms_patterns_charges_and_drawings()
    {
        using var toluene = RDKitMolecule.FromSmiles("Cc1ccccc1");
        Assert.Equal(2, toluene.Automorphisms(100, out bool truncated).Count);
        Assert.False(truncated);
        foreach (int[] map in toluene.Automorphisms(100, out _))
        {
            Assert.Equal(Enumerable.Range(0, 15), map.Order());
            Assert.All(toluene.Molecule.Bonds, b => Assert.Contains(map[b.End], toluene.Molecule.Neighbours[map[b.Begin]]));
        }
        using var neopentane = RDKitMolecule.FromSmiles("CC(C)(C)C");
        Assert.Equal(24, neopentane.Automorphisms(100, out _).Count);
        Assert.Equal(5, neopentane.Automorphisms(5, out truncated).Count);
        Assert.True(truncated);

        Assert.Equal(6, toluene.Match("[cX3]").Count);
        Assert.Empty(toluene.Match("[N]"));
        Assert.Throws<NativeException>(() => toluene.Match("[nonsense"));
        Assert.Equal(0, toluene.GasteigerCharges().Sum(), 1e-6);
        Assert.StartsWith("<svg", toluene.Draw([]).Svg, StringComparison.Ordinal);
    }

    [Fact]
    public void The_symmetric_RMSD_sees_through_relabelling()
    {
        using var toluene = RDKitMolecule.FromSmiles("Cc1ccccc1");
        double[] x = [.. toluene.Embed(1, 1, TimeSpan.FromSeconds(20)).Conformers[0].Select(v => (double)v)];
        int[] flip = toluene.Automorphisms(10, out _).First(m => !m.SequenceEqual(Enumerable.Range(0, 15)));
        double[] flipped = [.. Enumerable.Range(0, 15).SelectMany(a => x.AsSpan(3 * flip[a], 3).ToArray())];
        Assert.Equal(0, toluene.BestRmsd(x, flipped), 1e-6);
        flipped[0] += 0.05;
        Assert.True(toluene.BestRmsd(x, flipped) > 0.005);
    }

    [Fact]
    public void A_hydrogen_that_an_sdf_lacks_is_added_with_coordinates()
    {
        using var methane = RDKitMolecule.FromMolBlock("m\n\n\n  1  0  0  0  0  0            999 V2000\n    1.0000    2.0000    3.0000 C   0  0\nM  END\n", "m", "m.sdf", 1);
        Assert.Equal(5, methane.Molecule.Atoms.Count);
    }

    [Theory]
    [InlineData("", "no SMILES")]
    [InlineData("# only a comment\n\n", "no SMILES")]
    public void A_file_without_molecules_is_said(string text, string reason)
    {
        string path = Path.Combine(Path.GetTempPath(), $"empty-{Environment.ProcessId}.smi");
        File.WriteAllText(path, text);
        MoleculeFormatException e = Assert.Throws<MoleculeFormatException>(() => SmilesFile.Read(path).ToArray());
        File.Delete(path);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    private static double Distance(float[] x, int a, int b) =>
        Math.Sqrt(Enumerable.Range(0, 3).Sum(c => (double)(x[3 * a + c] - x[3 * b + c]) * (x[3 * a + c] - x[3 * b + c])));
}
