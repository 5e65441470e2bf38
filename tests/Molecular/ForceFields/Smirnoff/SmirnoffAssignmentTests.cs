using MolSampling.Molecular.ForceFields.Smirnoff;
using MolSampling.Potentials.Native;

namespace MolSampling.Tests.Molecular.ForceFields.Smirnoff;

/// <summary>
/// Which rule of Sage 2.2.1 each term of a molecule gets. The expected names were found by reading the patterns of the file by hand, from
/// its end, and not by a program.
/// </summary>
public sealed class SmirnoffAssignmentTests
{
    // atoms: as in the SMILES from 0, then hydrogens atom by atom
    [Theory]
    [InlineData("CCO", // H 3-5 on C 0, 6-7 on C 1, 8 on O 2
        "0 n16, 1 n16, 2 n19, 3-5 n2, 6-7 n3, 8 n12",
        "0 1 b1, 1 2 b14, 0 3-5 b84, 1 6-7 b84, 2 8 b88",
        "3-5 0 3-5 a2, 1 0 3-5 a1, 6 1 7 a2, 0 1 6-7 a1, 0 1 2 a1, 2 1 6-7 a1, 1 2 8 a28",
        "3-5 0 1 6-7 t3, 3-5 0 1 2 t9, 0 1 2 8 t94, 6-7 1 2 8 t93",
        "")]
    [InlineData("CC(=O)N", // H 4-6 on C 0, 7-8 on N 3
        "0 n16, 1 n14, 2 n17, 3 n20, 4-6 n2, 7-8 n11",
        "0 1 b3, 1 2 b21, 1 3 b10, 0 4-6 b84, 3 7-8 b87",
        "4-6 0 4-6 a2, 1 0 4-6 a1, 0 1 2 a10, 0 1 3 a10, 2 1 3 a10, 1 3 7-8 a21, 7 3 8 a21",
        "4-6 0 1 2 t19, 4-6 0 1 3 t17, 0 1 3 7-8 t75, 2 1 3 7-8 t78",
        "0 1 2 3 i1, 1 3 7 8 i4")]
    [InlineData("c1ccccc1", // H 6-11 on C 0-5
        "0-5 n14, 6-11 n7",
        "0-5 0-5 b5, 0-5 6-11 b85",
        "0-5 0-5 0-5 a10, 0-5 0-5 6-11 a11",
        "0-5 0-5 0-5 0-5 t44, 0-5 0-5 0-5 6-11 t44, 6-11 0-5 0-5 6-11 t44",
        "1 0 5 6 i1, 0 1 2 7 i1, 1 2 3 8 i1, 2 3 4 9 i1, 3 4 5 10 i1, 0 5 4 11 i1")]
    [InlineData("CC(=O)OC", // H 5-7 on C 0, 8-10 on C 4
        "0 n16, 1 n14, 2 n17, 3 n18, 4 n16, 5-7 n2, 8-10 n3",
        "0 1 b3, 1 2 b21, 1 3 b20, 3 4 b16, 0 5-7 b84, 4 8-10 b84",
        "5-7 0 5-7 a2, 1 0 5-7 a1, 0 1 2 a10, 0 1 3 a10, 2 1 3 a15, 1 3 4 a28, 3 4 8-10 a1, 8-10 4 8-10 a2",
        "5-7 0 1 2 t19, 5-7 0 1 3 t17, 0 1 3 4 t107, 2 1 3 4 t110, 1 3 4 8-10 t95",
        "0 1 2 3 i2")]
    public void The_last_rule_that_matches_counts(string smiles, string atoms, string bonds, string angles, string propers,
        string impropers)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        SmirnoffAssignment rules = Assign(molecule);
        Same(atoms, 1, rules.LennardJones.Select(r => (r.Atoms, r.Rule.Id)));
        Same(bonds, 2, rules.Bonds.Select(r => (r.Atoms, r.Rule.Id)));
        Same(angles, 3, rules.Angles.Select(r => (r.Atoms, r.Rule.Id)));
        Same(propers, 4, rules.Propers.Select(r => (r.Atoms, r.Rule.Id)));
        Same(impropers, 4, rules.Impropers.Select(r => (r.Atoms, r.Rule.Id)));
    }

    /// <summary>Each term is named by exactly one entry, and each entry names a term; an entry is a range of atoms at every place, read
    /// from either end.</summary>
    private static void Same(string expected, int places, IEnumerable<(int[] Atoms, string Id)> found)
    {
        (HashSet<int>[] Atoms, string Id)[] entries = [.. expected.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(e =>
            e.Split(' ')).Select(e => (e[..places].Select(Range).ToArray(), e[places]))];
        var used = new HashSet<int>();
        foreach ((int[] atoms, string id) in found)
        {
            int entry = Assert.Single(Enumerable.Range(0, entries.Length), n => Names(entries[n].Atoms, atoms)
                || Names(entries[n].Atoms, [.. atoms.Reverse()]));
            Assert.Equal((string.Join(' ', atoms), entries[entry].Id), (string.Join(' ', atoms), id));
            used.Add(entry);
        }
        Assert.Equal(entries.Length, used.Count);

        static bool Names(HashSet<int>[] entry, int[] atoms) => entry.Zip(atoms).All(p => p.First.Contains(p.Second));
        static HashSet<int> Range(string text) => text.Split('-') is [var first, var last]
            ? [.. Enumerable.Range(int.Parse(first), int.Parse(last) - int.Parse(first) + 1)] : [int.Parse(text)];
    }

    [Theory]
    [InlineData("CS(=O)(=O)N", "1 4 b57, 1 2 b59, 0 1 b56")] // S-N, S=O and S-C of a sulfonamide
    [InlineData("C[N+](=O)[O-]", "0 1 b7, 1 2 b42, 1 3 b42")] // both N-O of a nitro group by one rule
    [InlineData("CC#N", "0 1 b25, 1 2 b27")]
    [InlineData("COP(=O)(OC)OC", "1 2 b64, 2 3 b65, 0 1 b16")]
    [InlineData("Fc1ccc(Br)cc1Cl", "0 1 b68, 4 5 b72, 7 8 b70, 1 2 b5")]
    [InlineData("CC(=O)[O-]", "1 2 b22, 1 3 b22")]
    [InlineData("c1ccoc1", "0 1 b4, 1 2 b6, 2 3 b17")] // to MDL a lone furan is not aromatic: its bonds are double and single
    [InlineData("c1ccc2occc2c1", "0 1 b5, 3 4 b19")] // its fused ring is not either, the benzene is
    public void Bonds_of_groups(string smiles, string expected)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        Dictionary<(int, int), string> found = Assign(molecule).Bonds.ToDictionary(b => (Math.Min(b.Atoms[0], b.Atoms[1]),
            Math.Max(b.Atoms[0], b.Atoms[1])), b => b.Rule.Id);
        foreach (string[] e in expected.Split(", ").Select(e => e.Split(' ')))
            Assert.Equal(e[2], found[(int.Parse(e[0]), int.Parse(e[1]))]);
    }

    [Theory]
    [InlineData("[Fe]", "Sage 2.2.1 has no parameters for atom 1 (Fe): no rule of its section vdW matches")]
    [InlineData("CB(O)O", "Sage 2.2.1 has no parameters for atom 2 (B): no rule of its section vdW matches")]
    [InlineData("C[Si](C)(C)C", "Sage 2.2.1 has no parameters for atom 2 (Si): no rule of its section vdW matches")]
    [InlineData("BrOC", "Sage 2.2.1 has no parameters for bond 1 (Br)-2 (O): no rule of its section Bonds matches")]
    [InlineData("[CH3]", "atom 1 (C) has an unpaired electron, which Sage 2.2.1 does not describe")]
    public void What_no_rule_matches_is_named(string smiles, string message)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        var e = Assert.Throws<ParameterizationException>(() => SmirnoffForceField.Load("sage-2.2.1").Parameterize(molecule));
        Assert.Equal(message, e.Message);
        Assert.NotEmpty(e.Atoms);
    }

    [Fact]
    public void A_match_does_not_depend_on_the_order_of_atoms()
    {
        using RDKitMolecule one = RDKitMolecule.FromSmiles("Cc1ccc(S(N)(=O)=O)cc1"),
            other = RDKitMolecule.FromSmiles("NS(=O)(=O)c1ccc(C)cc1");
        (SmirnoffAssignment a, SmirnoffAssignment b) = (Assign(one), Assign(other));
        Assert.Equal(a.Propers.Select(p => p.Rule.Id).Order(), b.Propers.Select(p => p.Rule.Id).Order());
        Assert.Equal(a.Angles.Select(p => p.Rule.Id).Order(), b.Angles.Select(p => p.Rule.Id).Order());
        Assert.Equal(a.Impropers.Select(p => p.Rule.Id).Order(), b.Impropers.Select(p => p.Rule.Id).Order());
    }

    [Fact]
    public void Tagged_patterns_match_in_the_order_of_their_tags()
    {
        using var molecule = RDKitMolecule.FromSmiles("CO");
        IReadOnlyList<IReadOnlyList<int[]>> matches = molecule.MatchTagged(["[#8:2]-[#6:1]", "[#7:1]", "[#6:1]-[#1]"]);
        Assert.Equal([0, 1], Assert.Single(matches[0]));
        Assert.Empty(matches[1]);
        Assert.Equal([0], Assert.Single(matches[2])); // three hydrogens make it no three matches
        Assert.Contains("[#6", Assert.Throws<NativeException>(() => molecule.MatchTagged(["[#8:1]", "[#6"])).Message,
            StringComparison.Ordinal);
    }

    private static SmirnoffAssignment Assign(RDKitMolecule molecule)
    {
        var forceField = SmirnoffForceField.Load("sage-2.2.1");
        return new(forceField.Tables, forceField.Title, molecule, LigandTopology.Of(molecule.Molecule));
    }
}
