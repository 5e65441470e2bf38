using MolSampling.Jobs.Conformers;

namespace MolSampling.Tests.Molecular;

/// <summary>
/// The molecule that was given is the one that is computed, or it is refused. Cases conf-charge-lost, energy-radical, sdf-query-atoms,
/// conf-false-stereo-notes, conf-three-ring-nitrogen, conf-chiral-axis.
/// </summary>
public sealed class GivenMoleculeTests
{
    /// <summary>Case conf-charge-lost: types that RDKit gives as if the charge were not there; also a lost plus and a lost minus that
    /// cancel.</summary>
    [Theory]
    [InlineData("C[S+](C)CCO", "2 (S+1)")]
    [InlineData("C[CH+]C", "2 (C+1)")]
    [InlineData("C[C-](C)C", "2 (C-1)")]
    [InlineData("CC#[C-]", "3 (C-1)")]
    [InlineData("C[C-](C)CCC[S+](C)C", "2 (C-1), 7 (S+1)")]
    [InlineData("C[S+](C)CC(=O)[O-]", "2 (S+1)")]
    [InlineData("C[S+](C)[CH2-]", "4 (C-1)")]
    [InlineData("C[P+](C)(C)C", "2 (P+1)")]
    [InlineData("[O-]N=O", "1 (O-1)")]
    [InlineData("c1cc[s+]cc1", "4 (S+1)")]
    public void An_ion_without_a_species_is_refused_by_its_atom(string smiles, string atoms)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        foreach (MmffVariant variant in Enum.GetValues<MmffVariant>())
            Assert.Contains($"no type for atom{(atoms.Contains(',', StringComparison.Ordinal) ? "s" : "")} {atoms}",
                Assert.Throws<ParameterizationException>(() => molecule.MmffTerms(variant)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C[N+](C)(C)CCO")]
    [InlineData("CC(=O)[O-]")]
    [InlineData("NC(N)=[NH2+]")]
    [InlineData("C[n+]1ccn(C)c1")]
    [InlineData("CS(=O)(=O)[O-]")]
    [InlineData("COP(=O)([O-])[O-]")]
    [InlineData("[O-][n+]1ccccc1")]
    [InlineData("C[N+](=O)[O-]")]
    [InlineData("CN=[N+]=[N-]")]
    [InlineData("C[N+]#[C-]")]
    [InlineData("NC(=[NH2+])NCCCC([NH3+])C(=O)[O-]")]
    [InlineData("c1nnn[n-]1")]
    [InlineData("CN(C)C=CC=[N+](C)C")]
    [InlineData("[O-][Cl+3]([O-])([O-])[O-]")]
    [InlineData("C[S+]([O-])C")]
    [InlineData("CC(=O)[O-].[Na+]")]
    public void Ions_that_MMFF94_knows_keep_their_charge(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(molecule.Molecule.Atoms.Sum(a => a.FormalCharge), molecule.MmffTerms(MmffVariant.Mmff94s).Charges.Sum(), 2);
    }

    /// <summary>Case energy-radical.</summary>
    [Theory]
    [InlineData("C[CH]C", 2)]
    [InlineData("[CH3]", 1)]
    [InlineData("CC[O]", 3)]
    public void A_radical_is_refused_by_its_atom(string smiles, int atom)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.Contains($"atom {atom} (", Assert.Throws<ParameterizationException>(() => molecule.MmffTerms(MmffVariant.Mmff94s)).Message,
            StringComparison.Ordinal);
        Assert.Contains("unpaired electron", Assert.Throws<ParameterizationException>(() => molecule.MmffTermEnergies(MmffVariant.Mmff94s,
            new double[3 * molecule.Molecule.Atoms.Count])).Message, StringComparison.Ordinal);
    }

    /// <summary>Case sdf-query-atoms.</summary>
    [Theory]
    [InlineData("L", 1, "M  ALS   2  3 F C   N   P   \n", "atom 2 is a query ([#6,#7,#15])")]
    [InlineData("A", 1, "", "atom 2 is a query")]
    [InlineData("Q", 1, "", "atom 2 is a query")]
    [InlineData("*", 1, "", "atom 2 is a query")]
    [InlineData("R#", 1, "M  RGP  1   2   1\n", "atom 2 is an R group (R1)")]
    [InlineData("C", 5, "", "the bond of atoms 2 and 3 is a query (-,=)")]
    [InlineData("C", 6, "", "the bond of atoms 2 and 3 is a query (single or aromatic)")]
    [InlineData("C", 8, "", "the bond of atoms 2 and 3 is a query")]
    [InlineData("C", 1, "M  RBC  1   2   2\n", "atom 2 is a query")]
    [InlineData("C", 1, "M  SUB  1   2   3\n", "atom 2 is a query")]
    [InlineData("C", 1, "M  UNS  1   2   1\n", "atom 2 is a query")]
    [InlineData("C", 1, "M  APO  1   1   1\n", "atom 1 has an attachment point")]
    public void A_query_is_no_molecule(string symbol, int order, string properties, string feature)
    {
        string Block(string symbol, int order, string properties) =>
            "query\n  hand\n\n  3  2  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\n"
            + $"    1.3000    0.8000    0.0000 {symbol,-3} 0  0\n    2.6000    0.0000    0.0000 C   0  0\n  1  2  1  0\n  2  3{order,3}  0\n{properties}M  END\n";
        Assert.Contains(feature, Assert.Throws<MoleculeFormatException>(() => RDKitMolecule.FromMolBlock(Block(symbol, order, properties),
            "query", "query.sdf", 7)).Message, StringComparison.Ordinal);
        RDKitMolecule.FromMolBlock(Block("C", 1, ""), "propane", "query.sdf", 7).Dispose();
        Assert.Throws<MoleculeFormatException>(() => RDKitMolecule.FromSmiles("C*"));
        Assert.Throws<MoleculeFormatException>(() => RDKitMolecule.FromSmiles("C~C"));
    }

    /// <summary>Case conf-false-stereo-notes: nothing is open where all is given, where there is no choice, or where no stereo
    /// is.</summary>
    [Theory]
    [InlineData("C[C@H]1CC[C@@H](C)CC1", 0, 2)]
    [InlineData("C[C@H]1CC[C@H](C)CC1", 0, 2)]
    [InlineData("CC1CCC(C)CC1", 2, 0)]
    [InlineData("CN=[N+]=[N-]", 0, 0)]
    [InlineData("CC(C)=C=O", 0, 0)]
    [InlineData("CN=C=NCC", 0, 0)]
    [InlineData("CN=NC", 1, 0)]
    [InlineData("C1CN2CCC1CC2", 0, 0)]
    [InlineData("CN1C2CCC1CCC2", 0, 0)]
    [InlineData("C1CCC2OC2C1", 0, 0)]
    [InlineData("CC1CCC2OC2C1", 3, 0)]
    [InlineData("C1CCC2CCCCC2C1", 2, 0)]
    [InlineData("C12C3C4C1C5C2C3C45", 0, 0)]
    [InlineData("CC1(C)C2CCC1(C)C(=O)C2", 2, 0)]
    [InlineData("CC(O)C(O)C(O)C", 3, 0)]
    [InlineData("Cc1ccc2c(c1)CN1CN2Cc2cc(C)ccc21", 2, 0)]
    [InlineData("Cc1ccc2c(c1)C[N@]1C[N@@]2Cc2cc(C)ccc21", 0, 2)]
    [InlineData("C[C@@H]1C[N@@]1C", 0, 2)]
    [InlineData("CC1CN1", 1, 0)]
    public void Stereo_is_open_only_where_there_is_a_choice(string smiles, int open, int given)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        char[] elements = [.. rdkit.Molecule.Atoms.Select(a => a.Chirality), .. rdkit.Molecule.Bonds.Select(b => b.Stereo)];
        Assert.Equal((open, given), (elements.Count(e => e == '?'), elements.Count(e => e is not ('?' or '\0'))));
    }

    /// <summary>Case conf-three-ring-nitrogen: MMFF94s minima differ by 0.33 kJ/mol, so 53 : 47 from the minima alone; the whole wells are
    /// counted here.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_nitrogen_of_a_three_membered_ring_inverts_whatever_the_seed(int seed)
    {
        using var molecule = RDKitMolecule.FromSmiles("CC1CN1");
        ConformerResult result = new ConformerSampler(new() { Samples = 50, Seed = (ulong)seed }).Run(molecule, "CC1CN1");
        Assert.Equal(2, result.Basins.Count);
        Assert.InRange(result.Basins[0].Population, 0.49, 0.62);
        Assert.All(result.Notes, n => Assert.DoesNotContain("atom 4 (N)", n, StringComparison.Ordinal));
    }

    /// <summary>A nitrogen's tag is read: embeddings have its hand, although RDKit's embedder refuses it.</summary>
    [Theory]
    [InlineData("C[C@@H]1C[N@@]1C", "C[C@@H]1C[N@]1C")]
    [InlineData("Cc1ccc2c(c1)C[N@]1C[N@@]2Cc2cc(C)ccc21", "Cc1ccc2c(c1)C[N@@]1C[N@]2Cc2cc(C)ccc21")]
    public void A_given_nitrogen_is_kept(string smiles, string other)
    {
        using RDKitMolecule one = RDKitMolecule.FromSmiles(smiles), two = RDKitMolecule.FromSmiles(other);
        Stereoisomer isomer = GivenStereo.Of(one);
        Assert.Equal(2, isomer.Count);
        Assert.All(one.Embed(4, 3, TimeSpan.FromSeconds(30)).Conformers, x => Assert.True(isomer.Contains(x)));
        Assert.All(two.Embed(4, 3, TimeSpan.FromSeconds(30)).Conformers, x => Assert.False(isomer.Contains(x)));
    }

    /// <summary>Case conf-chiral-axis, allenes: seen from the first substituent the others are counter-clockwise for @, as for a
    /// tetrahedral centre.</summary>
    [Theory]
    [InlineData("CC(F)=[C@]=C(Cl)Br", 1)]
    [InlineData("CC(F)=[C@@]=C(Cl)Br", -1)]
    [InlineData("CC(F)=[C@AL1]=C(Cl)Br", 1)]
    public void An_allene_has_the_hand_that_its_SMILES_gives(string smiles, int sign)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Stereoisomer isomer = GivenStereo.Of(molecule);
        foreach (float[] x in molecule.Embed(6, 1, TimeSpan.FromSeconds(30)).Conformers)
        {
            float[] turned = isomer.WithHands(x);
            Assert.True(isomer.Contains(turned));
            Assert.Equal(sign, Math.Sign(Stereoisomer.SignedVolume(turned, 1, 0, 3, [0, 2, 5, 6]))); // C, F, Cl, Br
        }
    }

    /// <summary>Case conf-chiral-axis: what a SMILES cannot give is said, what coordinates give is kept.</summary>
    [Fact]
    public void A_hindered_axis_keeps_the_hand_of_its_coordinates()
    {
        using var open = RDKitMolecule.FromSmiles("Oc1ccc2ccccc2c1-c1c(O)ccc2ccccc12");
        StereoAxis axis = Assert.Single(open.Molecule.Axes);
        Assert.Equal((StereoAxisKind.HinderedBond, 0, "C11-C12"), (axis.Kind, axis.Given, axis.Name(open.Molecule)));
        float[] x = open.Embed(1, 1, TimeSpan.FromSeconds(30)).Conformers[0];
        foreach (int mirrored in new[] { 1, -1 })
        {
            float[] given = [.. x.Select((v, k) => k % 3 == 0 ? mirrored * v : v)];
            using var text = new StringWriter();
            SdfWriter.Write(text, open.Molecule, given, []);
            using var molecule = RDKitMolecule.FromMolBlock(text.ToString(), "binol", "binol.sdf", 1);
            int hand = axis.Sign(given, 1, 0);
            Assert.Equal(hand, Assert.Single(molecule.Molecule.Axes).Given);
            ConformerResult result = new ConformerSampler(new() { Samples = 20, Method = ConformerMethod.Etkdg }).Run(molecule, "binol");
            for (int s = 0; s < result.Samples.Count; s++)
                Assert.Equal(hand, axis.Sign(result.Samples.Positions.AsSpan(s * x.Length, x.Length), 1, 0));
            Assert.All(result.Basins, b => Assert.Equal(hand, axis.Sign(b.Representative, 1, 0)));
        }
        foreach (string free in new[] { "c1ccc(cc1)-c1ccccc1", "Cc1ccccc1-c1ccccc1C", "Cc1cccc(C)c1-c1c(C)cccc1C", "CC(=O)Nc1ccccc1" })
            using (var molecule = RDKitMolecule.FromSmiles(free))
                Assert.Empty(molecule.Molecule.Axes);
    }

    [Fact]
    public void A_helix_keeps_its_hand()
    {
        using var molecule = RDKitMolecule.FromSmiles("c1ccc2c(c1)ccc1ccc3ccc4ccccc4c3c12");
        StereoAxis rim = Assert.Single(molecule.Molecule.Axes);
        Assert.Equal(StereoAxisKind.Helix, rim.Kind);
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0], mirror = [.. x.Select((v, k) => k % 3 == 0 ? -v : v)];
        Assert.Equal(-rim.Sign(x, 1, 0), rim.Sign(mirror, 1, 0));
        using var text = new StringWriter();
        SdfWriter.Write(text, molecule.Molecule, mirror, []);
        using var given = RDKitMolecule.FromMolBlock(text.ToString(), "helicene", "helicene.sdf", 1);
        Assert.Equal(rim.Sign(mirror, 1, 0), rim.Sign(GivenStereo.Reference(given, [x], 1, TimeSpan.FromSeconds(60))!, 1, 0));
    }
}
