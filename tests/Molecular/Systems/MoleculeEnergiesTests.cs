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
        Assert.Equal(["MMFF94s", "MMFF94", "Sage 2.2.1", "Sage 2.3.0", "GFN2-xTB", "GFN1-xTB", "ANI-2x", "ANI-1ccx", "ANI-1x"],
            MoleculeEnergies.Names.Select(MoleculeEnergies.Title));
        foreach (string name in MoleculeEnergies.Names.Where(n => !MoleculeEnergies.IsCostly(n)))
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
        string message = $"no force field or potential '{name}' for a molecule: there are "
            + $"{string.Join(", ", MoleculeEnergies.Names)}{question}";
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
        double[] energies = [.. new[] { "mmff94s", "mmff94" }.Select(n =>
            MoleculeEnergies.Create(n, rdkit).Potential.EvaluateDouble(x, forces))];
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

    [Fact]
    public void Sage_takes_a_solvent_and_charges_and_says_where_they_come_from()
    {
        using var rdkit = RDKitMolecule.FromSmiles("CCO");
        EnergyModel vacuum = MoleculeEnergies.Create("sage-2.2.1", rdkit), water = MoleculeEnergies.Create("sage-2.2.1", rdkit,
            solvent: "obc2", charges: "gasteiger");
        Assert.Equal(("Sage 2.2.1", "Sage 2.2.1 + obc2"), (vacuum.Name, water.Name));
        Assert.Contains("charges: Gasteiger; Sage was fitted with AM1-BCC charges", Assert.Single(water.Notes), StringComparison.Ordinal);
        Assert.NotNull(water.Classical!.ImplicitSolvent);
        Assert.Contains("GBSAOBCForce", water.Xml!, StringComparison.Ordinal);
        Assert.NotEqual(vacuum.Fingerprint, water.Fingerprint);
        Assert.Empty(MoleculeEnergies.Create("mmff94s", rdkit).Notes);
    }

    [Fact]
    public void MMFF94_takes_neither()
    {
        using var rdkit = RDKitMolecule.FromSmiles("CCO");
        Assert.Equal("--solvent obc2 needs a force field with Born radii; MMFF94s has none", Assert.Throws<ArgumentException>(() =>
            MoleculeEnergies.Create("mmff94s", rdkit, solvent: "obc2")).Message);
        Assert.Equal("--charges given needs a force field that takes charges; MMFF94 has its own", Assert.Throws<ArgumentException>(() =>
            MoleculeEnergies.Create("mmff94", rdkit, charges: "given")).Message);
    }

    [Fact]
    public void A_system_from_a_SMILES_has_Sage_for_the_engine_and_for_OpenMM()
    {
        var source = new SystemSource { Input = "CCO", ForceField = "sage-2.2.1", Solvent = "obc2", HydrogenMass = 3, ForOpenMM = true };
        MolecularSystem system = SystemLoader.Load(source);
        Assert.Equal(("Sage 2.2.1 + obc2", 9), (system.Energy.Name, system.AtomCount));
        Assert.NotNull(system.Energy.Xml);
        Assert.Equal(system.Masses, system.Energy.Classical!.Masses);
        Assert.Equal(3, system.Masses[8]);
        Assert.Equal("MMFF94s runs in the engine only: leave --backend openmm out", Assert.Throws<ArgumentException>(() =>
            SystemLoader.Load(source with { ForceField = null, Solvent = "none" })).Message);
        Assert.Equal("--charges given needs chemistry: an SDF file or a SMILES", Assert.Throws<ArgumentException>(() =>
            SystemLoader.Load(new() { Peptide = "A", Charges = "given" })).Message);
    }
}
