using MolSampling.Molecular.Systems;

namespace MolSampling.Tests.Molecular.Systems;

/// <summary>Energies by name.</summary>
public sealed class MoleculeEnergiesTests
{
    [Fact]
    public void Every_name_has_a_title_and_makes_an_energy_of_that_name()
    {
        using var rdkit = RDKitMolecule.FromSmiles("CCO");
        Assert.Equal(MoleculeEnergies.Names[0], MoleculeEnergies.Usual);
        Assert.Equal(["MMFF94s", "MMFF94"], MoleculeEnergies.Names.Select(MoleculeEnergies.Title));
        foreach (string name in MoleculeEnergies.Names)
        {
            var model = EnergyModel.Of(MoleculeEnergies.Create(name, rdkit).Potential);
            Assert.Equal((MoleculeEnergies.Title(name), 9), (model.Name, model.Potential.AtomCount));
            Assert.NotNull(model.Parameters); // it is a force field, which a GPU runs too
        }
    }

    [Theory]
    [InlineData("mmff94x", "; did you mean mmff94s?")]
    [InlineData("MMFF94", "; did you mean mmff94?")] // names are in lower case
    [InlineData("amber", "")]
    public void An_unknown_name_lists_all_and_asks_for_the_nearest(string name, string question)
    {
        using var rdkit = RDKitMolecule.FromSmiles("C");
        string message = $"no force field '{name}' for a molecule: there are mmff94s, mmff94{question}";
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => MoleculeEnergies.Title(name)).Message);
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => MoleculeEnergies.Create(name, rdkit)).Message);
    }

    [Theory]
    [InlineData("CCCC", true)]
    [InlineData("Nc1ccccc1", false)] // the two differ at nitrogens that are nearly planar, and nowhere else
    public void The_two_names_are_the_two_variants(string smiles, bool same)
    {
        using var rdkit = RDKitMolecule.FromSmiles(smiles);
        double[] x = [.. rdkit.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0].Select(v => (double)v)], forces = new double[x.Length];
        double[] energies = [.. MoleculeEnergies.Names.Select(n => MoleculeEnergies.Create(n, rdkit).Potential.EvaluateDouble(x, forces))];
        Assert.Equal(same, Math.Abs(energies[0] - energies[1]) < 1e-9);
    }

    [Fact]
    public void Masses_are_the_elements_unless_others_are_given_and_the_energy_does_not_know_them()
    {
        using var rdkit = RDKitMolecule.FromSmiles("CO");
        double[] heavy = [12, 16, 3, 3, 3, 3], x = [.. rdkit.Embed(1, 1, TimeSpan.FromSeconds(60)).Conformers[0].Select(v => (double)v)];
        double[] forces = new double[x.Length];
        EnergyModel usual = MoleculeEnergies.Create("mmff94s", rdkit), given = MoleculeEnergies.Create("mmff94s", rdkit, masses: heavy);
        Assert.Equal(rdkit.Molecule.Atoms.Select(a => a.Mass), usual.Parameters!.Masses);
        Assert.Equal(heavy, given.Parameters!.Masses);
        Assert.Equal(usual.Potential.EvaluateDouble(x, forces), given.Potential.EvaluateDouble(x, forces));
        Assert.NotEqual(usual.Fingerprint, given.Fingerprint); // trajectories do
    }
}
