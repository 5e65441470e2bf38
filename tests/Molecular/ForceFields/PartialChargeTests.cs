using System.Globalization;
using MolSampling.Molecular.ForceFields.Charges;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>Partial charges of AM1-BCC class: symmetries, sums, refusals, and values that are known.</summary>
public sealed class PartialChargeTests
{
    [Theory]
    [InlineData("CC(=O)[O-]")]
    [InlineData("C[N+](=O)[O-]")]
    [InlineData("NC(=[NH2+])N")]
    [InlineData("COP(=O)([O-])[O-]")]
    [InlineData("CS(=O)(=O)[O-]")]
    [InlineData("c1ccccc1C(C)(C)C")]
    [InlineData("C[n+]1cc[nH]c1")]
    [InlineData("C[NH2+]CC(=O)[O-]")]
    public void Atoms_that_the_graph_does_not_tell_apart_are_equal_and_the_sum_is_exact(string smiles)
    {
        Molecule molecule = Parse(smiles);
        double[] charges = PartialCharges.Network.Charges(new ChargeGraph(molecule)); // phosphates were not trained on
        Assert.Equal(molecule.Atoms.Sum(a => a.FormalCharge), charges.Sum(), 1e-12);
        int[] classes = AtomClasses.Of(molecule).OfAtom;
        Assert.True(classes.Distinct().Count() < classes.Length, "some atoms should be equal for the test to say something");
        foreach (IGrouping<int, double> equal in classes.Zip(charges).GroupBy(p => p.First, p => p.Second))
            Assert.Single(equal.Distinct());
    }

    [Fact]
    public void A_large_molecule_keeps_its_charge()
    {
        Molecule peptide = Parse("[NH3+]CC(=O)" + string.Concat(Enumerable.Repeat("NC(CC(=O)[O-])C(=O)NC(CCCC[NH3+])C(=O)", 12)) + "[O-]");
        Assert.Equal(peptide.Atoms.Sum(a => a.FormalCharge), Charges(peptide).Sum(), 1e-12);
    }

    [Theory]
    [InlineData("CC(=O)Oc1ccccc1C(=O)[O-]")]
    [InlineData("C1CC2CCC1C2NS(=O)(=O)c1ccc(F)cc1")]
    public void Another_numbering_permutes_the_charges(string smiles)
    {
        Molecule molecule = Parse(smiles);
        int count = molecule.Atoms.Count;
        int[] place = [.. Enumerable.Range(0, count)]; // atom i becomes place[i]
        var random = new RandomSource(5);
        Array.Sort([.. place.Select(_ => random.NextDouble())], place);
        double[] expected = Charges(molecule), actual = Charges(Renumber(molecule, place));
        Assert.NotEqual(Enumerable.Range(0, count), place);
        for (int i = 0; i < count; i++)
            Assert.Equal(expected[i], actual[place[i]], 1e-6);
    }

    [Fact]
    public void Stereo_and_coordinates_play_no_part()
    {
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles("C[C@H](N)C(=O)O");
        float[] x = molecule.Embed(1, 1, TimeSpan.FromSeconds(30)).Conformers[0];
        double[] flat = Charges(molecule.Molecule), mirrored = Charges(Parse("C[C@@H](N)C(=O)O"));
        Assert.Equal(flat, mirrored);
        using RDKitMolecule placed = RDKitMolecule.FromMolBlock(Block(molecule.Molecule, x), "placed", "test", 1, addHydrogens: false);
        Assert.NotNull(placed.Coordinates);
        Assert.All(flat.Zip(Charges(placed.Molecule)), p => Assert.Equal(p.First, p.Second, 1e-12));
    }

    [Theory]
    [InlineData("CNC(=[NH2+])C", "C[NH+]=C(N)C")] // amidinium
    [InlineData("CNC(=[NH2+])N", "C[NH+]=C(N)N")] // guanidinium
    [InlineData("Cn1cc[nH+]c1", "C[n+]1cc[nH]c1")] // imidazolium
    [InlineData("Cc1n[n-]nn1", "Cc1nn[n-]n1")] // tetrazolate
    [InlineData("CN(C)C=CC=[NH2+]", "C[N+](C)=CC=CN")] // vinylogous amidinium
    public void Charges_do_not_depend_on_the_resonance_form_drawn(string one, string other)
    {
        Molecule a = Parse(one), b = Parse(other);
        ChargeGraph ga = new(a), gb = new(b);
        Assert.Equal(ga.Classes.Key, gb.Classes.Key);
        // the network itself: some of these are not among the environments that were trained on
        double[] qa = PartialCharges.Network.Charges(ga), qb = PartialCharges.Network.Charges(gb);
        Assert.All(qa.Order().Zip(qb.Order()), p => Assert.Equal(p.First, p.Second, 1e-9));
    }

    [Fact]
    public void All_resonance_forms_of_a_group_count()
    {
        // sulfate has six forms: each oxygen bears half a charge and has a bond order of 3/2
        Molecule sulfate = Parse("[O-]S(=O)(=O)[O-]");
        var forms = ResonanceForms.Average(sulfate);
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(sulfate.Atoms[i].AtomicNumber == 8 ? -0.5 : 0, forms.Charges[i], 1e-12));
        Assert.All(forms.Orders, o => Assert.Equal(1.5, o, 1e-12));
        // an amide without a charge is as drawn
        Assert.Equal([1.0, 2.0], ResonanceForms.Average(Parse("NC=O")).Orders.Take(2));
    }

    [Fact]
    public void Equilibrated_charges_are_the_minimum_at_their_sum()
    {
        double[] e = [0.3, -0.2, 0.7, 0.1], s = [1.0, 0.5, 2, 1.5], members = [1, 2, 3, 1];
        int[] parts = [0, 0, 0, 1];
        double[] q = ChargeEquilibration.Solve(e, s, members, parts, [-1, 2]);
        Assert.Equal(-1, q[0] + 2 * q[1] + 3 * q[2], 1e-14);
        Assert.Equal(2, q[3], 1e-14);
        double multiplier = e[0] + s[0] * q[0];
        Assert.All(Enumerable.Range(0, 3), c => Assert.Equal(multiplier, e[c] + s[c] * q[c], 1e-14));
    }

    /// <summary>Elements, radicals, and groups of known elements that no training molecule has.</summary>
    [Theory]
    [InlineData("C[Si](C)(C)C", "Si (atom 2)")]
    [InlineData("CB(O)O", "B (atom 2)")]
    [InlineData("C[CH2]", "unpaired electron")]
    [InlineData("[H][H]", "hydrogen")]
    [InlineData("O", "atom 1 (O, 2 neighbours, 2 of them hydrogen)")] // a water model has its own charges
    [InlineData("CN=[N+]=[N-]", "atom 3 (positive N, 2 neighbours")]
    [InlineData("COP(=O)([O-])[O-]", "the partial bond O-P")]
    [InlineData("[C-]#[O+]", "negative C, 1 neighbour")]
    [InlineData("CI(=O)=O", "(I, 3 neighbours")]
    [InlineData("COF", "the single bond F-O")]
    public void What_the_network_was_not_trained_on_is_refused_by_name(string smiles, string words)
    {
        var refusal = Assert.Throws<ParameterizationException>(() => Charges(Parse(smiles)));
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("atom.dprop.PartialCharge", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.NotEmpty(refusal.Atoms);
    }

    /// <summary>AM1-BCC charges that are widely used. The network's own deviation is near 0.01 e, and several times that for single
    /// atoms.</summary>
    [Theory]
    [InlineData("C", 0, -0.11, 0.04)]
    [InlineData("CO", 1, -0.60, 0.04)]
    [InlineData("c1ccccc1", 0, -0.13, 0.02)]
    [InlineData("CC(=O)[O-]", 2, -0.85, 0.06)]
    [InlineData("CC(=O)N", 2, -0.61, 0.05)]
    public void Values_that_are_known(string smiles, int atom, double charge, double tolerance) =>
        Assert.Equal(charge, Charges(Parse(smiles))[atom], tolerance);

    private static double[] Charges(Molecule molecule) => PartialCharges.Am1Bcc(molecule);

    private static Molecule Parse(string smiles)
    {
        using RDKitMolecule molecule = RDKitMolecule.FromSmiles(smiles);
        return molecule.Molecule;
    }

    private static Molecule Renumber(Molecule molecule, int[] place)
    {
        var atoms = new Atom[place.Length];
        for (int i = 0; i < place.Length; i++)
            atoms[place[i]] = molecule.Atoms[i];
        return new("renumbered", molecule.Smiles, atoms, [.. molecule.Bonds.Reverse().Select(b => b with { Begin = place[b.End],
            End = place[b.Begin] })], [.. molecule.Rings.Select(r => r.Select(i => place[i]).ToArray())]);
    }

    private static string Block(Molecule molecule, float[] x)
    {
        var text = new System.Text.StringBuilder("placed\n\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{molecule.Atoms.Count,3}{molecule.Bonds.Count,3}  0  0  0  0  0  0  0  0999 V2000\n");
        for (int i = 0; i < molecule.Atoms.Count; i++)
            text.Append(CultureInfo.InvariantCulture,
                $"{10 * x[3 * i],10:f4}{10 * x[3 * i + 1],10:f4}{10 * x[3 * i + 2],10:f4} {molecule.Atoms[i].Symbol,-3} 0  0\n");
        foreach (Bond bond in molecule.Bonds)
            text.Append(CultureInfo.InvariantCulture, $"{bond.Begin + 1,3}{bond.End + 1,3}{bond.Order,3}  0\n");
        return text.Append("M  END\n").ToString();
    }
}
