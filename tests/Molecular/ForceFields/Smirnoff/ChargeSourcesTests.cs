using MolSampling.Molecular.ForceFields.Smirnoff;

namespace MolSampling.Tests.Molecular.ForceFields.Smirnoff;

/// <summary>Where charges come from, and what all of them keep to.</summary>
public sealed class ChargeSourcesTests
{
    private const string GasteigerNote = "charges: Gasteiger; Sage was fitted with AM1-BCC charges: give them in the SDF as "
        + "atom.dprop.PartialCharge for its published accuracy";

    private const string Methanol = """
        methanol
         test

          6  5  0  0  0  0            999 V2000
           -0.3600    0.0000    0.0000 C   0  0
            0.9100    0.6200    0.0000 O   0  0
           -0.3300   -1.0800    0.1000 H   0  0
           -0.9000    0.3000    0.9000 H   0  0
           -0.9100    0.3000   -0.9000 H   0  0
            1.5500   -0.1000    0.0000 H   0  0
          1  2  1  0
          1  3  1  0
          1  4  1  0
          1  5  1  0
          2  6  1  0
        M  END
        """;

    private const string NetworkNote = "charges: AM1-BCC as a network predicts them";

    private static readonly SmirnoffTables s_sage = SmirnoffForceField.Load("sage-2.2.1").Tables;

    [Theory]
    [InlineData("CC(C)(C)O", 0)]
    [InlineData("CC(=O)[O-]", -1)]
    [InlineData("C[NH3+]", 1)]
    [InlineData("C[N+](=O)[O-]", 0)]
    [InlineData("COP(=O)(OC)OC", 0)]
    [InlineData("C[C@H](O)[C@@H](O)C", 0)] // its halves are mirror images, which charges do not see
    public void Equivalent_atoms_have_equal_charges_and_the_sum_is_the_formal_charge(string smiles, int formal)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        (double[] charges, string note) = ChargeSources.Assign(molecule, s_sage);
        Assert.Equal(NetworkNote, note);
        Assert.Equal(formal, charges.Sum(), 1e-13);
        foreach (IGrouping<int, double> same in charges.Zip(molecule.SymmetryClasses()).GroupBy(c => c.Second, c => c.First))
            Assert.Single(same.Distinct());
        foreach (int[] image in molecule.Automorphisms(100, out _))
            Assert.All(image.Select((to, from) => (to, from)), m => Assert.Equal(charges[m.from], charges[m.to]));
    }

    [Fact]
    public void Oxygens_of_a_resonance_are_alike()
    {
        foreach ((string smiles, int first, int second) in new[] { ("CC(=O)[O-]", 2, 3), ("C[N+](=O)[O-]", 2, 3) })
        {
            using var molecule = RDKitMolecule.FromSmiles(smiles);
            (double[] charges, _) = ChargeSources.Assign(molecule, s_sage);
            Assert.Equal(charges[first], charges[second], 1e-6);
        }
    }

    [Theory]
    [InlineData("O", -0.834, 0.417, 0.417)] // TIP3P
    [InlineData("[Na+]", 1.0)]
    [InlineData("[Cl-]", -1.0)]
    public void The_librarys_charges_come_before_a_model(string smiles, params double[] expected)
    {
        using var molecule = RDKitMolecule.FromSmiles(smiles);
        (double[] charges, string note) = ChargeSources.Assign(molecule, s_sage);
        Assert.Equal("charges: the force field's own library", note);
        Assert.Equal(expected.Length, charges.Length);
        Assert.All(expected.Zip(charges), q => Assert.Equal(q.First, q.Second, 1e-12));
        if (smiles == "O") // a name takes another source
            Assert.Equal(GasteigerNote, ChargeSources.Assign(molecule, s_sage, "gasteiger").Note);
    }

    [Fact]
    public void A_part_of_a_molecule_takes_no_library()
    {
        using var molecule = RDKitMolecule.FromSmiles("O.CO");
        // nor has the network seen water: the next source says so
        string note = ChargeSources.Assign(molecule, s_sage).Note;
        Assert.StartsWith(GasteigerNote + " (no charges for ", note, StringComparison.Ordinal);
        Assert.Throws<ParameterizationException>(() => ChargeSources.Assign(molecule, s_sage, "network"));
        Assert.Equal("--charges library: there are none for O.CO", Assert.Throws<ParameterizationException>(() =>
            ChargeSources.Assign(molecule, s_sage, "library")).Message);
        Assert.Equal("--charges given: there are none for O.CO", Assert.Throws<ParameterizationException>(() =>
            ChargeSources.Assign(molecule, s_sage, "given")).Message);
        Assert.Contains("'mulliken' is unknown: given, library, network, gasteiger", Assert.Throws<ArgumentException>(() =>
            ChargeSources.Assign(molecule, s_sage, "mulliken")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Charges_of_the_input_come_first()
    {
        using RDKitMolecule molecule = Read(
            ">  <atom.dprop.PartialCharge>  (1)\n0.1167 -0.5988 0.0287 0.0287\n0.0287 0.396\n\n> <name>\n7 7\n\n");
        (double[] charges, string note) = ChargeSources.Assign(molecule, s_sage);
        Assert.Equal("charges: from the input (atom.dprop.PartialCharge)", note);
        Assert.All(new[] { 0.1167, -0.5988, 0.0287, 0.0287, 0.0287, 0.396 }.Zip(charges), q => Assert.Equal(q.First, q.Second, 1e-12));
    }

    [Fact]
    public void Charges_of_the_input_are_averaged_over_equivalent_atoms_and_made_to_sum_up()
    {
        using RDKitMolecule molecule = Read("> <atom.dprop.PartialCharge>\n0.1167 -0.5982 0.01 0.03 0.0461 0.396\n");
        (double[] charges, string note) = ChargeSources.Assign(molecule, s_sage);
        Assert.Equal("charges: from the input (atom.dprop.PartialCharge); averaged over equivalent atoms", note);
        Assert.Equal(0, charges.Sum(), 1e-15);
        Assert.Equal(0.0287 - 0.0001, charges[2], 1e-12);
        Assert.Equal((charges[2], charges[2]), (charges[3], charges[4]));
    }

    [Theory]
    [InlineData("0.1 -0.1", "atom.dprop.PartialCharge has 2 entries for 6 atoms")]
    [InlineData("0.1 -0.1 0 0 0 n/a", "atom.dprop.PartialCharge has 'n/a' for atom 6 (H)")]
    [InlineData("0.1 -0.1 0 0 0 0.002", "the charges in atom.dprop.PartialCharge sum to 0.0020, the formal charge is 0")]
    public void Wrong_charges_of_the_input_are_refused_and_not_passed_over(string line, string message)
    {
        using RDKitMolecule molecule = Read($"> <atom.dprop.PartialCharge>\n{line}\n");
        Assert.Equal(message, Assert.Throws<ParameterizationException>(() => ChargeSources.Assign(molecule, s_sage)).Message);
        Assert.Equal(GasteigerNote, ChargeSources.Assign(molecule, s_sage, "gasteiger").Note);
    }

    [Fact]
    public void A_record_does_not_inherit_the_charges_of_the_one_before()
    {
        string first = Methanol + "\n> <atom.dprop.PartialCharge>\n0 0 0 0 0 0\n", second = Methanol + "\n> <other>\n1 2 3\n";
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, first + "$$$$\n" + second + "$$$$\n");
            RDKitMolecule[] molecules = [.. SdfReader.Read(path).Select(r => r.Molecule!)];
            Assert.Equal(["0 0 0 0 0 0", null], molecules.Select(m => m.GivenCharges?.Trim()));
            foreach (RDKitMolecule molecule in molecules)
                molecule.Dispose();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Isomers_keep_the_charges_of_the_input()
    {
        using RDKitMolecule molecule = Read("> <atom.dprop.PartialCharge>\n0 0 0 0 0 0\n");
        using RDKitMolecule isomer = molecule.WithStereo(new(new int[6], new int[5], []), "isomer");
        Assert.Equal(molecule.GivenCharges, isomer.GivenCharges);
    }

    private static RDKitMolecule Read(string fields)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, Methanol + "\n" + fields + "\n$$$$\n");
            return Assert.Single(SdfReader.Read(path).ToArray()).Molecule!;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
