using MolSampling.Jobs.Conformers;

namespace MolSampling.Tests.Molecular;

/// <summary>
/// Which isomers an input stands for, and which of them is sampled. Cases conf-stereo-enumerate, conf-triaziridine, conf-phosphine-hand,
/// smiles-r-group-label, conf-stereo-as-given.
/// </summary>
public sealed class StereoisomerTests
{
    private const string Racemic = """
        racemic
          hand

          0  0  0     0  0            999 V3000
        M  V30 BEGIN CTAB
        M  V30 COUNTS 5 4 0 0 0
        M  V30 BEGIN ATOM
        M  V30 1 C -1.3 0.75 0 0
        M  V30 2 C 0 0 0 0
        M  V30 3 O 0 -1.5 0 0
        M  V30 4 C 1.3 0.75 0 0
        M  V30 5 F 2.6 0 0 0
        M  V30 END ATOM
        M  V30 BEGIN BOND
        M  V30 1 1 2 1
        M  V30 2 1 2 3 CFG=1
        M  V30 3 1 2 4
        M  V30 4 1 4 5
        M  V30 END BOND
        M  V30 BEGIN COLLECTION
        M  V30 MDLV30/STERAC1 ATOMS=(1 2)
        M  V30 END COLLECTION
        M  V30 END CTAB
        M  END
        """;

    /// <summary>Meso forms, rings without a front and symmetric axes count once; a group inverts as one.</summary>
    [Theory]
    [InlineData("CCO", 1)]
    [InlineData("C[C@H](O)CC", 1)]
    [InlineData("CC(O)C(O)C", 3)]
    [InlineData("CC(O)C(O)C(O)C", 4)]
    [InlineData("CC1CCC(C)CC1", 2)]
    [InlineData("OC1C(O)C(O)C(O)C(O)C1O", 9)]
    [InlineData("CC=CC=CCl", 4)]
    [InlineData("C/C=C/C=CCl", 2)]
    [InlineData("CC=NO", 2)]
    [InlineData("FC(Cl)C=CBr", 4)]
    [InlineData("CCP(C)c1ccccc1", 2)]
    [InlineData("Cc1ccc2c(c1)CN1CN2Cc2cc(C)ccc21", 3)]
    [InlineData("CC(F)=C=C(Cl)Br", 2)]
    [InlineData("CC(F)=[C@]=C(Cl)Br", 1)]
    [InlineData("CC=C=CCC=C=CC", 3)]
    [InlineData("CC=C=C=CC", 2)]
    [InlineData("Oc1ccc2ccccc2c1-c1c(O)ccc2ccccc12", 2)]
    [InlineData("c1ccc2c(c1)ccc1ccc3ccc4ccccc4c3c12", 2)]
    [InlineData("C[C@H](O)[C@H](F)CC |&1:1,3|", 2)]
    [InlineData("C[C@H](O)[C@H](F)CC |o1:1,3|", 2)]
    [InlineData("C[C@H](O)[C@H](F)CC |&1:1,&2:3|", 4)]
    [InlineData("C[C@H](O)[C@H](F)C=CC |&1:1,3|", 4)]
    public void Isomers_are_counted_without_repetition(string smiles, int count)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(count, StereoisomerEnumeration.Of(molecule).Count);
        MoleculeEntry[] entries = [.. MoleculeList.Open(smiles, enumeratesIsomers: true).Entries().Select(e => e.Entry)];
        Assert.Equal(count, entries.Length);
        Assert.Equal(count, entries.Select(e => e.Name).Distinct().Count());
        for (int n = 0; n < count; n++)
        {
            using RDKitMolecule isomer = entries[n].Parse().Molecule!;
            Assert.Equal(molecule.Molecule.Atoms.Select(a => a.Symbol), isomer.Molecule.Atoms.Select(a => a.Symbol));
            if (count == 1)
                continue;
            Assert.Equal(new EnumeratedIsomer(n + 1, count), isomer.Molecule.Isomer);
            Assert.Equal($"{smiles} isomer {n + 1}", isomer.Molecule.Name);
            Assert.All(isomer.Molecule.Bonds, b => Assert.NotEqual('?', b.Stereo));
            Assert.All(isomer.Molecule.Axes, a => Assert.NotEqual(0, a.Given));
            Assert.Empty(isomer.Molecule.StereoGroups);
        }
    }

    /// <summary>As drawn or all inverted, never one centre of a group alone.</summary>
    [Fact]
    public void A_group_inverts_together_and_a_record_of_V3000_is_two()
    {
        using var molecule = RDKitMolecule.FromSmiles("C[C@H](O)[C@H](F)CC |&1:1,3|");
        string[] both = [.. StereoisomerEnumeration.Of(molecule).Select(c => Smiles(molecule, c))];
        string[] mirrored = [Canonical("C[C@H](O)[C@H](F)CC"), Canonical("C[C@@H](O)[C@@H](F)CC")];
        Assert.Equal(mirrored, both);
        using var record = RDKitMolecule.FromMolBlock(Racemic, "racemic", "racemic.sdf", 1);
        both = [.. StereoisomerEnumeration.Of(record).Select(c => Smiles(record, c))];
        Assert.Equal(record.Molecule.Smiles, both[0]);
        Assert.Equal(new[] { Canonical("C[C@H](O)CF"), Canonical("C[C@@H](O)CF") }.Order(StringComparer.Ordinal),
            both.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("CC(F)C(Cl)C(Br)C(O)C(N)C(C)CC", "6 stereo elements are open: more than 32 isomers")]
    [InlineData("CC(O)C(O)C(O)C(O)C(O)C(O)C(O)C(O)C(O)C(O)C(O)CC", "11 stereo elements are open: up to 2^11 isomers")]
    public void Too_many_isomers_are_refused(string smiles, string reason)
    {
        MoleculeEntry entry = Assert.Single(MoleculeList.Open(smiles, enumeratesIsomers: true).Entries()).Entry;
        Assert.Contains($"{reason}, and 32 are enumerated at most", entry.Parse().Error, StringComparison.Ordinal);
    }

    /// <summary>What is sampled is the isomer that the result names, each another one.</summary>
    [Theory]
    [InlineData("CC(F)(Cl)C=CC")]
    [InlineData("CCP(C)c1ccccc1")]
    [InlineData("CC(F)=C=C(Cl)Br")]
    [InlineData("Oc1ccc2ccccc2c1-c1c(O)ccc2ccccc12")]
    public void Every_isomer_is_sampled_as_itself(string smiles)
    {
        var seen = new HashSet<string>();
        foreach ((_, MoleculeEntry entry) in MoleculeList.Open(smiles, enumeratesIsomers: true).Entries())
        {
            using RDKitMolecule isomer = entry.Parse().Molecule!;
            ConformerResult result = Embedded(isomer, entry.Input);
            Assert.True(seen.Add(result.Isomer!.ToString()));
            Assert.Equal(isomer.Molecule.Smiles, result.Isomer.Smiles);
            Assert.All(result.Basins, b => Assert.Equal(isomer.Molecule.Smiles, isomer.SmilesOf(b.Representative)));
            foreach (StereoAxis axis in isomer.Molecule.Axes)
                Assert.All(result.Basins, b => Assert.Equal(axis.Given, axis.Sign(b.Representative, 1, 0)));
            EnumeratedIsomer number = isomer.Molecule.Isomer!;
            Assert.Contains($"isomer {number.Number} of the {number.Count} that the input stands for: {result.Isomer}", result.Notes);
            Assert.Contains(result.Notes, n => n.EndsWith("all as in the isomer sampled", StringComparison.Ordinal));
            foreach (string open in new[] { "not specified", "no hand" })
                Assert.DoesNotContain(result.Notes, n => n.Contains(open, StringComparison.Ordinal));
        }
        Assert.True(seen.Count > 1);
    }

    /// <summary>Bridgeheads of camphor, one up and one down.</summary>
    [Fact]
    public void An_impossible_isomer_fails_with_the_reason()
    {
        ConformerResult[] results = [.. MoleculeList.Open("O=C1CC2CCC1C2", enumeratesIsomers: true).Entries().Select(e =>
        {
            using RDKitMolecule isomer = e.Entry.Parse().Molecule!;
            return Embedded(isomer, e.Entry.Input);
        })];
        Assert.Equal((4, 2), (results.Length, results.Count(r => r.Status == ConformerStatus.Failed)));
        Assert.All(results.Where(r => r.Status == ConformerStatus.Failed), r =>
        {
            Assert.Contains($"no 3D embedding of this isomer ({r.Molecule!.Smiles}) was found in", r.Reason, StringComparison.Ordinal);
            Assert.Contains("it may be impossible", r.Reason, StringComparison.Ordinal);
        });
    }

    /// <summary>Case conf-phosphine-hand: a phosphine keeps its hand, so the isomer that is sampled has one, which its SMILES
    /// says.</summary>
    [Theory]
    [InlineData("CCP(C)c1ccccc1")]
    [InlineData("CC[As](C)CCC")]
    [InlineData("CCS(C)=O")]
    public void The_isomer_sampled_has_a_whole_SMILES(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Embedding embedding = molecule.Embed(6, 1, TimeSpan.FromSeconds(60));
        using var sampled = RDKitMolecule.FromSmiles(embedding.SampledSmiles);
        Assert.DoesNotContain(sampled.Molecule.Atoms, a => a.Chirality == '?');
        Assert.Contains(sampled.Molecule.Atoms, a => a.Chirality != '\0');
        Assert.All(embedding.Conformers, x => Assert.Equal(embedding.SampledSmiles, molecule.SmilesOf(x)));
    }

    /// <summary>Case conf-triaziridine: RDKit calls its nitrogens aromatic, which a ring of three does not let them be.</summary>
    [Theory]
    [InlineData("CN1NN1", 3)]
    [InlineData("CN1N(C)N1C", 3)]
    [InlineData("CC(=O)N1CC1C", 1)]
    public void Nitrogens_of_three_membered_rings_invert_also_beside_others(string smiles, int pyramids)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.All(molecule.Molecule.Atoms.Where(a => a.AtomicNumber == 7), a => Assert.Equal('\0', a.Chirality));
        Assert.Equal(pyramids, new TorsionSpace(molecule.Molecule).Pyramids.Count);
    }

    [Fact]
    public void Triaziridine_is_sampled_on_all_sides_of_its_nitrogens()
    {
        using var molecule = RDKitMolecule.FromSmiles("CN1NN1");
        ConformerResult result = new ConformerSampler(new() { Samples = 200 }).Run(molecule, "CN1NN1");
        Assert.NotEqual(ConformerStatus.Failed, result.Status);
        Assert.DoesNotContain(result.Notes, n => n.Contains("stereo", StringComparison.Ordinal));
        Assert.True(result.Basins.Count >= 2, $"{result.Basins.Count} basins");
        int size = 3 * molecule.Molecule.Atoms.Count;
        foreach (int nitrogen in new[] { 1, 2, 3 }) // either side occurs of each
            Assert.Equal([-1, 1], Enumerable.Range(0, result.Samples.Count).Select(s => Side(nitrogen, s)).Distinct().Order());

        int Side(int nitrogen, int sample) => Math.Sign(Stereoisomer.SignedVolume(
            result.Samples.Positions.AsSpan(sample * size, size), 1, 0, nitrogen, molecule.Molecule.Neighbours[nitrogen]));
    }

    /// <summary>Case conf-stereo-as-given.</summary>
    [Theory]
    [InlineData("C[C@H](O)CC", "1 element, all as given")]
    [InlineData("CC(O)CC", "1 element, all as in the isomer sampled")]
    [InlineData("C[C@H](F)C(F)Cl", "2 elements, all as in the isomer sampled, 1 of them given")]
    public void Only_what_was_given_is_called_given(string smiles, string said)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Assert.Contains("stereo checked on every sample: " + said, Embedded(molecule, smiles).Notes);
    }

    [Fact]
    public void The_configuration_drawn_of_a_group_is_named()
    {
        using var record = RDKitMolecule.FromMolBlock(Racemic, "racemic", "racemic.sdf", 1);
        ConformerResult result = Embedded(record, "racemic");
        Assert.Contains(
            $"atoms 2 are given as a mixture of both configurations (AND): the one that is drawn is sampled, {record.Molecule.Smiles}",
                result.Notes);
        Assert.Equal(record.Molecule.Smiles, result.Isomer!.Smiles);
    }

    /// <summary>Case smiles-r-group-label: what a CXSMILES extension makes of an element is no element.</summary>
    [Theory]
    [InlineData("CC |$;R1$|", "atom 2 is an R group (R1)")]
    [InlineData("CC |$;_R1$|", "atom 2 is an R group (_R1)")]
    [InlineData("CC |$R;$|", "atom 1 is an R group (R)")]
    [InlineData("CC |$;_AP1$|", "atom 2 has an attachment point (_AP1)")]
    [InlineData("CC |$;*$|", "atom 2 is no element (*)")]
    [InlineData("CC |$;Pol_p$|", "atom 2 is no element (Pol)")]
    [InlineData("CC |$;Q_e$|", "atom 2 is a query")]
    [InlineData("CC |u:0|", "atom 1 is a query")]
    [InlineData("CCC |m:0:1.2|", "may be attached at several atoms")]
    [InlineData("CCC |LN:1:1.3|", "has a link node")]
    public void Labels_and_queries_of_an_extension_are_no_molecule(string smiles, string reason) =>
        Assert.Contains(
            reason, Assert.Throws<MoleculeFormatException>(() => RDKitMolecule.FromSmiles(smiles)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_of_an_atom_is_no_R_group()
    {
        foreach (string named in new[] { "CC |$CA;CB$|", "CC |$Ra;$|", "CC |$m:1;$|" })
            RDKitMolecule.FromSmiles(named).Dispose();
        const string alias = "alias\n  hand\n\n  2  1  0  0  0  0            999 V2000\n    0.0000    0.0000    0.0000 C   0  0\n"
            + "    1.3000    0.8000    0.0000 C   0  0\n  1  2  1  0\nA    2\nR1\nM  END\n";
        RDKitMolecule Read(string alias) => RDKitMolecule.FromMolBlock(alias, "alias", "alias.sdf", 1);
        Assert.Contains("R group (R1)", Assert.Throws<MoleculeFormatException>(() => Read(alias)).Message, StringComparison.Ordinal);
        Read(alias.Replace("R1", "CB", StringComparison.Ordinal)).Dispose();
    }

    private static ConformerResult Embedded(RDKitMolecule molecule, string input) =>
        new ConformerSampler(new() { Samples = 10, Method = ConformerMethod.Etkdg }).Run(molecule, input);

    private static string Smiles(RDKitMolecule molecule, StereoChoice choice)
    {
        using RDKitMolecule isomer = molecule.WithStereo(choice, "");
        return isomer.Molecule.Smiles;
    }

    private static string Canonical(string smiles)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        return molecule.Molecule.Smiles;
    }
}
