using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Runs;

namespace MolSampling.Tests.Jobs.Conformers.Runs;

/// <summary>What is refused and what is told, and that ordinary molecules get neither.</summary>
public sealed class MoleculeAdmissionTests
{
    [Theory]
    [InlineData("CCO", 1)]
    [InlineData("C1CC1", 1)]
    [InlineData("[He]", 1)]
    [InlineData("C.C.O", 3)]
    public void Fragments_are_counted_and_only_one_is_admitted(string smiles, int fragments)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        Assert.Equal(fragments, MoleculeAdmission.CountFragments(rdkit.Molecule));
        Exception? refusal = Record.Exception(() => MoleculeAdmission.ThrowIfUnsuitable(rdkit.Molecule));
        Assert.Equal(fragments > 1, refusal is MoleculeFormatException);
        if (refusal is not null)
            Assert.Contains($"{fragments} disconnected fragments", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CCCC")]
    [InlineData("C1CCCCCCCC1")] // a ring of nine
    [InlineData("C[C@H](O)F")]
    [InlineData("F/C=C/Cl")]
    [InlineData("CC(=O)Nc1ccccc1")]
    public void Of_an_ordinary_molecule_nothing_is_said(string smiles) => Assert.Empty(Notes(smiles));

    [Theory]
    [InlineData("[NH3+]CC(=O)[O-]", "formal charges (net 0)")]
    [InlineData("C[NH3+]", "formal charges (net +1)")]
    [InlineData("[O-]C(=O)CC(=O)[O-]", "formal charges (net -2)")]
    [InlineData("C1CCCCCCCCC1", "a macrocycle (ring of 10 atoms)")]
    [InlineData("C1CCCCCCCCCC1CC1CC1", "a macrocycle (ring of 11 atoms)")] // the largest counts
    [InlineData("[2H]C", "isotopes")]
    [InlineData("CC(O)F", "stereo not specified at atom 2 (C): the isomer sampled is SAMPLED")]
    [InlineData("CC=CC", "stereo not specified at double bond 2=3: the isomer sampled is SAMPLED")]
    [InlineData("CC=CC(O)F", "stereo not specified at atom 4 (C), double bond 2=3: the isomer sampled is SAMPLED")]
    [InlineData("CC=C=CC", "stereo not specified at the axis C2=C3=C4: the hand with a ")]
    public void What_a_user_should_know_is_said_once(string smiles, string note) =>
        Assert.StartsWith(note, Assert.Single(Notes(smiles)), StringComparison.Ordinal);

    [Fact]
    public void A_hindered_axis_without_a_hand_is_said_to_have_both()
    {
        using var rdkit = RDKitMolecule.FromSmiles("Cc1cccc(Br)c1-c1c(Cl)cccc1F");
        float[] x = Geometry(rdkit);
        StereoAxis axis = Assert.Single(rdkit.Molecule.Axes);
        string note = Assert.Single(MoleculeAdmission.Notes(rdkit.Molecule, false, new("S", []), x));
        Assert.Contains("both hands are in the populations", note, StringComparison.Ordinal);
        Molecule given = rdkit.Molecule with { Axes = [axis with { Given = 1 }] };
        Assert.Empty(MoleculeAdmission.Notes(given, false, new("S", []), x));
    }

    [Fact]
    public void An_isomer_of_several_is_named_by_its_number_and_nothing_is_called_open()
    {
        string note = Assert.Single(Notes("CC(O)F", m => m with { Isomer = new(2, 4) }));
        Assert.Equal("isomer 2 of the 4 that the input stands for: SAMPLED", note);
    }

    [Theory]
    [InlineData(true, "a mixture of both configurations (AND)")]
    [InlineData(false, "one of two configurations (OR)")]
    public void Centres_that_are_given_together_are_said_to_be(bool mixture, string words) =>
        Assert.Equal($"atoms 2 are given as {words}: the one that is drawn is sampled, SAMPLED",
            Assert.Single(Notes("C[C@H](O)F", m => m with { StereoGroups = [new(mixture, [1])] })));

    [Theory]
    [InlineData("C[C@H](O)F", false, "1 element, all as given")]
    [InlineData("C[C@H](O)[C@@H](F)Cl", false, "2 elements, all as given")]
    [InlineData("CC(O)F", false, "1 element, all as in the isomer sampled")]
    [InlineData("C[C@H](O)C(F)Cl", false, "2 elements, all as in the isomer sampled, 1 of them given")]
    [InlineData("C[C@H](O)F", true, "1 element, all as in the isomer sampled")] // what was enumerated was not given
    public void Only_what_the_input_gives_is_called_given(string smiles, bool enumerated, string words)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        Molecule molecule = enumerated ? rdkit.Molecule with { Isomer = new(1, 2) } : rdkit.Molecule;
        Assert.Equal($"stereo checked on every sample: {words}", MoleculeAdmission.StereoChecked(molecule, new(molecule, Geometry(rdkit))));
    }

    private static List<string> Notes(string smiles, Func<Molecule, Molecule>? change = null)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        Molecule molecule = change?.Invoke(rdkit.Molecule) ?? rdkit.Molecule;
        return MoleculeAdmission.Notes(molecule, false, new SampledIsomer("SAMPLED", []), Geometry(rdkit));
    }

    private static float[] Geometry(RDKitMolecule rdkit) => rdkit.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0];
}
